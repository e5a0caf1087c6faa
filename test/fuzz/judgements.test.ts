import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeholders } from "../../src/d1/placeholders.ts";
import type { CompiledStatement } from "../../src/database/compiled-statement.ts";
import { rawRows } from "../../src/database/raw-rows.ts";
import { StatementCompiler } from "../../src/database/statement-compiler.ts";
import { D1Error, DatabaseError } from "../../src/errors.ts";
import type { SqlValue } from "../../src/protocol.ts";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { compiling, corpusSchema, sqlCorpus } from "./sql-corpus.ts";
import { grammarStatement } from "./sql-grammar.ts";
import { mutated } from "./sql-mutation.ts";
import { mayRunForever, undone, type WholeState, wholeState } from "./whole-state.ts";

const corpus = fc.constantFrom(...sqlCorpus);
/** Half of them run as they are, or nearly. */
function textsOf(sql: SqlStorage, seed: number): fc.Arbitrary<string> {
  const samples = fc.sample(grammarStatement, { numRuns: 300, seed });
  const compiled = fc.constantFrom(...compiling(sql, [...sqlCorpus, ...samples]));
  return fc.oneof(
    grammarStatement,
    compiled,
    mutated(compiled, 2),
    mutated(fc.oneof(corpus, grammarStatement), 2),
  );
}

const values = fc.array(fc.constantFrom<SqlValue>(null, 1, 2, "a", "[2]", 1.5, new ArrayBuffer(2)), {
  minLength: 10,
  maxLength: 10,
});

/** What a run of a statement came to. */
interface Outcome {
  error: string | undefined;
  rows: unknown[][];
  rowsWritten: number;
  after: WholeState;
}

function runOf(storage: DurableObjectStorage, sql: string, params: readonly SqlValue[]): Outcome {
  return undone(storage, () => {
    const outcome: Outcome = { error: undefined, rows: [], rowsWritten: 0, after: wholeState(storage) };
    try {
      const cursor = storage.sql.exec(sql, ...params);
      outcome.rows = rawRows(cursor);
      outcome.rowsWritten = cursor.rowsWritten;
    } catch (error) {
      outcome.error = String(error);
    }
    outcome.after = wholeState(storage);
    return outcome;
  });
}

/** What is judged of one statement, against what its run did. */
function compare(compiled: CompiledStatement, before: WholeState, run: Outcome): void {
  const { after, error } = run;
  if (!compiled.writes || (error !== undefined && !compiled.failsInPart && compiled.pragma === undefined)) {
    expect({ rows: after.rows, kept: after.kept }).toEqual({ rows: before.rows, kept: before.kept });
  }
  if (!compiled.writes) expect(after).toEqual(before);
  if (!compiled.changesSchema) expect(after.rows.schema).toEqual(before.rows.schema);
  if (!compiled.returnsRows) expect(run.rows).toEqual([]);
  if (error !== undefined) return;
  const changes = Number(after.connection.changes) - Number(before.connection.changes);
  if (compiled.countsItself) {
    expect(run.rowsWritten).toBe(changes);
    expect(after.connection.last).toBe(before.connection.last);
  }
  if (compiled.insertsOnly) {
    for (const [table, rows] of Object.entries(before.rows)) {
      expect(after.rows[table]).toEqual(expect.arrayContaining(rows));
    }
  }
}

describe("what the compiler says of a statement", () => {
  const { parameters, timeoutMs } = fuzzParameters("judgements of statements", { runs: 200, seconds: 20 });

  it(
    "holds when it runs: whether it writes, changes the schema, fails in the middle, does the same again",
    () =>
      inBareObject(({ storage }) => {
        storage.sql.exec(corpusSchema).toArray();
        storage.kv.put("kept", { by: "the object" });
        const compiler = new StatementCompiler(storage.sql);
        const counts = { refused: 0, control: 0, reads: 0, writes: 0, failed: 0, differing: 0 };
        const texts = textsOf(storage.sql, parameters.seed);
        const property = fc.property(texts, values, (sql, values) => {
          const before = wholeState(storage);
          let compiled: CompiledStatement;
          const params = sql.includes("\0") ? [] : values.slice(0, [...placeholders(sql)].length);
          try {
            compiled = compiler.compile(sql, params);
          } catch (error) {
            expect([D1Error, DatabaseError]).toContain((error as Error).constructor);
            expect((error as Error).message).not.toMatch(/internal error|undefined|\[object/);
            counts.refused++;
            return;
          } finally {
            expect(wholeState(storage)).toEqual(before);
          }
          if (compiled.control !== undefined) return void counts.control++;
          if (mayRunForever(sql)) return;
          if (compiled.parts !== undefined) {
            if (compiled.writes) return;
            const last = compiled.parts.length - 1;
            try {
              for (const [index, part] of compiled.parts.entries())
                storage.sql.exec(part, ...(index === last ? params : [])).toArray();
            } catch {
              counts.failed++;
            }
            expect(wholeState(storage)).toEqual(before);
            return;
          }
          const run = runOf(storage, compiled.sql, params);
          counts[compiled.writes ? "writes" : "reads"]++;
          if (run.error !== undefined) counts.failed++;
          // The counters go on when a run is undone.
          const again = wholeState(storage);
          expect(again.rows).toEqual(before.rows);
          compare(compiled, before, run);
          const second = runOf(storage, compiled.sql, params);
          // An EXPLAIN tells the schema's version, which a rollback takes back and a try again gives anew.
          if (compiled.deterministic && !/^explain/i.test(compiled.sql)) {
            expect({ ...second, after: second.after.rows }).toEqual({ ...run, after: run.after.rows });
          } else if (JSON.stringify(second.after.rows) !== JSON.stringify(run.after.rows)) counts.differing++;
          compiler.clear();
        });
        fc.assert(property, parameters);
        console.info(counts);
        expect(Math.min(counts.refused, counts.reads, counts.writes, counts.failed)).toBeGreaterThan(10);
      }),
    timeoutMs,
  );
});
