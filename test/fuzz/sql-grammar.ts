import fc from "fast-check";

/** Statements of SQLite's grammar about the tables of sql-corpus.ts, as strange as it permits. */

type Text = fc.Arbitrary<string>;

/** Joins texts and arbitrary texts. */
function sql(strings: TemplateStringsArray, ...parts: Text[]): Text {
  return fc.tuple(...parts).map((values) => String.raw({ raw: strings }, ...values));
}

const often = (often: Text, rarely: Text): Text =>
  fc.oneof({ weight: 4, arbitrary: often }, { weight: 1, arbitrary: rarely });
const optional = (text: Text): Text => fc.oneof(fc.constant(""), text);
const oneOf = (...texts: string[]): Text => fc.constantFrom(...texts);

/** Tables with their columns. A statement has one that it is mostly about, which its text names as §T and §0 to §3. */
const tables: Record<string, string[]> = {
  t: ["a", "b", "id", "at"],
  item: ["name", "n", "made", "rowid"],
  log: ["entry", "rowid", '"entry"', "entry"],
  parent: ["id", "rowid", "oid", "id"],
  child: ["parent", "n", "rowid", "n"],
  later: ["id", "rowid", "id", "id"],
  w: ["k", "v", "v", "k"],
  plain: ["x", "rowid", "[x]", "x"],
  doc: ["body", "rowid", "doc", "rank"],
  v: ["a", "id", "a", "id"],
};
const table = oneOf("§T", "§T", "§T", "§T", "main.§T", '"§T"', "t", "log", "doc", "v", "item", "w");
const column = oneOf("§0", "§0", "§1", "§1", "§2", "§3", "rowid", "*", "a", "§T.§0", '"b"');

const literal = oneOf(
  ..."1 0 -1 13 2.5 9e999 NULL 'a' 'it''s' '; DELETE FROM t' '--' '/*' x'00ff' 0x1F TRUE \"b\" 9223372036854775807 1e5 '' ? ?1 $p :p @p".split(
    / (?=(?:[^']*'[^']*')*[^']*$)/,
  ),
  "'\u{1f600}\u0301'",
  "'a\nb'",
);
const deterministicCalls =
  "abs(1) abs(-9223372036854775808) json('{') json_type('[]') hex('a') quote(a) typeof(b) coalesce(a,1) iif(1,a,b) printf('%d',1) unixepoch('2024-01-01') zeroblob(3) max(1,2) unicode('x') sum(a) count(*) group_concat(a) row_number()OVER() sum(1)OVER(ORDER/**/BY/**/a) upper('é')";
const volatileCalls =
  "random() randomblob(4) changes() total_changes() last_insert_rowid() datetime('now') unixepoch() julianday('now') strftime('%f','now') CURRENT_TIMESTAMP CURRENT_TIME date() time() hex(randomblob(2)) abs(random()%3)";
const call = oneOf(
  ...`${deterministicCalls} ${volatileCalls}`.split(" ").map((text) => text.replaceAll("/**/", " ")),
);

const { expression, select } = fc.letrec<{ expression: string; select: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal,
    column,
    call,
    sql`${tie("expression") as Text} ${oneOf("+", "||", "=", "<", "IS NOT", "AND", "->>", "LIKE", "%", "COLLATE NOCASE =", "IN")} (${tie("expression") as Text})`,
    sql`CASE ${tie("expression") as Text} WHEN 1 THEN ${tie("expression") as Text} ELSE 2 END`,
    sql`(${tie("select") as Text})`,
    sql`EXISTS (${tie("select") as Text})`,
    sql`CAST(${tie("expression") as Text} AS ${oneOf("TEXT", "INTEGER", "BLOB")})`,
  ),
  select: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    sql`SELECT ${tie("expression") as Text}`,
    sql`SELECT ${tie("expression") as Text} AS ${column} FROM ${table}`,
    sql`SELECT ${oneOf("", "DISTINCT ", "ALL ")}* FROM ${table} WHERE ${tie("expression") as Text} ORDER BY 1 LIMIT 3`,
    sql`SELECT * FROM ${oneOf("json_each('[1,2]')", "pragma_table_info('t')", "pragma_foreign_keys", "pragma_optimize", "pragma_table_list", "sqlite_schema", "fts5vocab", "doc('words')", "pragma_data_version")}`,
    sql`SELECT ${column} FROM ${table} JOIN ${table} ON ${tie("expression") as Text}`,
    sql`VALUES (${literal}), (${tie("expression") as Text})`,
    sql`${tie("select") as Text} ${oneOf("UNION", "EXCEPT", "INTERSECT", "UNION ALL")} ${tie("select") as Text}`,
    sql`SELECT ${column}, count(*) FROM ${table} GROUP BY ${column} HAVING ${tie("expression") as Text}`,
  ),
}));

