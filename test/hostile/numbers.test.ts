import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { callProcedure, post, send } from "../http/http-client.ts";
import { inDatabase } from "../support/in-database.ts";
import { itAsOnD1, itEveryWayIn } from "./ways-in.ts";

const { MAX_SAFE_INTEGER, MAX_VALUE, MIN_VALUE, EPSILON } = Number;

/** Numbers at every edge of a double and of a 64-bit integer. */
const numbers = [
  ...[
    0,
    1,
    EPSILON,
    MIN_VALUE,
    2 ** -1022,
    2 ** -1022 - MIN_VALUE,
    0.1,
    1 / 3,
    1.7976931348623155e308,
    MAX_VALUE,
  ],
  ...[
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 52 + 0.5,
    MAX_SAFE_INTEGER,
    2 ** 53,
    2 ** 53 + 2,
    1e15,
    1e16,
    1e21,
    1e22,
  ],
  ...[2 ** 62, 2 ** 63 - 1024, 2 ** 63, 2 ** 63 + 2048, 2 ** 64, 1e100],
].flatMap((number) => (number === 0 ? [0] : [number, -number]));

describe("a number", () => {
  itAsOnD1("keeps every bit on its way in and out, bound and stored", async (db) => {
    const list = db.prepare(`SELECT ${numbers.map(() => "?")}`).bind(...numbers);
    expect(await list.raw()).toEqual([numbers]);
    await db
      .prepare("CREATE TABLE measure (id INTEGER PRIMARY KEY, any, real REAL, number NUMERIC, int INTEGER)")
      .run();
    const insert = db.prepare("INSERT INTO measure VALUES (?1, ?2, ?2, ?2, ?2)");
    await db.batch(numbers.map((number, id) => insert.bind(id, number)));
    const rows = await db.prepare("SELECT any, real, number, int FROM measure ORDER BY id").raw();
    expect(rows).toEqual(numbers.map((number) => [number, number, number, number]));
  });

  itAsOnD1("is found again by its value", async (db) => {
    await db.prepare("CREATE TABLE measure (number REAL UNIQUE)").run();
    const insert = db.prepare("INSERT INTO measure VALUES (?)");
    await db.batch(numbers.map((number) => insert.bind(number)));
    const find = db.prepare("SELECT number FROM measure WHERE number = ?");
    const found = await db.batch(numbers.map((number) => find.bind(number)));
    expect(found.map(({ results }) => results)).toEqual(numbers.map((number) => [{ number }]));
  });

  itAsOnD1("that SQL makes comes back as the nearest double, an infinity as null", async (db) => {
    const row = await db
      .prepare(
        `SELECT 9223372036854775807 AS max, -9223372036854775808 AS min, 9007199254740993 AS odd, 9223372036854775807 + 1 AS over,
          1e999 AS infinity, -1e999 AS negative, 1e999 - 1e999 AS nan, -0.0 AS zero, 0.0 * -1 AS product, 4.9e-324 AS least,
          CAST('9223372036854775808' AS INTEGER) AS clamped, 1e308 * 10 AS overflow, round(0.5) AS half, 0x7fffffffffffffff AS hex`,
      )
      .first();
    expect(row).toEqual({
      ...{
        max: 2 ** 63,
        min: -(2 ** 63),
        odd: 2 ** 53,
        over: 2 ** 63,
        infinity: null,
        negative: null,
        nan: null,
        zero: 0,
      },
      ...{ product: 0, least: MIN_VALUE, clamped: 2 ** 63, overflow: null, half: 1, hex: 2 ** 63 },
    });
  });

  itAsOnD1("in a LIMIT is a whole one of 64 bits, or a clear error", async (db) => {
    const limit = db.prepare("SELECT value FROM json_each('[1,2,3]') LIMIT ? OFFSET ?");
    expect(await limit.bind(-1, 0).raw()).toEqual([[1], [2], [3]]);
    expect(await limit.bind(MAX_SAFE_INTEGER, 1).raw()).toEqual([[2], [3]]);
    expect(await limit.bind(0, 0).raw()).toEqual([]);
    for (const wrong of [0.5, 1e19, Number.NaN, Number.POSITIVE_INFINITY, -1e300]) {
      await expect(limit.bind(wrong, 0).raw()).rejects.toThrow("datatype mismatch");
    }
  });

  itEveryWayIn("as a rowid is exact up to 2^53, and refused where it is none", async (db) => {
    await db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY)").run();
    const insert = db.prepare("INSERT INTO item VALUES (?)");
    for (const id of [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER, 2 ** 62, -(2 ** 63) + 1024]) {
      expect((await insert.bind(id).run()).meta.last_row_id).toBe(id);
    }
    for (const wrong of [0.5, 2 ** 63, -(2 ** 63), 1e300]) {
      await expect(insert.bind(wrong).run()).rejects.toThrow("datatype mismatch");
    }
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(4);
  });

  it("is replayed bit by bit after a wait", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE measure (number, id DEFAULT (random()))");
      const insert = db.prepare("INSERT INTO measure (number) VALUES (?)");
      await db.transaction(
        async () => {
          for (const number of numbers) await insert.bind(number).run();
          await scheduler.wait(1);
          await db.prepare("SELECT 1").first();
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT number FROM measure ORDER BY rowid")).toEqual(numbers);
    })());

  it("in a stored infinity, or a -0, is replayed as what it is", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE measure (a, b, c, id DEFAULT (random()))");
      const stored = () =>
        database.query("SELECT format('%+f', a), format('%+f', b), 1 / (c = 0) FROM measure");
      let inside: unknown;
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO measure (a, b, c) VALUES (9e999, -9e999, -0.0)").run();
          inside = await db
            .prepare("SELECT format('%+f', a), format('%+f', b), 1 / (c = 0) FROM measure")
            .raw();
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(await stored()).toEqual(inside);
      expect(inside).toEqual([["+Inf", "-Inf", 1]]);
    })());
});

