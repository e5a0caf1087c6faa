import { addToBalance, randomId, readBalance } from "./bank.ts";

/** What both databases are asked through the same API: D1's client. */

const rowsOfResult = 10_000;
const manyRows = `SELECT id, balance, 'some text of a row' AS note, balance / 7.0 AS share FROM account LIMIT ${rowsOfResult}`;
const writesOfBatch = 10;

/** The calls of one workload each, by their names. */
export function clientApiCalls(db: D1Database): Record<string, () => Promise<unknown>> {
  const read = db.prepare(readBalance);
  const write = db.prepare(addToBalance);
  return {
    read: () => read.bind(randomId()).first("balance"),
    write: () => write.bind(randomId()).run(),
    batch: () => db.batch(Array.from({ length: writesOfBatch }, () => write.bind(randomId()))),
    "10000-rows": async () => {
      const { results } = await db.prepare(manyRows).all();
      if (results.length !== rowsOfResult) throw new Error(`${results.length} rows`);
    },
  };
}
