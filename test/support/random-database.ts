import fc from "fast-check";

/** A database as the statements that make it. */
export interface RandomDatabase {
  schema: string[];
  rows: string[];
  /** After the rows: triggers that would fire for them, indexes that they fit. */
  finish: string[];
}

const names = fc.constantFrom(
  "a",
  "b",
  "C",
  "d e",
  'f"g',
  "h;i",
  "it's",
  "select",
  "rowid",
  "oid",
  "é",
  "literals",
  "--",
  "x",
  "1",
  "y]",
  "new\nline",
  "END",
  "\u{1f600}",
  "\ufeff",
  "n".repeat(300),
);
const types = fc.constantFrom(
  "",
  "INTEGER",
  "TEXT",
  "REAL",
  "BLOB",
  "NUMERIC",
  "TEXT COLLATE NOCASE",
  "VARCHAR(10)",
  "INT DEFAULT 7",
  "ANY",
  "TEXT NOT NULL DEFAULT 'it''s; \"so\"' CHECK (1)",
  "INTEGER UNIQUE ON CONFLICT REPLACE",
  "DEFAULT (random())",
);

const integers = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  fc.constant("-9223372036854775807 - 1"),
);
const hex = fc.uint8Array({ maxLength: 12 }).map((bytes) => `X'${Buffer.from(bytes).toString("hex")}'`);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.replaceAll("\0", "")),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      ";",
      "-",
      "/",
      "*",
      "\n",
      "\r",
      "(",
      ")",
      "X",
      "0",
      "\ufffd",
      "\ufeff",
      "😀",
    ),
    maxLength: 12,
  }),
  fc.integer({ min: -20, max: 2_000 }).map(String),
);
const values = fc.oneof(
  fc.constant("NULL"),
  integers,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.constantFrom("9e999", "-9e999", "0.0", "1.0", "5e-324"),
  texts.map((text) => `'${text.replaceAll("'", "''")}'`),
  hex,
  hex.map((literal) => `CAST(${literal} AS TEXT)`),
  fc.constantFrom("zeroblob(30000)", "hex(zeroblob(20000))", "replace(hex(zeroblob(9000)), '0', '''')"),
);

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const columns = fc.uniqueArray(fc.record({ name: names, type: types }), {
  minLength: 1,
  maxLength: 7,
  selector: ({ name }) => name.toLowerCase(),
});

const table = fc.record({
  columns,
  kind: fc.constantFrom(
    "rowid",
    "rowid",
    "key",
    "autoincrement",
    "without rowid",
    "without rowid",
    "fts5",
    "strict",
  ),
  /** For each column: part of the primary key, descending, generated from the one before it. */
  keys: fc.array(fc.constantFrom("", "", "ASC", "DESC", "COLLATE NOCASE DESC"), {
    minLength: 7,
    maxLength: 7,
  }),
  generated: fc.constantFrom("", "", "VIRTUAL", "STORED"),
  rows: fc.array(fc.array(values, { minLength: 7, maxLength: 7 }), { maxLength: 25 }),
  /** Rows that differ in a number and its text. */
  many: fc.constantFrom(0, 0, 0, 30, 200),
  extras: fc.subarray(["index", "view", "trigger", "delete", "expression", "instead"]),
});

/** A type that a STRICT table takes. */
const strictly = (type: string) => (/^(?:INTEGER|TEXT|REAL|BLOB)\b/.test(type) ? type : "ANY");

type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

function statementsOf(
  { columns, kind, keys, generated, rows, many, extras }: Table,
  index: number,
): RandomDatabase {
  const table = quoted(`${columns[0]!.name} ${index}`);
  const names = columns.map(({ name }) => quoted(name));
  const definitions = columns.map(
    ({ type }, n) => `${names[n]} ${kind === "strict" ? strictly(type) : type}`,
  );
  const schema: string[] = [];
  let written = names;
  if (kind === "fts5") {
    const distinct = columns
      .filter(({ name }) => /^[\w é']+$/.test(name) && name !== "rowid")
      .map(({ name }) => quoted(name));
    written = distinct.length > 0 ? distinct : ['"only"'];
    schema.push(`CREATE VIRTUAL TABLE ${table} USING fts5(${written}, prefix = 2)`);
  } else {
    if (generated !== "")
      definitions.push(`"made" AS (typeof(${names[0]}) || quote(${names.at(-1)})) ${generated}`);
    if (kind === "without rowid") {
      const key = names.flatMap((name, n) => (keys[n] === "" ? [] : [`${name} ${keys[n]}`]));
      definitions.push(`PRIMARY KEY (${key.length > 0 ? key : names[0]})`);
    } else if (kind === "key") definitions.unshift('"the key" INTEGER PRIMARY KEY');
    else if (kind === "autoincrement") definitions.unshift('"the key" INTEGER PRIMARY KEY AUTOINCREMENT');
    const options = kind === "without rowid" ? " WITHOUT ROWID" : kind === "strict" ? " STRICT" : "";
    schema.push(`CREATE TABLE ${table} (${definitions})${options}`);
  }
  const insert = `INSERT OR IGNORE INTO ${table} (${written}) VALUES`;
  const inserts = rows.map((row) => `${insert} (${row.slice(0, written.length)})`);
  for (let n = 0; n < many; n++) {
    const row = written.map((_, column) => (column % 2 === 0 ? `CAST(${n} * 7 AS INTEGER)` : `'${n % 10}'`));
    const twin = written.map((_, column) => (column % 2 === 0 ? `'${n}'` : `${n % 3}`));
    inserts.push(`${insert} (${row}), (${twin})`);
  }
  const finish: string[] = [];
  if (extras.includes("delete") && kind !== "without rowid" && kind !== "fts5")
    inserts.push(`DELETE FROM ${table} WHERE ${names[0]} IS NULL`);
  if (extras.includes("index") && kind !== "fts5")
    finish.push(`CREATE INDEX "i${index}" ON ${table} (${names.toReversed()}) WHERE ${names[0]} IS NOT NULL`);
  if (extras.includes("view")) finish.push(`CREATE VIEW "v${index}" AS SELECT /* ; */ * FROM ${table}`);
  if (extras.includes("expression") && kind !== "fts5")
    finish.push(
      `CREATE INDEX "e${index}" ON ${table} (quote(${names[0]}), ${names.at(-1)} COLLATE NOCASE DESC)`,
    );
  if (extras.includes("instead"))
    finish.push(
      `CREATE VIEW "w${index}" (x) AS SELECT 1`,
      `CREATE TRIGGER "into w${index}" INSTEAD OF INSERT ON "w${index}" BEGIN SELECT ';', CASE new.x WHEN 1 THEN 'END;' END; END`,
    );
  if (extras.includes("trigger") && kind !== "fts5") {
    finish.push(
      `CREATE TRIGGER "t${index}" BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'it fired'); END`,
    );
  }
  return { schema, rows: inserts, finish };
}

/** Databases of a few tables of any kind, with rows of any type. */
export const randomDatabases: fc.Arbitrary<RandomDatabase> = fc
  .array(table, { minLength: 1, maxLength: 4 })
  .map((tables) => {
    const parts = tables.map(statementsOf);
    return {
      schema: parts.flatMap(({ schema }) => schema),
      rows: parts.flatMap(({ rows }) => rows),
      finish: parts.flatMap(({ finish }) => finish),
    };
  });
