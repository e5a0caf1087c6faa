import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

export default {
  title: "Values that are read",
  cases: [
    {
      behaviour: "gives integers and REALs as numbers, text as strings, NULL as null",
      async run(db) {
        const row = await db.prepare("SELECT 1 AS i, 1.5 AS r, 2.0 AS whole, 'x' AS t, NULL AS n").first();
        expect(row).toEqual({ i: 1, r: 1.5, whole: 2, t: "x", n: null });
      },
    },
    {
      behaviour: "gives truth values as 1 and 0",
      async run(db) {
        const row = await db
          .prepare("SELECT true AS yes, false AS no, 1 = 1 AS equal, NOT 1 AS negated")
          .first();
        expect(row).toEqual({ yes: 1, no: 0, equal: 1, negated: 0 });
      },
    },
    {
      behaviour: "gives a blob as an array of its bytes, by every method",
      async run(db) {
        await db.prepare("CREATE TABLE file (data BLOB)").run();
        await db
          .prepare("INSERT INTO file VALUES (?)")
          .bind(new Uint8Array([0, 127, 255]))
          .run();
        const statement = db.prepare("SELECT data FROM file");
        const bytes = [0, 127, 255];
        expect(await statement.first("data")).toEqual(bytes);
        expect(await statement.first()).toEqual({ data: bytes });
        expect((await statement.all()).results).toEqual([{ data: bytes }]);
        expect((await statement.run()).results).toEqual([{ data: bytes }]);
        expect(await statement.raw()).toEqual([[bytes]]);
        expect((await db.batch([statement]))[0]!.results).toEqual([{ data: bytes }]);
        expect(Array.isArray(await statement.first("data"))).toBe(true);
      },
    },
    {
      behaviour: "gives an empty blob as an empty array, and zeroes as zeroes",
      async run(db) {
        const row = await db.prepare("SELECT x'' AS none, zeroblob(2) AS zeroes").first();
        expect(row).toEqual({ none: [], zeroes: [0, 0] });
      },
    },
    {
      behaviour: "rounds integers beyond 2^53 to the nearest double",
      async run(db) {
        const row = await db
          .prepare(
            "SELECT 9007199254740991 AS safe, 9007199254740993 AS odd, 9223372036854775807 AS largest, " +
              "-9223372036854775808 AS smallest, CAST(9223372036854775807 AS TEXT) AS text",
          )
          .first();
        expect(row).toEqual({
          safe: 9007199254740991,
          odd: 9007199254740992,
          largest: 2 ** 63,
          smallest: -(2 ** 63),
          text: "9223372036854775807",
        });
      },
    },
    {
      behaviour: "gives infinities that SQL made as null, and -0.0 as 0",
      async run(db) {
        const statement = db.prepare("SELECT 1e999 AS more, -1e999 AS less, -0.0 AS zero");
        expect(await statement.first()).toEqual({ more: null, less: null, zero: 0 });
        expect(await statement.raw()).toEqual([[null, null, 0]]);
        expect(await statement.first("more")).toBeNull();
      },
    },
    {
      behaviour: "gives NULL for a division by zero and for what is not a number",
      async run(db) {
        const row = await db
          .prepare("SELECT 1 / 0 AS a, 1.0 / 0 AS b, 5 % 0 AS c, 1e999 - 1e999 AS d")
          .first();
        expect(row).toEqual({ a: null, b: null, c: null, d: null });
      },
    },
    {
      behaviour: "gives a long text whole",
      async run(db) {
        const text = await db.prepare("SELECT hex(zeroblob(400000)) AS text").first<string>("text");
        expect(text).toBe("0".repeat(800_000));
      },
    },
    {
      behaviour: "gives 10,000 rows in their order",
      async run(db) {
        const { results } = await db
          .prepare(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT i FROM n",
          )
          .all<{ i: number }>();
        expect(results.map(({ i }) => i)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
      },
    },
  ],
} satisfies Concept;