const conflict = often(
  oneOf("", ""),
  oneOf("OR IGNORE ", "OR REPLACE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "),
);
const returning = often(oneOf(""), sql` RETURNING ${fc.oneof(column, expression)}`);
const writable = oneOf(
  "§T (§0)",
  "§T (§0, §1)",
  "§T",

  "t (a)",
  "t (a, b)",
  "item (name)",
  "item (name, n)",
  "log",
  "log (entry)",
  "parent",
  "child",
  "later",
  "w",
  "plain",
  "doc",
  "doc (body)",
  "v (a)",
  "main.log",
  "sqlite_schema",
  "sqlite_sequence",
  "doc (doc)",
);
const upsert = often(
  oneOf(""),
  sql` ON CONFLICT ${oneOf("", "(b)", "(k)", "(name)")} DO ${oneOf("NOTHING", "UPDATE SET v = 1", "UPDATE SET n = n + 1 WHERE n < 9", "UPDATE SET a = excluded.a")}`,
);

/** What SQLite does not foresee to fail, and does for a later row only. */
const late = oneOf(
  "j.value FROM t, json_each(CASE t.id WHEN 3 THEN '{' ELSE '[8]' END) AS j",
  "sum(9223372036854775807) OVER (ORDER BY id) FROM t",
  "sum(9223372036854775807 / (4 - x)) FROM (SELECT 3 AS x, 1 AS g UNION ALL SELECT 1, 1 UNION ALL SELECT 3, 2 UNION ALL SELECT 3, 2) GROUP BY g",
  "CASE id WHEN 3 THEN json('{') ELSE id + 70 END FROM t",
);

const insert = fc.oneof(
  {
    weight: 3,
    arbitrary: sql`INSERT INTO ${oneOf("log", "log", "t (a)", "plain", "item (name)", "doc")} SELECT ${late}${returning}`,
  },
  sql`${conflict.map((or) => `INSERT ${or}`)}INTO ${writable} VALUES (${expression})${upsert}${returning}`,
  sql`${conflict.map((or) => `INSERT ${or}`)}INTO ${writable} VALUES (${expression}, ${expression})${upsert}${returning}`,
  sql`INSERT INTO ${writable} ${select}${returning}`,
  sql`INSERT INTO ${writable} DEFAULT VALUES${returning}`,
  sql`REPLACE INTO ${writable} VALUES (${literal}, ${expression})`,
  sql`INSERT INTO doc (doc${oneOf("", ", rank")}) VALUES (${oneOf("'rebuild'", "'optimize'", "'integrity-check'", "'delete-all'", "'automerge', 8", "'pgsz', 64", "'nonsense'")})`,
);
const set = fc.oneof(
  sql`UPDATE ${conflict}${table} SET ${column} = ${expression} WHERE ${expression}${returning}`,
  sql`UPDATE ${table} SET ${column} = ${expression}${returning}`,
  sql`UPDATE t SET (a, b) = (${select}) FROM ${table} AS other WHERE t.id = 1`,
  sql`UPDATE t SET a = ${expression} WHERE id = ${literal}`,
  sql`UPDATE t SET a = (SELECT ${late} LIMIT 1)${returning}`,
);
const remove = sql`DELETE FROM ${table}${optional(sql` WHERE ${expression}`)}${returning}`;
const change = fc.oneof(insert, set, remove);

