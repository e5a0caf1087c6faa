import { describe, expect, it } from "vitest";
import { maxNestingDepth } from "../../src/limits.ts";
import { inDatabase } from "../support/in-database.ts";
import { insert, names, withItems } from "../support/items.ts";

describe("a nested transaction", () => {
  it(
    "undoes only its own statements when it throws, and tells the outer block so",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const result = await db.transaction(async () => {
        await insert(db, "outer");
        const inner = await db.transaction(async () => {
          await insert(db, "inner");
          await scheduler.wait(1);
          throw new Error("inner failed");
        });
        await insert(db, "outer again");
        return { inner: inner.error.message };
      });
      expect(result).toEqual({ inner: "inner failed" });
      expect(await names(database)).toEqual(["outer", "outer again"]);
    }),
  );

  it(
    "is undone with the outer block that throws after it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await db.transaction(async () => insert(db, "inner"));
        throw new Error("outer failed");
      });
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "becomes part of the outer block when it succeeds",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await insert(db, "outer");
        const value = await db.transaction(async () => {
          await insert(db, "inner");
          return { inner: 1 };
        });
        expect(value).toEqual({ inner: 1 });
        expect(await database.engine.query([{ sql: "SELECT * FROM item", params: [] }])).toMatchObject([
          { data: { rows: [] } },
        ]);
      });
      expect(await names(database)).toEqual(["outer", "inner"]);
    }),
  );

  it(
    "fails or succeeds on each of three levels by itself",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await insert(db, "1");
        await db.transaction(async () => {
          await insert(db, "2");
          await db.transaction(async () => {
            await insert(db, "3 undone");
            throw new Error("third");
          });
          await db.transaction(async () => insert(db, "3"));
        });
        await db.transaction(async () => {
          await insert(db, "2 undone");
          await db.transaction(async () => insert(db, "3 undone with its parent"));
          throw new Error("second");
        });
        await insert(db, "1 again");
      });
      expect(await names(database)).toEqual(["1", "2", "3", "1 again"]);
    }),
  );

  it(
    "runs after the one before it has ended, when several are started at once",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const results = await db.transaction(async () =>
        Promise.all(
          [1, 2, 3].map((n) =>
            db.transaction(async () => {
              await insert(db, `${n} begins`);
              await scheduler.wait(3 - n);
              await insert(db, `${n} ends`);
              if (n === 2) throw new Error("second");
              return { n };
            }),
          ),
        ),
      );
      expect(results).toMatchObject([{ n: 1 }, { error: { message: "second" } }, { n: 3 }]);
      expect(await names(database)).toEqual(["1 begins", "1 ends", "3 begins", "3 ends"]);
    }),
  );

  it(
    "keeps a statement of the outer block waiting that was issued beside it, so that its failure cannot undo that",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        const inner = db.transaction(async () => {
          await insert(db, "inner");
          await scheduler.wait(2);
          throw new Error("inner failed");
        });
        const beside = insert(db, "beside");
        await Promise.all([inner, beside]);
      });
      expect(await names(database)).toEqual(["beside"]);
    }),
  );

  it(
    "hands what it did so far to the outer block by commit(), and goes back to that by rollback()",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await db.transaction(async (nested) => {
          await insert(nested, "handed over");
          await nested.commit();
          await insert(nested, "rolled back");
          await nested.rollback();
          await insert(nested, "undone by the throw");
          throw new Error("no");
        });
        expect(await database.column("SELECT name FROM item")).toEqual([]);
      });
      expect(await names(database)).toEqual(["handed over"]);
    }),
  );

  it(
    "takes the statements of the outer txn that are issued in its callback",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (outer) => {
        await db.transaction(async () => {
          await insert(outer, "by the outer handle");
          throw new Error("no");
        });
      });
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "refuses commit() and rollback() of the outer txn while it is open",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (outer) => {
        await insert(db, "outer");
        await db.transaction(async () => {
          await insert(db, "inner");
          await expect(outer.commit()).rejects.toMatchObject({ code: "TRANSACTION_MISUSE" });
          await expect(outer.rollback()).rejects.toMatchObject({ code: "TRANSACTION_MISUSE" });
        });
      });
      expect(await names(database)).toEqual(["outer", "inner"]);
    }),
  );

  it(
    "throws into the outer callback when asked to",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { error } = await db.transaction(async () => {
        await insert(db, "outer");
        await db.transaction(
          async () => {
            throw new Error("inner failed");
          },
          { onError: "throw" },
        );
        return {};
      });
      expect(error?.message).toBe("inner failed");
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "is undone by its own timeout or signal alone; the outer block goes on",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), 10);
      const codes = await db.transaction(async () => {
        await insert(db, "outer");
        const codes: unknown[] = [];
        for (const options of [{ timeoutMs: 10 }, { signal: controller.signal }]) {
          const { error } = (await db.transaction(async () => {
            await insert(db, "inner");
            await new Promise(() => {});
          }, options)) as { error: Error & { code: string } };
          codes.push(error.code);
        }
        await insert(db, "outer again");
        return codes;
      });
      expect(codes).toEqual(["TRANSACTION_TIMEOUT", "TRANSACTION_CANCELLED"]);
      expect(await names(database)).toEqual(["outer", "outer again"]);
    }),
  );

  it(
    "aborts its txn.signal with its timeout or signal, and that of a block inside it; not that of the outer block",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      const cases = [
        { options: { timeoutMs: 10 }, cancel: () => {}, code: "TRANSACTION_TIMEOUT" },
        {
          options: { signal: controller.signal },
          cancel: () => controller.abort(new Error("enough")),
          code: "TRANSACTION_CANCELLED",
        },
      ];
      for (const { options, cancel, code } of cases) {
        const ended = Promise.withResolvers<AbortSignal[]>();
        const outerIsAborted = await db.transaction(
          async (outer) => {
            await db.transaction(async (txn) => {
              await db.transaction(async (innermost) => {
                setTimeout(cancel, 10);
                await scheduler.wait(60_000, { signal: innermost.signal }).catch(() => {});
                ended.resolve([innermost.signal, txn.signal]);
              });
            }, options);
            // Its callback may settle after it.
            for (const signal of await ended.promise) expect(signal.reason).toMatchObject({ code });
            return outer.signal.aborted;
          },
          { onError: "throw" },
        );
        expect(outerIsAborted).toBe(false);
      }
    }),
  );

  it(
    "can not write any more after its timeout, whatever its callback goes on to do",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let late: Promise<unknown> | undefined;
      const timedOut = Promise.withResolvers<void>();
      await db.transaction(async () => {
        await db.transaction(
          async () => {
            await insert(db, "inner");
            late = timedOut.promise.then(() => insert(db, "too late"));
            late.catch(() => {});
            await late;
          },
          { timeoutMs: 5 },
        );
        timedOut.resolve();
        await expect(late).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
        await insert(db, "outer");
      });
      expect(await names(database)).toEqual(["outer"]);
    }),
  );

  it(
    "is refused beyond the limit of levels",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let deepest = 0;
      const nest = async (level: number): Promise<unknown> =>
        db.transaction(
          async () => {
            deepest = level;
            await insert(db, `${level}`);
            await nest(level + 1);
          },
          { onError: "throw" },
        );
      await expect(nest(1)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
      expect(deepest).toBe(maxNestingDepth);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "takes the whole transaction along when the log that a partial rollback would replay was given up as too large",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE big (n INTEGER PRIMARY KEY, bytes BLOB)");
      const { error } = await db.transaction(async () => {
        for (let n = 1; n <= 5; n++) {
          await db.prepare("INSERT INTO big VALUES (?, ?)").bind(n, new Uint8Array(1_900_000)).run();
        }
        await db.transaction(async () => {
          await db.prepare("INSERT INTO big VALUES (6, NULL)").run();
          throw new Error("no");
        });
        return { rows: 5 };
      });
      // Never: success, and the rows of the outer block gone.
      expect(error).toMatchObject({ code: "NOT_REPLAYABLE" });
      expect(await database.column("SELECT n FROM big")).toEqual([]);
    }),
  );
});

