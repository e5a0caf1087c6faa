import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

const setUp = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE item (name TEXT UNIQUE);
`;

describe("a write that is alone in the queue", () => {
  it(
    "leaves nothing when it fails, and the next one is not affected",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      for (const failing of [
        db.batch([db.prepare("INSERT INTO item VALUES ('a')"), db.prepare("INSERT INTO item VALUES ('a')")]),
        db.exec("CREATE TABLE other (a); INSERT INTO other VALUES (1); SELECT * FROM missing"),
        db.prepare("INSERT INTO child VALUES (7)").run(),
        db.exec("PRAGMA defer_foreign_keys = ON; INSERT INTO child VALUES (8)"),
      ]) {
        await expect(failing).rejects.toThrow("D1_");
      }
      expect(await database.query("SELECT * FROM item, child")).toEqual([]);
      expect(await database.query("SELECT name FROM sqlite_schema WHERE name = 'other'")).toEqual([]);
      await db.prepare("INSERT INTO item VALUES ('b')").run();
      expect(await database.column("SELECT name FROM item")).toEqual(["b"]);
    }),
  );

  it(
    "does not leave PRAGMA defer_foreign_keys on for the next one",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)");
      await db.prepare("PRAGMA defer_foreign_keys = ON").run();
      expect(await database.column("PRAGMA defer_foreign_keys")).toEqual([0]);
      await expect(db.prepare("INSERT INTO c VALUES (1)").run()).rejects.toThrow("FOREIGN KEY");
    }),
  );

  it(
    "has committed when its caller is told, with everything that came while it did",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const told: string[] = [];
      const lone = db.prepare("INSERT INTO item VALUES ('alone')").run();
      const others = ["x", "y", "z"].map((name) =>
        db.transaction(async () => {
          const n = await db.prepare("SELECT count(*) AS n FROM item").first("n");
          await db.prepare("INSERT INTO item VALUES (?)").bind(name).run();
          return { n };
        }),
      );
      await lone.then(() => told.push("alone"));
      expect(await Promise.all(others)).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect(told).toEqual(["alone"]);
    }),
  );

  it(
    "waits behind a transaction that is open, and sees what that has committed",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const transaction = db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES ('first')").run();
        await scheduler.wait(10);
        return {};
      });
      await scheduler.wait(1);
      const other = database.db();
      await expect(other.prepare("INSERT INTO item VALUES ('first')").run()).rejects.toThrow("UNIQUE");
      expect((await transaction).error).toBeUndefined();
    }),
  );

  it(
    "moves the bookmark only when it has written",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const before = database.engine.bookmark;
      await expect(db.prepare("INSERT INTO item SELECT name FROM missing").run()).rejects.toThrow();
      expect(database.engine.bookmark).toBe(before);
      await db.prepare("INSERT INTO item VALUES ('a')").run();
      expect(database.engine.bookmark > before).toBe(true);
    }),
  );
});
