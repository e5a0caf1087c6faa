import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

function boundAs(db: D1Database, value: string): Promise<Record<string, unknown> | null> {
  return db.prepare("SELECT ?1 AS value, typeof(?1) AS type, hex(?1) AS bytes").bind(value).first();
}

export default {
  title: "Text and Unicode",
  cases: [
    {
      behaviour: "keeps text of any script, line ends and a byte order mark as they are",
      async run(db) {
        for (const value of [
          "",
          "né",
          "e\u0301",
          "😀👩‍👩‍👧",
          "שלום",
          "日本語",
          "a\r\nb\n",
          "\ufeffx",
          "'; DROP TABLE x; --",
        ]) {
          expect(await boundAs(db, value)).toMatchObject({ value, type: "text" });
        }
      },
    },
    {
      behaviour: "stores text as UTF-8",
      async run(db) {
        expect(await boundAs(db, "é😀")).toMatchObject({ bytes: "C3A9F09F9880" });
      },
    },
    {
      behaviour: "keeps a text whole that has a NUL in it",
      async run(db) {
        expect(await boundAs(db, "a\0b")).toEqual({ value: "a\0b", type: "text", bytes: "610062" });
        await db.prepare("CREATE TABLE note (text TEXT)").run();
        await db.prepare("INSERT INTO note VALUES (?)").bind("a\0b").run();
        expect(await db.prepare("SELECT text FROM note WHERE text = ?").bind("a\0b").first("text")).toBe(
          "a\0b",
        );
      },
    },
    {
      behaviour: "measures a text with length() only up to its first NUL",
      async run(db) {
        const row = await db
          .prepare("SELECT length(?1) AS characters, length(CAST(?1 AS BLOB)) AS bytes, ?1 || 'c' AS longer")
          .bind("a\0b")
          .first();
        expect(row).toEqual({ characters: 1, bytes: 3, longer: "a\0bc" });
      },
    },
    {
      behaviour: "stores a lone surrogate, and reads it as three replacement characters",
      async run(db) {
        expect(await boundAs(db, "a\ud800b")).toEqual({
          value: "a\ufffd\ufffd\ufffdb",
          type: "text",
          bytes: "61EDA08062",
        });
        expect(await boundAs(db, "\udc00")).toMatchObject({ value: "\ufffd\ufffd\ufffd", bytes: "EDB080" });
      },
    },
    {
      behaviour: "reads bytes that are no UTF-8 as replacement characters",
      async run(db) {
        const text = await db.prepare("SELECT CAST(x'61FF62' AS TEXT) AS text").first("text");
        expect(text).toBe("a\ufffdb");
      },
    },
    {
      behaviour: "counts code points, not UTF-16 units",
      async run(db) {
        const row = await db
          .prepare("SELECT length(?1) AS length, substr(?1, 2, 1) AS second, octet_length(?1) AS bytes")
          .bind("a😀é")
          .first();
        expect(row).toEqual({ length: 3, second: "😀", bytes: 7 });
      },
    },
    {
      behaviour: "folds the case of ASCII letters only",
      async run(db) {
        const row = await db
          .prepare("SELECT upper('aé') AS upper, 'É' LIKE 'é' AS liked, 'A' = 'a' COLLATE NOCASE AS equal")
          .first();
        expect(row).toEqual({ upper: "Aé", liked: 0, equal: 1 });
      },
    },
    {
      behaviour: "sorts text by its bytes",
      async run(db) {
        const letters = JSON.stringify(["b", "é", "a", "B", "😀"]);
        const rows = await db.prepare("SELECT value FROM json_each(?) ORDER BY value").bind(letters).raw();
        expect(rows.flat()).toEqual(["B", "a", "b", "é", "😀"]);
      },
    },
    {
      behaviour: "takes names of tables and columns in any script",
      async run(db) {
        await db.prepare('CREATE TABLE "tablé 😀" ("cö l" TEXT, "a""b" TEXT)').run();
        await db.prepare('INSERT INTO "tablé 😀" VALUES (?, ?)').bind("ü", "q").run();
        expect(await db.prepare('SELECT * FROM "tablé 😀"').first()).toEqual({ "cö l": "ü", 'a"b': "q" });
      },
    },
    {
      behaviour: "never takes a bound text for SQL",
      async run(db) {
        await db.prepare("CREATE TABLE note (text TEXT)").run();
        const hostile = "x'); DROP TABLE note; --";
        await db.prepare("INSERT INTO note VALUES (?)").bind(hostile).run();
        expect(await db.prepare("SELECT text FROM note").raw()).toEqual([[hostile]]);
      },
    },
  ],
} satisfies Concept;