describe("a block inside a nested block that has failed before it", () => {
  // Its mark belongs to a branch that is undone already: cutting the log there took writes of the outer block.
  it.each(["an error", "its timeout"])(
    "undoes nothing of the outer block when it fails later (%s)",
    async (why) =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec("CREATE TABLE item (name TEXT)");
        const add = (name: string) => db.prepare("INSERT INTO item VALUES (?)").bind(name).run();
        const innermost = async () => {
          await add("c");
          await scheduler.wait(30);
          await add("d");
        };
        await db.transaction(async () => {
          await add("a");
          const { error } = (await db.transaction(
            async () => {
              await add("b");
              const failure = scheduler.wait(5).then(() => {
                if (why === "an error") throw new Error("refused");
              });
              await Promise.all([db.transaction(innermost, { onError: "throw" }), failure]);
            },
            why === "an error" ? {} : { timeoutMs: 10 },
          )) as { error?: Error };
          expect(error).toBeDefined();
          for (const name of ["x", "y", "z"]) await add(name);
          await scheduler.wait(50);
        });
        expect(await database.column("SELECT name FROM item")).toEqual(["a", "x", "y", "z"]);
      })(),
  );

  it(
    "does not run when its signal has aborted already",
    inDatabase(async (database) => {
      const db = database.db();
      let ran = false;
      const { error } = await db.transaction(() =>
        db.transaction(
          () => {
            ran = true;
          },
          { signal: AbortSignal.abort() },
        ),
      );
      expect(error).toMatchObject({ code: "TRANSACTION_CANCELLED" });
      expect(ran).toBe(false);
    }),
  );
});
