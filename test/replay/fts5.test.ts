import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

// FTS5 keeps its changes in memory and writes its own tables later: at a savepoint, at the commit, or in the
// middle of a statement. Those writes count in total_changes() too, so that the numbers of a replay differ.
describe("a transaction that writes to an FTS5 table", () => {
  it(
    "replays single statements, batches and constraint failures in between",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE VIRTUAL TABLE doc USING fts5(body); CREATE TABLE t (a UNIQUE)");
      const insert = (body: string) => db.prepare("INSERT INTO doc VALUES (?)").bind(body);
      await db.transaction(
        async () => {
          await insert("first one").run();
          await scheduler.wait(1);
          await db.batch([db.prepare("INSERT INTO t VALUES (1)"), insert("second one")]);
          await scheduler.wait(1);
          const failed = db.batch([insert("undone"), db.prepare("INSERT INTO t VALUES (1)")]);
          await expect(failed).rejects.toThrow("UNIQUE");
          await insert("third one").run();
          await db.prepare("UPDATE doc SET body = 'changed' WHERE doc MATCH 'first'").run();
          await scheduler.wait(1);
          await db.prepare("DELETE FROM doc WHERE doc MATCH 'second'").run();
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT rowid, body FROM doc")).toEqual([
        [1, "changed"],
        [3, "third one"],
      ]);
      expect(await database.column("SELECT rowid FROM doc WHERE doc MATCH 'one'")).toEqual([3]);
    }),
  );

  it(
    "replays plain statements that follow, whatever FTS5 writes meanwhile",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE VIRTUAL TABLE doc USING fts5(body); CREATE TABLE t (a UNIQUE, b)");
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO doc VALUES ('words')").run();
          await db.batch([db.prepare("SELECT 1"), db.prepare("SELECT 2")]);
          await db.prepare("INSERT INTO t SELECT value, 0 FROM json_each('[1,2,3]')").run();
          await scheduler.wait(1);
          await db.prepare("INSERT INTO doc VALUES ('more words')").run();
          await db.prepare("UPDATE t SET a = -a").run();
          await scheduler.wait(1);
          await db.prepare("DELETE FROM t WHERE a = -2").run();
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT a FROM t ORDER BY a")).toEqual([-3, -1]);
      expect(await database.column("SELECT count(*) FROM doc WHERE doc MATCH 'words'")).toEqual([2]);
    }),
  );

  it(
    "replays an index that triggers keep, after more words than FTS5 holds in memory",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`
        CREATE TABLE article (id INTEGER PRIMARY KEY, body);
        CREATE VIRTUAL TABLE article_index USING fts5(body, content=article, content_rowid=id);
        INSERT INTO article_index (article_index, rank) VALUES ('hashsize', 2000);
        CREATE TRIGGER article_insert AFTER INSERT ON article BEGIN
          INSERT INTO article_index (rowid, body) VALUES (new.id, new.body);
        END;
        CREATE TRIGGER article_delete AFTER DELETE ON article BEGIN
          INSERT INTO article_index (article_index, rowid, body) VALUES ('delete', old.id, old.body);
        END;
      `);
      const words = (from: number) => Array.from({ length: 100 }, (_, index) => `w${from + index}`).join(" ");
      await db.transaction(
        async () => {
          for (let id = 1; id <= 40; id++) {
            await db.prepare("INSERT INTO article VALUES (?, ?)").bind(id, words(id)).run();
            if (id % 7 === 0)
              await db.batch([
                db.prepare("SELECT 1"),
                db.prepare("DELETE FROM article WHERE id = ?").bind(id),
              ]);
            if (id % 10 === 0) await scheduler.wait(1);
          }
        },
        { onError: "throw" },
      );
      const matches = "SELECT count(*) FROM article_index WHERE article_index MATCH 'w40'";
      expect(await database.column(matches)).toEqual([35]);
      await db.exec("INSERT INTO article_index (article_index) VALUES ('integrity-check')");
    }),
  );

  it(
    "replays as a member of a group",
    inDatabase(async (database) => {
      await database.db().exec("CREATE VIRTUAL TABLE doc USING fts5(body); CREATE TABLE t (a UNIQUE)");
      const document = (body: string) => {
        const db = database.db();
        return db.batch([
          db.prepare("INSERT INTO doc VALUES (?)").bind(body),
          db.prepare("INSERT INTO doc VALUES (?)").bind(`${body} again`),
        ]);
      };
      const multiRow = database.db().prepare("INSERT INTO t SELECT value FROM json_each('[1,2,3]')");
      const failing = database.db();
      const [, , failed] = await Promise.all([
        document("first"),
        multiRow.run(),
        failing.transaction(async () => {
          await failing.prepare("INSERT INTO doc VALUES ('undone')").run();
          throw new Error("declined");
        }),
        document("second"),
      ]);
      expect(failed.error?.message).toBe("declined");
      expect(await database.column("SELECT body FROM doc")).toEqual([
        "first",
        "first again",
        "second",
        "second again",
      ]);
    }),
  );

  it(
    "tells of the changes of each statement as it does without FTS5, in this transaction and in the next",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE VIRTUAL TABLE doc USING fts5(body); CREATE TABLE t (a)");
      const insert = db.prepare("INSERT INTO t VALUES (1)");
      const document = db.prepare("INSERT INTO doc VALUES ('words')");
      const changes = await db.transaction(
        async () => {
          await document.run();
          const [inBatch] = await db.batch([insert]);
          await document.run();
          const [, alsoInBatch] = await db.batch([db.prepare("SELECT 1"), insert]);
          await document.run();
          return [inBatch!.meta.changes, alsoInBatch!.meta.changes];
        },
        { onError: "throw" },
      );
      const { meta } = await insert.run();
      expect([...changes, meta.changes]).toEqual([1, 1, 1]);
    }),
  );
});

