import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { D1Error, DatabaseError } from "../../src/errors.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { inDatabase, TestDatabase } from "../support/in-database.ts";
import { NativeDatabase, type Rows, rowsOf } from "./native-database.ts";
import { compiling, corpusSchema, sqlCorpus, volatile } from "./sql-corpus.ts";
import { grammarStatement } from "./sql-grammar.ts";
import { mutated } from "./sql-mutation.ts";
import { mayRunForever, wholeState } from "./whole-state.ts";

const corpus = fc.constantFrom(...sqlCorpus);
const statement = fc.oneof(corpus, grammarStatement, mutated(fc.oneof(corpus, grammarStatement), 1));

function scriptsOf(statements: fc.Arbitrary<string>, maxChanges: number): fc.Arbitrary<string> {
  const ends = fc.constantFrom(";", "; ", ";\n", "\n", ";;", " ; -- c\n", "");
  const script = fc
    .array(fc.tuple(statements, ends), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.flat().join(""));
  return mutated(script, maxChanges);
}

type Failure = Error & { code?: string };

function clear(failure: Failure): void {
  expect([D1Error, DatabaseError], String(failure.stack)).toContain(failure.constructor);
  expect(failure.message).not.toMatch(/internal error|undefined|\[object|Maximum call stack/);
}

describe("a request that may only read", () => {
  const { parameters, timeoutMs } = fuzzParameters("read-only requests", { runs: 200, seconds: 20 });

  it(
    "changes nothing, whatever its texts are",
    () =>
      inDatabase(async ({ engine, state: { storage } }) => {
        await engine.runScript(corpusSchema);
        const samples = fc.sample(grammarStatement, { numRuns: 300, seed: parameters.seed });
        const compiled = fc.constantFrom(...compiling(storage.sql, [...sqlCorpus, ...samples]));
        const scripts = fc.oneof(compiled, scriptsOf(compiled, 2), scriptsOf(statement, 2));
        const counts = { refused: 0, read: 0 };
        const property = fc.asyncProperty(
          scripts,
          fc.array(statement, { maxLength: 2 }),
          async (script, others) => {
            if (mayRunForever(script) || others.some(mayRunForever)) return;
            const before = wholeState(storage);
            const { bookmark } = engine;
            const asScript = engine.runScript(script, { readOnly: true });
            const queries = [script, ...others].map((sql) => ({ sql, params: [] }));
            const asBatch = engine.query(queries, { readOnly: true });
            for (const request of [asScript, asBatch]) {
              await request.then(
                () => counts.read++,
                (failure: Failure) => {
                  counts.refused++;
                  clear(failure);
                },
              );
            }
            expect(wholeState(storage)).toEqual(before);
            expect(engine.bookmark).toBe(bookmark);
          },
        );
        await fc.assert(property, parameters);
        console.info(counts);
        expect(Math.min(...Object.values(counts))).toBeGreaterThan(5);
      })(),
    timeoutMs,
  );
});

/** The schema without values that differ each time. */
const sameEachTime = corpusSchema.replace("CURRENT_TIMESTAMP", "'now'").replace("(random())", "8");

/**
 * What makes the runtime reset an object, or end the transaction, where the engine refuses it or knows a way around. The rows of a RETURNING
 * that is not the last statement are not read: it stays busy, and to undo it then fails or hangs.
 */
const notForTheRuntime = /explain|rollback|virtual|fts5|\bdoc\b|returning[^;]*;|\0/i;

/** Where SQLite keeps what, among it tables of the runtime's own. */
const whereThingsAre = /sqlite_(?:temp_)?(?:schema|master)|dbstat/i;

/** Why the engine does not do what SQLite would. */
const refusals = /STATEMENT_REFUSED|TRANSACTION_MISUSE|not authorized|No SQL statements/;

/** What exec() makes of it in a transaction, which is rolled back. */
async function ours(database: TestDatabase, script: string): Promise<Rows | Failure> {
  let outcome: Rows | Failure | undefined;
  const before = rowsOf(database.state);
  await database.db().transaction(
    async (txn) => {
      outcome = await txn.exec(script).then(
        () => rowsOf(database.state),
        (failure: Failure) => {
          expect(rowsOf(database.state)).toEqual(before);
          return failure;
        },
      );
      await txn.rollback();
    },
    { onError: "throw" },
  );
  return outcome!;
}

describe("a script", () => {
  const { parameters, timeoutMs } = fuzzParameters("scripts of the corpus", { runs: 200, seconds: 20 });

  it(
    "does what SQLite does with it as a whole, or nothing and says why",
    async () => {
      const name = crypto.randomUUID();
      const inside = <T>(work: (database: TestDatabase) => Promise<T>) =>
        runInDurableObject(env.DB.getByName(name), (_object, state) => work(new TestDatabase(state)));
      const native = new NativeDatabase(sameEachTime);
      const untouched = await inside(async ({ engine, state }) => {
        await engine.runScript(sameEachTime);
        return rowsOf(state);
      });
      const samples = fc.sample(grammarStatement, { numRuns: 600, seed: parameters.seed });
      const compiled = await inside(async ({ state }) =>
        compiling(state.storage.sql, [...sqlCorpus, ...samples]),
      );
      const counts = { ran: 0, failed: 0, inLines: 0, refused: 0, notCompared: 0 };

      const compare = async (script: string, actual: Rows | Failure) => {
        const expected = await native.outcomeOf(script);
        if (actual instanceof Error) {
          if (expected === undefined) counts.failed++;
          else {
            counts.refused++;
            expect(`${actual.cause} ${actual.code}`).toMatch(refusals);
          }
        } else if (expected === undefined && script.includes("\n")) counts.inLines++;
        else {
          counts.ran++;
          expect(actual).toEqual(expected);
        }
      };
      const property = fc.asyncProperty(scriptsOf(fc.constantFrom(...compiled), 1), async (script) => {
        if (mayRunForever(script)) return;
        const actual = await inside(async (database) => {
          const outcome = await ours(database, script);
          expect(rowsOf(database.state)).toEqual(untouched);
          return outcome;
        });
        if (actual instanceof Error) clear(actual);
        if ([notForTheRuntime, whereThingsAre, volatile].some((texts) => texts.test(script)))
          return void counts.notCompared++;
        try {
          await compare(script, actual);
        } catch {
          await native.startAnew();
          await compare(script, actual);
        }
      });
      await fc.assert(property, parameters);
      console.info(counts);
      expect(Math.min(counts.ran, counts.failed)).toBeGreaterThan(10);
    },
    timeoutMs,
  );
});
