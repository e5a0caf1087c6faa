import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

export const schemaOfDump =
  "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, street TEXT, balance REAL, region INT, note, since TEXT)";

/** A row as an INSERT; {@link rowsInSql} makes the same. */
const insert = (id: number) =>
  `INSERT INTO "customer" VALUES(${id},'customer number ${id} of the shop','street ${(id * 7919) % 100_003}, it''s a town',${id % 1000}.25,${id % 97},NULL,'2026-01-0${(id % 9) + 1}');\n`;

/** The rows of [from, to), made by SQL. */
export const rowsInSql = (from: number, to: number) => `
  WITH RECURSIVE n(id) AS (SELECT ${from} UNION ALL SELECT id + 1 FROM n WHERE id < ${to - 1})
  INSERT INTO customer SELECT id, 'customer number ' || id || ' of the shop', 'street ' || (id * 7919 % 100003) || ', it''s a town',
    id % 1000 + 0.25, id % 97, NULL, '2026-01-0' || (id % 9 + 1) FROM n`;

export async function writeDump(
  file: string,
  megabytes: number,
): Promise<{ megabytes: number; rows: number }> {
  let bytes = 0;
  let rows = 0;
  const pieces = function* () {
    yield `${schemaOfDump};\n`;
    while (bytes < megabytes * 1e6) {
      let piece = "";
      for (let count = 0; count < 1000; count++) piece += insert(rows++);
      bytes += piece.length;
      yield piece;
    }
  };
  await pipeline(pieces, createWriteStream(file));
  return { megabytes: bytes / 1e6, rows };
}
