import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { maxHttpBodyBytes } from "../../src/limits.ts";
import { callProcedure, post, send } from "../http/http-client.ts";
import { inDatabase } from "../support/in-database.ts";
import { expectNothingDone, expectUsable, itAsOnD1, itEveryWayIn } from "./ways-in.ts";

const lost = "\ufffd\ufffd\ufffd";

/** Text, the bytes that SQLite gets for it, and what comes back where that is something else. */
const texts: [what: string, value: string, bytes: string, back?: string][] = [
  ["a NUL at the end", "a\0", "6100"],
  ["nothing but NULs", "\0\0", "0000"],
  ["a byte order mark, twice", "\ufeff\ufeffx", "EFBBBFEFBBBF78"],
  [
    "code points that are unassigned, private, or no characters",
    "\u0378\ue000\ufdd0\ufffe\uffff\u{10ffff}",
    "CDB8EE8080EFB790EFBFBEEFBFBFF48FBFBF",
  ],
  ["a replacement character of its own", "\ufffd", "EFBFBD"],
  [
    "composed and decomposed letters, each as it is",
    "é e\u0301 \uac00 \u1100\u1161",
    "C3A92065CC8120EAB08020E18480E185A1",
  ],
  [
    "controls, bidirectional ones and joiners too",
    "\u0001\u007f\u0085\u200b\u200e\u202e\u2028",
    "017FC285E2808BE2808EE280AEE280A8",
  ],
  ["a lone surrogate at the end", "a\ud800", "61EDA080", `a${lost}`],
  ["two surrogates in the wrong order", "\ude00\ud83d", "EDB880EDA0BD", lost + lost],
  ["a surrogate before a pair", "\ud83d\ud83d\ude00", "EDA0BDF09F9880", `${lost}😀`],
];

describe("text with", () => {
  for (const [what, value, bytes, back = value] of texts) {
    itAsOnD1(`${what} is bound, stored, found and read`, async (db) => {
      await db.prepare("CREATE TABLE note (text TEXT UNIQUE)").run();
      await db.prepare("INSERT INTO note VALUES (?)").bind(value).run();
      const row = db.prepare(
        "SELECT text, hex(text) AS bytes, typeof(text) AS type FROM note WHERE text = ?",
      );
      expect(await row.bind(value).first()).toEqual({ text: back, bytes, type: "text" });
      const again = db.prepare("INSERT INTO note VALUES (?)").bind(value).run();
      await expect(again).rejects.toThrow("UNIQUE constraint failed: note.text");
    });

    it(`${what} is replayed byte by byte after a wait`, () =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec("CREATE TABLE note (text TEXT, id DEFAULT (random()))");
        await db.transaction(
          async () => {
            const insert = db.prepare("INSERT INTO note (text) VALUES (?)").bind(value);
            await insert.run();
            await scheduler.wait(1);
            await db.prepare("UPDATE note SET text = text || ?").bind(value).run();
          },
          { onError: "throw" },
        );
        expect(await database.column("SELECT hex(text) FROM note")).toEqual([bytes + bytes]);
      })());
  }

  itAsOnD1("the two halves of a pair in two parameters is not joined to a character", async (db) => {
    const joined = db.prepare("SELECT ?1 || ?2 AS text, hex(?1 || ?2) AS bytes").bind("\ud83d", "\ude00");
    expect(await joined.first()).toEqual({ text: lost + lost, bytes: "EDA0BDEDB880" });
  });

  itAsOnD1("other normalisation is other text", async (db) => {
    const row = await db
      .prepare("SELECT ?1 = ?2 AS equal, ?1 LIKE ?2 AS alike, length(?2) AS length")
      .bind("é", "e\u0301")
      .first();
    expect(row).toEqual({ equal: 0, alike: 0, length: 2 });
  });
});

