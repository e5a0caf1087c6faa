/** How the runtime ends a transaction. turn.ts and sql-runner.ts are built around these outcomes. */
import { describe, expect, it } from "vitest";
import { bareObject, inBareObject } from "./bare-object.ts";

const column = ({ storage }: DurableObjectState, query: string) => [...storage.sql.exec(query).raw()].flat();

describe("storage.transaction", () => {
  it("is undone by rollback() at once, and what the callback writes afterwards is durable on its own", async () => {
    await inBareObject(async (state) => {
      const { storage } = state;
      storage.sql.exec("CREATE TABLE t (a)");
      await storage.transaction(async (physical) => {
        storage.sql.exec("INSERT INTO t VALUES ('before')");
        physical.rollback();
        expect(column(state, "SELECT a FROM t")).toEqual([]);
        storage.sql.exec("INSERT INTO t VALUES ('after')");
      });
      // So nothing may run between rollback() and the end of the callback.
      expect(column(state, "SELECT a FROM t")).toEqual(["after"]);
    });
  });

  it("is undone when its callback throws, a schema change included", async () => {
    await inBareObject(async (state) => {
      const failing = state.storage.transaction(async () => {
        state.storage.sql.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        throw new Error("thrown by the callback");
      });
      await expect(failing).rejects.toThrow("thrown by the callback");
      expect(column(state, "SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([]);
    });
  });

  const resets = [
    {
      when: "a cursor of INSERT ... RETURNING is left unread",
      setUp: "CREATE TABLE t (a)",
      write: ({ sql }: DurableObjectStorage) => sql.exec("INSERT INTO t VALUES (1), (2) RETURNING a"),
    },
    {
      // Nothing of SQLite's message comes through: hence the check before the commit, in deferred-foreign-keys.ts.
      when: "a deferred foreign key is still violated",
      setUp:
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
      write: ({ sql }: DurableObjectStorage) => sql.exec("INSERT INTO t VALUES (1)").toArray(),
    },
  ];

  it.each(resets)("fails with an opaque error and resets the object when $when", async ({ setUp, write }) => {
    const name = crypto.randomUUID();
    await inBareObject(({ storage }) => void storage.sql.exec(setUp).toArray(), bareObject(name));
    const resetting = inBareObject(async ({ storage }) => {
      await storage.transaction(async () => {
        write(storage);
      });
    }, bareObject(name));
    await expect(resetting).rejects.toThrow("internal error");
    const left = inBareObject((state) => column(state, "SELECT count(*) FROM t"), bareObject(name));
    expect(await left).toEqual([0]);
  });

  it("lets a transactionSync inside it fail alone", async () => {
    await inBareObject(async (state) => {
      const { storage } = state;
      storage.sql.exec("CREATE TABLE t (a)");
      await storage.transaction(async () => {
        storage.sql.exec("INSERT INTO t VALUES ('kept')");
        const inner = () =>
          storage.transactionSync(() => {
            storage.sql.exec("INSERT INTO t VALUES ('undone')");
            throw new Error("inner");
          });
        expect(inner).toThrow("inner");
      });
      expect(column(state, "SELECT a FROM t")).toEqual(["kept"]);
    });
  });
});

describe("storage.transactionSync", () => {
  it("commits at the first await of an async callback", async () => {
    await inBareObject(async (state) => {
      const { storage } = state;
      storage.sql.exec("CREATE TABLE t (a)");
      const late = storage.transactionSync(async () => {
        storage.sql.exec("INSERT INTO t VALUES (1)");
        await undefined;
        throw new Error("too late to undo anything");
      });
      await expect(late).rejects.toThrow("too late");
      expect(column(state, "SELECT a FROM t")).toEqual([1]);
    });
  });
});

describe("sql.exec", () => {
  it("keeps what earlier statements did when a later one of the same text fails", async () => {
    await inBareObject((state) => {
      state.storage.sql.exec("CREATE TABLE t (a)");
      const several = () =>
        state.storage.sql.exec("INSERT INTO t VALUES (1); INSERT INTO missing VALUES (2)");
      expect(several).toThrow("no such table: missing");
      expect(column(state, "SELECT a FROM t")).toEqual([1]);
    });
  });

  it("takes a comment after the semicolon for a statement, and refuses it", async () => {
    await inBareObject(({ storage: { sql } }) => {
      expect(() => sql.exec("SELECT 1; -- one")).toThrow("did not contain a statement");
      expect(sql.exec("-- one\nSELECT 1 AS a -- two").one()).toEqual({ a: 1 });
    });
  });

  it.each(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "EXPLAIN BEGIN"])(
    "refuses %s",
    async (statement) => {
      await inBareObject(({ storage }) => {
        expect(() => storage.sql.exec(statement)).toThrow("To execute a transaction, please use");
      });
    },
  );
});
