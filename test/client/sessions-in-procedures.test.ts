import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

describe("a session of a procedure's db", () => {
  it(
    "has its own write in its bookmark once the transaction around it is committed",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (name TEXT)");
      const session = db.withSession();
      expect(session.getBookmark()).toBeNull();
      const before = database.engine.bookmark;
      await db.transaction(async (txn) => {
        await session.prepare("INSERT INTO item VALUES ('a')").run();
        const inner = txn.withSession();
        await inner.prepare("INSERT INTO item VALUES ('b')").run();
        expect(inner.getBookmark()).toBe(before);
      });
      expect(session.getBookmark()! > before).toBe(true);
      expect(session.getBookmark()).toBe(database.engine.bookmark);
    }),
  );
});