describe("SQL text with", () => {
  itAsOnD1("a byte order mark in front runs; inside a word it is a letter", async (db) => {
    expect(await db.prepare("\ufeffSELECT 1 AS a").first()).toEqual({ a: 1 });
    expect(await db.prepare('SELECT 1 AS "\ufeffa", 2 AS \ufeffb, 3 AS c\ufeff').first()).toEqual({
      "\ufeffa": 1,
      b: 2,
      "c\ufeff": 3,
    });
    await expect(db.prepare("SELECT\ufeff1").first()).rejects.toThrow("syntax error at offset 0");
  });

  itAsOnD1("blanks that only Unicode calls so has no blanks there", async (db) => {
    for (const blank of ["\u00a0", "\u2003", "\u2028", "\u3000", "\u200b", "\u0085"]) {
      await expect(db.prepare(`SELECT${blank}1`).first()).rejects.toThrow("syntax error at offset 0");
      expect(await db.prepare(`SELECT 1 AS a${blank}b`).first()).toEqual({ [`a${blank}b`]: 1 });
    }
  });

  itAsOnD1("letters that only look like keywords or digits does not run", async (db) => {
    for (const sql of ["ЅELECT 1", "ＳＥＬＥＣＴ 1", "SELECT １", "DROP TABLE ‚a‘", "selec\u0442 1"]) {
      await expect(db.prepare(sql).all()).rejects.toThrow("SQLITE_ERROR");
    }
  });

  itAsOnD1("lone surrogates in a literal or a name takes them as a parameter would", async (db) => {
    const literal = db.prepare("SELECT 'a\ud800' AS text, hex('a\ud800') AS bytes, 'a\ud800' = ? AS equal");
    expect(await literal.bind("a\ud800").first()).toEqual({ text: `a${lost}`, bytes: "61EDA080", equal: 1 });
    expect(await db.prepare('SELECT 1 AS "a\ud800"').first()).toEqual({ [`a${lost}`]: 1 });
  });

  itEveryWayIn("a NUL anywhere is refused before anything of it runs", async (db) => {
    await db.prepare("CREATE TABLE note (text TEXT)").run();
    const insert = "INSERT INTO note VALUES ('x')";
    for (const sql of [
      `\0${insert}`,
      `${insert}\0`,
      insert.replace("x", "\0"),
      `${insert}; \0`,
      `${insert} /*\0*/`,
      `${insert} --\0`,
      `INSERT INTO "note\0" VALUES (1)`,
    ]) {
      const refused = { code: "STATEMENT_REFUSED", message: expect.stringContaining("NUL") };
      for (const attempt of [
        () => db.prepare(sql).run(),
        () => db.batch([db.prepare(insert), db.prepare(sql)]),
        () => db.exec(`${insert};${sql}`),
      ]) {
        await expect(attempt()).rejects.toMatchObject(refused);
      }
    }
    expect(await db.prepare("SELECT * FROM note").raw()).toEqual([]);
    await expectUsable(db);
  });
});

describe("text made by SQL", () => {
  itAsOnD1("that is no UTF-8 comes back with replacement characters", async (db) => {
    const row = await db
      .prepare(
        "SELECT CAST(x'C080' AS TEXT) AS long, CAST(x'EDA080' AS TEXT) AS surrogate, CAST(x'61FF' AS TEXT) AS cut, char(0, 65, 1114112) AS made",
      )
      .first();
    expect(row).toEqual({ long: "\ufffd\ufffd", surrogate: lost, cut: "a\ufffd", made: "\0A\ufffd" });
  });
});

