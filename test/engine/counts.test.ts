import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

describe("the number of changes that a statement reports", () => {
  it(
    "is its own, although the runtime writes on the same connection in between",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n INTEGER PRIMARY KEY)");
      const insert = () => db.prepare("INSERT INTO item DEFAULT VALUES").run();
      const { state } = database;
      await state.storage.put("a", 1);
      expect((await insert()).meta.changes).toBe(1);
      const result = await db.transaction(async () => {
        const first = await insert();
        await scheduler.wait(1);
        await state.storage.put("c", 1);
        const second = await insert();
        await scheduler.wait(1);
        const third = await insert();
        return [first, second, third].map(({ meta }) => meta.changes);
      });
      expect(result).toEqual([1, 1, 1]);
      expect(await database.column("SELECT n FROM item")).toEqual([1, 2, 3, 4]);
    }),
  );

  it(
    "counts cascades and triggers, as D1 does",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`
        CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE);
        CREATE TABLE log (id INTEGER);
        CREATE TRIGGER note AFTER DELETE ON parent BEGIN INSERT INTO log VALUES (old.id); END;
        INSERT INTO parent VALUES (1), (2);
        INSERT INTO child VALUES (1), (1), (2);
      `);
      const result = await db.transaction(async () => {
        const { meta } = await db.prepare("DELETE FROM parent").run();
        await scheduler.wait(1);
        const none = await db.prepare("DELETE FROM parent").run();
        return [meta.changes, none.meta.changes, none.meta.changed_db];
      });
      expect(result).toEqual([2 + 3 + 2, 0, false]);
    }),
  );
});