describe("a script that makes an FTS5 table, fills it and then fails", () => {
  it(
    "ends in the error of the statement that failed, and leaves the object as it was",
    inDatabase(async (database) => {
      const db = database.db();
      const script =
        "CREATE VIRTUAL TABLE doc USING fts5(body); INSERT INTO doc VALUES ('x'); SELECT * FROM missing";
      await expect(db.exec(script)).rejects.toThrow("no such table: missing");
      await db.transaction(async () => {
        await expect(db.exec(script)).rejects.toThrow("no such table: missing");
        await scheduler.wait(1);
      });
      expect(await database.query("SELECT name FROM sqlite_schema WHERE name LIKE 'doc%'")).toEqual([]);
    }),
  );
});

describe("an FTS5 table", () => {
  it(
    "keeps the old row when a REPLACE fails over the new one, over a wait and to the commit",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE VIRTUAL TABLE doc USING fts5(a, b); CREATE TABLE item (n)");
      await db.exec("INSERT INTO doc (rowid, a, b) VALUES (1, 'old', 'old')");
      const tooBig = "x".repeat(1_500_000);
      const { error } = await db.transaction(async () => {
        const replace = db.prepare("REPLACE INTO doc (rowid, a, b) VALUES (1, ?, ?)").bind(tooBig, tooBig);
        await expect(replace.run()).rejects.toThrow("too big");
        await db.prepare("INSERT INTO item VALUES (1)").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO item VALUES (2)").run();
      });
      expect(error).toBeUndefined();
      expect(await database.query("SELECT rowid, a FROM doc WHERE doc MATCH 'old'")).toEqual([[1, "old"]]);
      expect(await database.column("SELECT n FROM item")).toEqual([1, 2]);
    }),
  );

  it(
    "does not count its own writes among the changes of the next statement",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE VIRTUAL TABLE doc USING fts5(a); CREATE TABLE item (n)");
      const insert = () => db.prepare("INSERT INTO item VALUES (1)");
      const three = db.prepare("INSERT INTO doc VALUES ('a b'), ('c d'), ('e f')");
      const [, inBatch] = await db.batch([three, insert()]);
      expect(inBatch!.meta.changes).toBe(1);
      const [, changesNothing] = await db.batch([three, db.prepare("UPDATE item SET n = 2 WHERE n = 99")]);
      expect(changesNothing!.meta.changes).toBe(0);
      await db.transaction(async () => {
        await three.run();
        expect((await insert().run()).meta.changes).toBe(1);
        const failing = db.batch([three, db.prepare("INSERT INTO missing VALUES (1)")]);
        await expect(failing).rejects.toThrow("no such table");
        expect((await insert().run()).meta.changes).toBe(1);
      });
    }),
  );

  it(
    "keeps its index when a rebuild of it fails in a transaction",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`
        CREATE TABLE src (id INTEGER PRIMARY KEY, j);
        INSERT INTO src VALUES (1, '{"a":"old"}'), (2, '{"a":"two"}');
        CREATE VIEW v AS SELECT id, json_extract(j, '$.a') AS a FROM src;
        CREATE VIRTUAL TABLE doc USING fts5(a, content='v', content_rowid='id');
        INSERT INTO doc(doc) VALUES ('rebuild');
      `);
      await db.transaction(async () => {
        await db.prepare("UPDATE src SET j = '{bad' WHERE id = 2").run();
        await expect(db.prepare("INSERT INTO doc(doc) VALUES ('rebuild')").run()).rejects.toThrow();
        await db.prepare(`UPDATE src SET j = '{"a":"two"}' WHERE id = 2`).run();
      });
      expect(await database.column("SELECT rowid FROM doc WHERE doc MATCH 'two'")).toEqual([2]);
    }),
  );
});
