import { describe, expect, it } from "vitest";
import { maxTransactionTimeoutMs } from "../../src/limits.ts";
import type { TransactionOptions } from "../../src/procedures.ts";
import { inDatabase } from "../support/in-database.ts";

describe("the options of a transaction", () => {
  const invalid: [string, unknown, RegExp][] = [
    ["a timeoutMs of 0", { timeoutMs: 0 }, /timeoutMs/],
    ["a negative timeoutMs", { timeoutMs: -1 }, /timeoutMs/],
    ["a timeoutMs that is not a number", { timeoutMs: Number.NaN }, /timeoutMs/],
    ["a timeoutMs above the limit", { timeoutMs: maxTransactionTimeoutMs + 1 }, /60000/],
    ["an infinite timeoutMs", { timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs/],
    ["a signal that is none", { signal: { aborted: false } }, /AbortSignal/],
    ["an unknown onError", { onError: "ignore" }, /"return" or "throw"/],
  ];

  it.each(invalid)("reject %s at once: the callback never runs", async (_, options, message) =>
    inDatabase(async (database) => {
      let ran = false;
      const transaction = database.db().transaction(() => {
        ran = true;
      }, options as TransactionOptions);
      await expect(transaction).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(message),
      });
      expect(ran).toBe(false);
    })(),
  );

  it(
    "must follow a callback",
    inDatabase(async (database) => {
      const notACallback = Promise.resolve() as unknown as () => void;
      await expect(database.db().transaction(notACallback)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }),
  );

  it(
    'reject with the very error by onError "throw", after the rollback',
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n)");
      const thrown = new Error("no");
      const rows = await db
        .transaction(
          async () => {
            await db.prepare("INSERT INTO item VALUES (1)").run();
            throw thrown;
          },
          { onError: "throw" },
        )
        .catch(async (error) => {
          expect(error).toBe(thrown);
          return database.column("SELECT n FROM item");
        });
      expect(rows).toEqual([]);
    }),
  );

  it(
    'give the callback\'s value itself by onError "throw"',
    inDatabase(async (database) => {
      const value: number = await database.db().transaction(async () => 7, { onError: "throw" });
      expect(value).toBe(7);
    }),
  );
});

describe("a thrown value that is no Error", () => {
  const values: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["false", false, "false"],
    ["an empty string", "", ""],
    ["a plain object", { code: 7 }, "[object Object]"],
    ["a promise", Promise.resolve(1), "[object Promise]"],
  ];

  it.each(values)("never looks like success: %s", async (_, value, text) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n)");
      const { error } = (await db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES (1)").run();
        throw value;
      })) as { error: Error };
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ code: "NON_ERROR_THROWN", cause: value });
      expect(error.message).toContain(text);
      expect(await database.column("SELECT n FROM item")).toEqual([]);
    })(),
  );
});