const newName = oneOf(
  "made",
  '"ma;de"',
  "[x y]",
  "`é`",
  "t",
  "logged",
  "sqlite_made",
  "_cf_made",
  "pragma_table_info",
);
const schema = fc.oneof(
  sql`CREATE ${oneOf("", "TEMP ", "TEMPORARY ")}TABLE ${oneOf("", "IF NOT EXISTS ")}${newName} (${column} ${oneOf("", "INTEGER PRIMARY KEY", "DEFAULT (random())", "AS (1)", "REFERENCES parent")}, z)${oneOf("", " STRICT", " WITHOUT ROWID")}`,
  sql`CREATE TABLE ${newName} AS ${select}`,
  sql`CREATE VIEW ${newName} AS ${select}`,
  sql`CREATE ${oneOf("", "UNIQUE ")}INDEX ${newName} ON ${table} (${expression})${optional(sql` WHERE ${expression}`)}`,
  sql`CREATE TRIGGER ${newName} ${oneOf("BEFORE", "AFTER", "INSTEAD OF", "")} ${oneOf("INSERT", "DELETE", "UPDATE OF a")} ON ${table} ${oneOf("", "FOR EACH ROW ", "WHEN 1 ")}BEGIN ${change}; ${optional(sql`${change};`)} ${oneOf("", "SELECT raise(ABORT, 'no'); ", "SELECT raise(ROLLBACK, 'no'); ", "SELECT CASE 1 WHEN 1 THEN 2 END; ")}END`,
  sql`CREATE VIRTUAL TABLE ${newName} USING ${oneOf("fts5(a)", "fts5(a, content='')", "rtree(a,b,c)", "fts5vocab(doc, row)", "csv(a)")}`,
  sql`DROP ${oneOf("TABLE", "VIEW", "INDEX", "TRIGGER")} ${oneOf("", "IF EXISTS ")}${oneOf("t", "v", "by_a", "logged", "doc", "missing", "parent", "doc_data", "_cf_KV")}`,
  sql`ALTER TABLE ${table} ${oneOf("ADD COLUMN z", "ADD z DEFAULT (random())", "RENAME TO made", "RENAME a TO z", "DROP COLUMN a", "DROP COLUMN b")}`,
  oneOf(
    "ANALYZE",
    "ANALYZE t",
    "REINDEX",
    "REINDEX t",
    "REINDEX NOCASE",
    "VACUUM",
    "ATTACH ':memory:' AS other",
    "DETACH main",
  ),
);

const pragma = sql`PRAGMA ${oneOf("", "main.", "temp.")}${oneOf(
  ..."table_info table_xinfo table_list index_list index_info foreign_key_list foreign_key_check foreign_keys defer_foreign_keys recursive_triggers quick_check integrity_check optimize user_version schema_version writable_schema journal_mode data_version query_only case_sensitive_like function_list page_count cache_size wal_checkpoint incremental_vacuum reverse_unordered_selects count_changes application_id".split(
    " ",
  ),
)}${oneOf("", "", "(t)", "=1", " = ON", "(OFF)", "('on')", "= 'off'", "(0x10002)", " = -1")}`;

const control = sql`${oneOf("BEGIN", "BEGIN IMMEDIATE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "ROLLBACK TO a", "END TRANSACTION", "RELEASE")}${oneOf("", " TRANSACTION")}`;

const table1 = oneOf("c", '"a;b"', "é");
const withClause = fc.oneof(
  sql`WITH ${table1} AS (${select}) `,
  sql`WITH ${table1} (n) AS MATERIALIZED (${select}), d AS NOT MATERIALIZED (${select}) `,
  fc.constant("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) "),
  sql`WITH c AS (${change}) `,
);

const plainStatement = fc.oneof(
  { weight: 4, arbitrary: select },
  { weight: 6, arbitrary: change },
  { weight: 3, arbitrary: schema },
  { weight: 2, arbitrary: pragma },
  control,
  { weight: 2, arbitrary: sql`${withClause}${fc.oneof(select, change)}` },
);

const explained = sql`${often(oneOf(""), oneOf("EXPLAIN ", "EXPLAIN QUERY PLAN ", "explain ", "EXPLAIN EXPLAIN "))}${plainStatement}`;

/** What may stand between two tokens. */
const gap = oneOf(
  " ",
  "  ",
  "\n",
  "\t",
  "\r\n",
  "\f",
  "/**/",
  "/* ; */",
  "/* ' */",
  "-- ; '\n",
  "--\r; \n",
  "/*/ */",
  "\ufeff",
  "\u000b",
  "\u00a0",
);

/** Between which tokens, counted in blanks of the text, other blanks stand. */
const gaps = fc.array(fc.tuple(fc.nat({ max: 40 }), gap), { maxLength: 3 });

/** One statement. */
export const grammarStatement: Text = fc
  .tuple(
    often(oneOf(""), gap),
    explained,
    gaps,
    often(oneOf(""), oneOf(";", " ;;", "; -- c", "/*", "--", "\0", ";\ufeff")),
    fc.constantFrom(...Object.entries(tables)),
  )
  .map(([before, text, gaps, after, [table, columns]]) => {
    const words = text
      .replaceAll("§T", table)
      .replace(/§(\d)/g, (_, index) => columns[index]!)
      .split(" ");
    const blanks = words.map(() => " ");
    for (const [at, blank] of gaps) blanks[at % blanks.length] = blank;
    return before + words.map((word, index) => (index === 0 ? word : blanks[index] + word)).join("") + after;
  });
