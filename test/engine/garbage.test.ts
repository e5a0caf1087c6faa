import { describe, expect, it } from "vitest";
import { Garbage } from "../support/garbage.ts";
import { inDatabase } from "../support/in-database.ts";

// The context of a callback once led to its transaction, and a context is never freed while it stores what leads to a promise that is
// awaited in it (test/runtime-contract/async-context.test.ts). So each object that was reset in the middle of a transaction left its
// engine behind, with all compiled statements and counters, because no promise of it would ever settle.
describe("a callback that leaves behind what never settles", () => {
  it(
    "keeps its transaction, which has its result, in memory no longer than it lasts",
    inDatabase(async (database) => {
      const garbage = new Garbage();
      const transaction = async () => {
        const result = await database.db().transaction(async () => {
          const never = new Promise<void>(() => {});
          void (async () => never)();
          return { never };
        });
        garbage.watch("result", result);
      };
      await transaction();
      await transaction(); // the one that ran last may stay for other reasons
      expect(await garbage.frees("result")).toBe(true);
    }),
  );
});