describe("long text", () => {
  const max = 2_000_000;
  const longest = {
    "one byte a character": "x".repeat(max),
    "three bytes a character": `${"€".repeat(666_666)}xx`,
    "lone surrogates": `${"\ud800".repeat(666_666)}xx`,
  };

  for (const [what, value] of Object.entries(longest)) {
    itEveryWayIn(`of 2,000,000 bytes, ${what}, is bound whole; one byte more is refused`, async (db) => {
      await db.prepare("CREATE TABLE note (text TEXT)").run();
      const insert = db.prepare("INSERT INTO note VALUES (?)");
      await insert.bind(value).run();
      expect(await db.prepare("SELECT octet_length(text) AS n FROM note").first("n")).toBe(max);
      const refused = {
        code: "LIMIT_EXCEEDED",
        message: "Parameter 1 has 2000001 bytes; the limit is 2000000.",
      };
      await expect(insert.bind(`${value}x`).run()).rejects.toMatchObject(refused);
      await expect(db.batch([insert.bind("y"), insert.bind(`${value}x`)])).rejects.toMatchObject(refused);
      expect(await db.prepare("SELECT count(*) AS n FROM note").first("n")).toBe(1);
    });
  }

  itEveryWayIn("as a statement has 99,950 bytes, not one more, whatever its letters", async (db) => {
    for (const letter of ["x", "é", "€", "😀"]) {
      const bytes = new TextEncoder().encode(letter).length;
      const head = "SELECT 1 AS n --".padEnd(16 + ((99_950 - 16) % bytes), "-");
      const sql = head + letter.repeat((99_950 - head.length) / bytes);
      expect(await db.prepare(sql).first("n")).toBe(1);
      await expect(db.prepare(`${sql}-`).first()).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: "The statement has 99951 bytes; the limit is 99950.",
      });
    }
  });

  itEveryWayIn(
    "as a name of a column, a table and a value of an error has its place in the answer",
    async (db) => {
      const name = "c".repeat(20_000);
      await db.prepare(`CREATE TABLE "${name}" ("${name}" UNIQUE)`).run();
      const insert = db.prepare(`INSERT INTO "${name}" VALUES (1) RETURNING "${name}"`);
      expect(await insert.first()).toEqual({ [name]: 1 });
      await expectNothingDone(db, () => insert.run(), `UNIQUE constraint failed: ${name}.${name}`);
    },
  );

  it("over 32 MiB never leaves its Worker, and the database goes on", async () => {
    const db = connect(env.DB, { name: crypto.randomUUID() });
    const text = "x".repeat(33 * 2 ** 20);
    for (const attempt of [
      () => db.prepare("SELECT ?").bind(text).run(),
      () => db.prepare(text).run(),
      () => db.exec(text),
      () => db.Procedures.Echo(text),
    ]) {
      await expect(attempt()).rejects.toThrow("limited to 32MiB");
    }
    await expectUsable(db);
  });
});

describe("text over HTTP", () => {
  const rest = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}/query`;

  it.each(texts)(
    "with %s reaches a procedure and the D1 REST API, and comes back",
    async (_what, value, bytes, back = value) => {
      expect(await callProcedure("Echo", value)).toMatchObject({ status: 200, envelope: { result: value } });
      const answer = await post(rest, { sql: "SELECT ?1 AS text, hex(?1) AS bytes", params: [value] });
      expect(await answer.json()).toMatchObject({
        success: true,
        result: [{ results: [{ text: back, bytes }] }],
      });
    },
  );

  it("is refused as a body that is no UTF-8, and as SQL with a NUL", async () => {
    const body = new Uint8Array([...'["'].map((letter) => letter.charCodeAt(0)).concat(0xff, 0x22, 0x5d));
    expect((await send("/procedures/Echo", { method: "POST", body })).status).toBe(400);
    const answer = await post(rest, { sql: "SELECT 1\0; SELECT 2" });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { errors: [{ code: 7500, message: expect.stringContaining("NUL") }] },
    ]);
  });

  it("is one byte too long as a body of a byte more than the limit", async () => {
    const fitting = "x".repeat(maxHttpBodyBytes - 4);
    expect((await callProcedure("Echo", fitting)).envelope.result).toBe(fitting);
    expect(await callProcedure("Echo", `${fitting}x`)).toMatchObject({ status: 413 });
  });
});
