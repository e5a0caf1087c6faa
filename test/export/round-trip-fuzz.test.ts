import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzParameters } from "../support/fuzz.ts";
import { importInWindows } from "../support/import-run.ts";
import { TestDatabase } from "../support/in-database.ts";
import { type RandomDatabase, randomDatabases } from "../support/random-database.ts";
import { contentOf, textOfDump } from "../support/transfers.ts";

const counts = { databases: 0, statements: 0, refused: 0, rows: 0 };

function make(sql: SqlStorage, { schema, rows, finish }: RandomDatabase): void {
  for (const statement of [...schema, ...rows, ...finish]) {
    counts.statements++;
    try {
      // Not prepared: the texts are of no use again.
      sql.exec(statement).toArray();
    } catch {
      // What SQLite refuses (a NULL in a key, a name twice) is not in the database.
      counts.refused++;
    }
  }
}

describe("a random database", () => {
  const { parameters, timeoutMs } = fuzzParameters("round trips", { runs: 30, seconds: 10 });

  it(
    "comes back from its dump as it was, however the dump is cut, and is dumped to the same text again",
    async () => {
      const property = fc.asyncProperty(
        randomDatabases,
        fc.integer({ min: 500, max: 60_000 }),
        (random, windowBytes) =>
          runInDurableObject(env.DB.getByName(crypto.randomUUID()), async (_object, state) => {
            const database = new TestDatabase(state);
            const { sql } = state.storage;
            make(sql, random);
            const before = contentOf(sql);
            const text = textOfDump(sql);
            await state.storage.deleteAll();
            await importInWindows(database, text, windowBytes);
            const after = contentOf(sql);
            expect(after).toEqual(before);
            expect(textOfDump(sql)).toBe(text);
            counts.databases++;
            counts.rows += Object.values(before).flat().length;
            await state.storage.deleteAll();
          }),
      );
      await fc.assert(property, parameters);
      console.info(counts);
      expect(counts.refused).toBeLessThan(counts.statements / 2);
    },
    timeoutMs,
  );
});
