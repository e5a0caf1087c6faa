import { describe, expect, it } from "vitest";
import page from "../../CONTRIBUTING.md?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { inDatabase } from "../support/in-database.ts";
import source from "./contributing.test.ts?raw";

describe("CONTRIBUTING.md", () => {
  everySnippetRuns(page, { "contributing.test.ts": source });
});

describe("the example of a test in CONTRIBUTING.md", () => {
  it(
    "shows readers the last committed state while a transaction waits",
    inDatabase(async (database) => {
      await database.db().exec("CREATE TABLE t (x)");
      const [inserted, payment] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const transaction = database.db().transaction(async (txn) => {
        await txn.prepare("INSERT INTO t VALUES (1)").run();
        inserted.resolve();
        await payment.promise;
      });
      await inserted.promise;
      expect(await database.column("SELECT x FROM t")).toEqual([]);
      payment.resolve();
      await transaction;
      expect(await database.column("SELECT x FROM t")).toEqual([1]);
    }),
  );
});