describe("a number over HTTP", () => {
  const rest = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}/query`;

  it("keeps every bit", async () => {
    expect((await callProcedure("Echo", numbers)).envelope.result).toEqual(numbers);
    const answer = await post(rest, {
      sql: `SELECT ${numbers.map((_, index) => `? AS n${index}`)}`,
      params: numbers,
    });
    const { result } = await answer.json<{ result: { results: Record<string, number>[] }[] }>();
    expect(Object.values(result[0]!.results[0]!)).toEqual(numbers);
  });

  it("is a JSON number: an integer beyond 2^53 is rounded, 1e400 is NULL", async () => {
    const body = `{"sql": "SELECT ? AS large, ? AS infinite, ? AS zero, ? AS least", "params": [9007199254740993, 1e400, -0, 1e-400]}`;
    const answer = await send(rest, { method: "POST", body });
    const { result } = await answer.json<{ result: { results: object[] }[] }>();
    expect(result[0]!.results).toEqual([{ large: 2 ** 53, infinite: null, zero: 0, least: 0 }]);
  });
});

describe("what looks like a number", () => {
  itAsOnD1("is text as long as the column does not ask for a number", async (db) => {
    await db.prepare("CREATE TABLE measure (text TEXT, number NUMERIC)").run();
    const insert = db.prepare("INSERT INTO measure VALUES (?1, ?1)");
    const values = [
      "1e3",
      " 5 ",
      "0x10",
      "1_000",
      "9007199254740993",
      "9223372036854775808",
      "Infinity",
      "NaN",
      "-0",
      "٣",
    ];
    await db.batch(values.map((value) => insert.bind(value)));
    const rows = await db
      .prepare("SELECT text, CAST(number AS TEXT), typeof(number) FROM measure ORDER BY rowid")
      .raw();
    expect(rows).toEqual([
      ["1e3", "1000", "integer"],
      [" 5 ", "5", "integer"],
      ["0x10", "0x10", "text"],
      ["1_000", "1_000", "text"],
      ["9007199254740993", "9007199254740993", "integer"],
      ["9223372036854775808", "9.22337203685478e+18", "real"],
      ["Infinity", "Infinity", "text"],
      ["NaN", "NaN", "text"],
      ["-0", "0", "integer"],
      ["٣", "٣", "text"],
    ]);
  });
});
