import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzParameters } from "../support/fuzz.ts";
import { importInWindows } from "../support/import-run.ts";
import { inDatabase } from "../support/in-database.ts";
import { textOfDump } from "../support/transfers.ts";

const bits = new DataView(new ArrayBuffer(8));

function fromBits(pattern: bigint): number {
  bits.setBigUint64(0, pattern);
  return bits.getFloat64(0);
}

/** Any pattern of bits but NaN, which SQLite stores as NULL; few digits; and the neighbours of powers. */
const reals = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(fromBits),
  fc.bigInt({ min: 0n, max: 2n ** 52n }).map(fromBits), // subnormal
  fc.tuple(fc.integer({ min: -1074, max: 1023 }), fc.integer({ min: -2, max: 2 })).map(([exponent, ulps]) => {
    bits.setFloat64(0, 2 ** exponent);
    return fromBits(bits.getBigUint64(0) + BigInt(Math.max(ulps, exponent === -1074 ? 0 : ulps)));
  }),
  fc
    .tuple(fc.integer({ min: -330, max: 308 }), fc.integer({ min: -999, max: 999 }))
    .map(([e, digits]) => Number(`${digits}e${e}`)),
  fc.double({ noNaN: true }),
  fc.constantFrom(
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
  ),
);

/** -0 is stored as 0 in the one column and cannot be told by SQL in the other. */
const stored = reals.filter((value) => !Number.isNaN(value)).map((value) => value + 0);

describe("REAL of any bits", () => {
  const { parameters, timeoutMs } = fuzzParameters("exported reals", { runs: 80, seconds: 10 });

  it(
    "come back exactly, in columns with and without a type",
    () =>
      inDatabase(async (database) => {
        const { sql } = database.state.storage;
        const exec = (script: string) => database.db().exec(script);
        let count = 0;
        const property = fc.asyncProperty(
          fc.array(stored, { minLength: 1, maxLength: 60 }),
          async (values) => {
            await exec("DROP TABLE IF EXISTS t; CREATE TABLE t (a REAL, b, c NUMERIC)");
            for (const value of values) sql.exec("INSERT INTO t VALUES (?, ?, ?)", value, value, value);
            const read = () => [
              ...sql.exec("SELECT a, b, c, typeof(a), typeof(b), typeof(c) FROM t ORDER BY rowid").raw(),
            ];
            const before = read();
            expect(before.map(([a]) => a)).toEqual(values);
            const text = textOfDump(sql);
            await exec("DROP TABLE t");
            await importInWindows(database, text, 1_000_000);
            expect(read()).toEqual(before);
            expect(textOfDump(sql)).toBe(text);
            count += values.length;
          },
        );
        await fc.assert(property, parameters);
        console.info(`${count} reals`);
      })(),
    timeoutMs,
  );
});
