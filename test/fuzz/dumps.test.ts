import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { D1Error, DatabaseError } from "../../src/errors.ts";
import type { Transaction } from "../../src/procedures.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { importInWindows } from "../support/import-run.ts";
import { TestDatabase } from "../support/in-database.ts";
import { type RandomDatabase, randomDatabases } from "../support/random-database.ts";
import { textOfDump } from "../support/transfers.ts";
import { type Change, changedDump, changes } from "./dump-mutation.ts";
import { NativeDatabase, type Rows, rowsOf } from "./native-database.ts";
import { undone, wholeState } from "./whole-state.ts";

/** What is there already when a dump is imported. */
const schema = `
  CREATE TABLE there (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE);
  CREATE TABLE referring (there REFERENCES there ON DELETE CASCADE);
  CREATE TABLE log (entry);
  CREATE TRIGGER noted AFTER INSERT ON there BEGIN INSERT INTO log VALUES (new.a); END;
  INSERT INTO there (a) VALUES ('one'), ('two');
  INSERT INTO referring VALUES (1);
`;

/** Large values are for the round trips: here many damages count. */
function small({ rows, ...rest }: RandomDatabase): RandomDatabase {
  return { ...rest, rows: rows.filter((row) => !/zeroblob/.test(row)).slice(0, 40) };
}

type Failure = Error & { code?: string };
type Attempt = { rows: Rows; failure?: Failure; queries?: number };

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a file, or undefined for what is none that SQLite would read to its end. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = fatal.decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What the runtime takes otherwise than the engine: transactions, full text, texts over SQLite's limit. */
const notForTheRuntime =
  /(?:^|;)\s*(?:begin|commit|end|rollback|savepoint|release)\b|explain|virtual|fts5|pragma foreign_keys/im;
const maxNativeLength = 90_000;

/** Why an import does not do what SQLite would. */
const refusals = /STATEMENT_REFUSED|TRANSACTION_MISUSE|LIMIT_EXCEEDED|not authorized/;

describe("a damaged dump", () => {
  const { parameters, timeoutMs } = fuzzParameters("damaged dumps", { runs: 25, seconds: 20 });

  it(
    "is imported whole, as SQLite reads it, or leaves the database as it was",
    async () => {
      const source = env.DB.getByName(crypto.randomUUID());
      const target = env.DB.getByName(crypto.randomUUID());
      const native = new NativeDatabase(schema);
      /** What an import has changed is thrown away before the next one. */
      let isDirty = true;
      const counts = { imported: 0, refused: 0, compared: 0 };

      const dumpOfRandom = (random: RandomDatabase) =>
        runInDurableObject(source, (_object, { storage }) =>
          undone(storage, () => {
            for (const statement of [...random.schema, ...random.rows, ...random.finish]) {
              try {
                storage.sql.exec(statement).toArray();
              } catch {
                // What SQLite refuses is not in the dump.
              }
            }
            return textOfDump(storage.sql);
          }),
        );
      const attempt = (bytes: Uint8Array, windowBytes: number) =>
        runInDurableObject(target, async (_object, state): Promise<Attempt> => {
          const { storage } = state;
          if (isDirty) {
            await storage.deleteAll();
            storage.sql.exec(schema).toArray();
            storage.kv.put("kept", "by the object");
          }
          isDirty = true;
          const before = wholeState(storage);
          const database = new TestDatabase(state);
          try {
            const queries = await importInWindows(database, bytes, windowBytes);
            expect(wholeState(storage).connection).toMatchObject({ foreign_keys: 1, defer_foreign_keys: 0 });
            return { rows: rowsOf(state), queries };
          } catch (error) {
            const after = wholeState(storage);
            expect({ ...after, connection: {} }).toEqual({ ...before, connection: {} });
            expect(after.connection).toMatchObject({ foreign_keys: 1, defer_foreign_keys: 0 });
            expect([D1Error, DatabaseError], String(error)).toContain((error as Failure).constructor);
            expect((error as Failure).message).not.toMatch(
              /internal error|undefined|\[object|Maximum call stack/,
            );
            const db = database.db();
            const use = async (txn: Transaction) => {
              await txn.prepare("INSERT INTO there (a) VALUES ('still usable')").run();
              await txn.rollback();
            };
            await db.transaction(use, { onError: "throw" });
            isDirty = false;
            return { rows: {}, failure: error as Failure };
          }
        });
      const compare = async (text: string, { rows, failure, queries }: Attempt) => {
        const expected = await native.outcomeOf(text);
        if (failure === undefined && queries! > 0) expect(rows).toEqual(expected);
        if (failure !== undefined && expected !== undefined)
          expect(`${failure.code} ${failure.message}`).toMatch(refusals);
      };
      const property = fc.asyncProperty(
        randomDatabases,
        fc.oneof({ weight: 9, arbitrary: changes }, fc.constant<Change[]>([])),
        fc.integer({ min: 1, max: 30 }),
        async (random, changes, windows) => {
          const dump = await dumpOfRandom(small(random));
          const bytes = changedDump(dump, changes);
          const result = await attempt(bytes, Math.ceil(bytes.length / windows) + 1);
          counts[result.failure === undefined ? "imported" : "refused"]++;
          const text = textOf(bytes);
          if (text === undefined || text.length > maxNativeLength || notForTheRuntime.test(text)) return;
          counts.compared++;
          try {
            await compare(text, result);
          } catch {
            await native.startAnew();
            await compare(text, result);
          }
        },
      );
      await fc.assert(property, parameters);
      console.info(counts);
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(2);
    },
    timeoutMs,
  );
});
