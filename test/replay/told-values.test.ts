import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

/** Values that a statement has told, in its rows or its meta: what is stored must agree with them. */
describe("what a write has told", () => {
  it(
    "is stored, or the write is undone as a whole: a table too wide to be read back",
    inDatabase(async (database) => {
      const columns = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`).join(", ");
      for (const count of [47, 48, 49, 58, 98]) {
        const db = database.db();
        await db.exec(`CREATE TABLE wide${count} (at DEFAULT CURRENT_TIMESTAMP, ${columns(count)})`);
        const result = await db.transaction(async () => {
          await db.prepare(`INSERT INTO wide${count} (c0) VALUES (1)`).run();
          await scheduler.wait(1);
          return { rows: await db.prepare(`SELECT count(*) AS n FROM wide${count}`).first("n") };
        });
        expect(result).toEqual({ rows: 1 });
        expect(await database.column(`SELECT count(*) FROM wide${count}`)).toEqual([1]);
      }
    }),
  );

  it(
    "leaves nothing when its rows cannot be returned after it has written",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const tooWide = Array.from({ length: 101 }, () => "a").join(", ");
      const insert = db.prepare(`INSERT INTO t VALUES (1) RETURNING ${tooWide}`);
      await expect(insert.run()).rejects.toThrow("too many columns");
      await db.transaction(async () => {
        await insert.run().catch(() => {});
      });
      expect(await database.column("SELECT count(*) FROM t")).toEqual([0]);
    }),
  );

  it(
    "is exact for REPLACE into a table without indexes, which overwrites without a sign",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE kv (id INTEGER PRIMARY KEY, v, at DEFAULT CURRENT_TIMESTAMP)");
      await db.exec("INSERT INTO kv (id, v) VALUES (1, 'old')");
      const result = await db.transaction(async () => {
        await db.prepare("INSERT OR REPLACE INTO kv (id, v) VALUES (1, 'new')").run();
        const at = await db.prepare("SELECT at FROM kv WHERE id = 1").first("at");
        await scheduler.wait(1);
        return { at, again: await db.prepare("SELECT at FROM kv WHERE id = 1").first("at") };
      });
      expect(result.error).toBeUndefined();
      expect(result.again).toBe(result.at);
      expect(await database.query("SELECT id, v FROM kv")).toEqual([[1, "new"]]);
    }),
  );

  it(
    "is exact for a row id when an FTS5 table was written, whose counts nobody can verify",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT);
        CREATE VIRTUAL TABLE search USING fts5(body);
        CREATE TRIGGER doc_insert AFTER INSERT ON doc BEGIN
          INSERT INTO search (rowid, body) VALUES (new.id, new.body);
        END`);
      const insert = "INSERT INTO doc (id, body) VALUES (abs(random()) % 1000000, 'hello')";
      for (let round = 0; round < 10; round++) {
        const told: number[] = [];
        const [written] = await Promise.all([
          database.engine.query([{ sql: insert, params: [] }]),
          db.transaction(async () => {
            await db.prepare("INSERT INTO doc (body) VALUES ('undone')").run();
            throw new Error("no");
          }),
          db.transaction(async () => {
            told.push((await db.prepare(insert).run()).meta.last_row_id);
          }),
        ]);
        told.push(written[0]!.meta.last_row_id);
        const stored = await database.column("SELECT id FROM doc");
        expect(stored).toEqual(expect.arrayContaining(told));
        expect(await database.column("SELECT rowid FROM search")).toEqual(stored);
      }
    }),
  );

  it(
    "by changes() and last_insert_rowid() inside a write stays as it was first",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`CREATE TABLE o (id INTEGER PRIMARY KEY, u UNIQUE); CREATE TABLE stat (n, id);
        INSERT INTO stat VALUES (NULL, NULL)`);
      const told = await db.transaction(async () => {
        await db.prepare("INSERT INTO o VALUES (1, 'a'), (2, 'b'), (3, 'c')").run();
        await db.prepare("UPDATE o SET u = 'x' WHERE id = 99").run();
        await db.prepare("UPDATE stat SET n = changes()").run();
        await db
          .prepare("INSERT INTO o VALUES (50, 'd'), (51, 'a')")
          .run()
          .catch(() => {});
        const { meta } = await db.prepare("UPDATE o SET u = 'y' WHERE id = 1").run();
        await db.prepare("UPDATE stat SET id = last_insert_rowid()").run();
        await scheduler.wait(1);
        return { id: meta.last_row_id };
      });
      expect(told.error).toBeUndefined();
      expect(await database.query("SELECT n, id FROM stat")).toEqual([[0, told.id]]);
    }),
  );
});
