import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CallScope } from "../../src/database/call-scope.ts";
import { Engine } from "../../src/database/engine.ts";
import { ScopedDatabase } from "../../src/database/procedure-database.ts";

/** The storage of an object whose disk is full as long as `isFull` says so: its key-value part takes nothing. */
function fillable(storage: DurableObjectStorage, isFull: () => boolean): DurableObjectStorage {
  const kv = {
    get: (key: string) => storage.kv.get(key),
    put(key: string, value: unknown) {
      if (isFull()) throw new Error("database or disk is full: SQLITE_FULL");
      storage.kv.put(key, value);
    },
  };
  return new Proxy(storage, {
    get(target, key) {
      if (key === "kv") return kv;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("a physical transaction that cannot even start", () => {
  it("fails whoever waited for it, and the next one starts when it can", async () => {
    await runInDurableObject(env.DB.getByName(crypto.randomUUID()), async (_object, state) => {
      let full = true;
      const engine = new Engine(
        fillable(state.storage, () => full),
        "database",
      );
      const db = () => new ScopedDatabase(new CallScope(engine, "database"));
      const lone = await Promise.allSettled([db().exec("CREATE TABLE t (a)")]);
      const together = await Promise.allSettled([
        db().transaction(() => db().exec("CREATE TABLE t (a)"), { onError: "throw" }),
        db().exec("CREATE TABLE t (a)"),
        db().exec("PRAGMA foreign_keys = OFF; CREATE TABLE t (a)"),
        db().exec("CREATE TABLE t (a)"),
      ]);
      for (const outcome of [...lone, ...together]) {
        expect(outcome).toMatchObject({
          status: "rejected",
          reason: { message: expect.stringContaining("FULL") },
        });
      }
      full = false;
      await db().exec("CREATE TABLE t (a)");
      expect(await db().prepare("SELECT count(*) AS n FROM t").first("n")).toBe(0);
    });
  });
});
