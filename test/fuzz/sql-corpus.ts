import { StatementCompiler } from "../../src/database/statement-compiler.ts";

/** The statements and scripts that our own tests send: what they have in them has mattered once. */

interface RawModule {
  default: string;
}

const sources = import.meta.glob<RawModule>(
  [
    "../conformance/cases/*.ts",
    "../{compiler,engine,hostile,import,replay}/*.test.ts",
    "!../**/*fuzz.test.ts",
  ],
  { eager: true, query: "?raw" },
);

const literal = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\[\s\S])*)`/g;
const statement =
  /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)*(?:ALTER|ANALYZE|BEGIN|COMMIT|CREATE|DELETE|DROP|END|EXPLAIN|INSERT|PRAGMA|REINDEX|RELEASE|REPLACE|ROLLBACK|SAVEPOINT|SELECT|UPDATE|VALUES|WITH)\b/;

/** Recursion without an end, which a mutation makes of one that has it, runs for ever: nothing in the runtime stops it. */
const recursive = /\bRECURSIVE\b/i;
const maxLength = 600;

function textsIn(source: string): string[] {
  return Array.from(source.matchAll(literal), ([, double, single, template]) =>
    unescaped(double ?? single ?? template ?? ""),
  );
}

/** The text that a literal stands for. */
function unescaped(literal: string): string {
  const simple: Record<string, string> = { n: "\n", r: "\r", t: "\t", v: "\v", f: "\f", 0: "\0", b: "\b" };
  return literal.replace(/\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|([\s\S]))/gi, (_, ...groups) => {
    const code = groups.slice(0, 3).find((group) => group !== undefined);
    return code === undefined
      ? (simple[groups[3]] ?? groups[3])
      : String.fromCodePoint(Number.parseInt(code, 16));
  });
}

export const sqlCorpus: readonly string[] = [
  ...new Set(Object.values(sources).flatMap(({ default: source }) => textsIn(source))),
].filter(
  (text) => text.length <= maxLength && statement.test(text) && !text.includes("${") && !recursive.test(text),
);

/** What gives another value each time that it is asked, or changes its mind. */
export const volatile =
  /random|changes|last_insert_rowid|current_|'now'|julianday|unixepoch|strftime|\b(?:date|time|datetime) ?\(|sqlite_stat|analyze|optimize/i;

/** Those of the texts that compile on the tables below: what is made of them by a mutation or two often runs. */
export function compiling(sql: SqlStorage, texts: readonly string[]): string[] {
  const compiler = new StatementCompiler(sql);
  return texts.filter((text) => {
    try {
      return compiler.compile(text, []).control === undefined;
    } catch {
      return false;
    }
  });
}

/** Tables of the names that most of the corpus is about, with some rows, so that much of it runs. */
export const corpusSchema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE, at DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE item (name TEXT UNIQUE, n INTEGER DEFAULT (random()), made AS (n + 1));
  CREATE TABLE log (entry);
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (parent REFERENCES parent ON DELETE CASCADE, n CHECK (n <> 13));
  CREATE TABLE later (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE w (k PRIMARY KEY, v NOT NULL) WITHOUT ROWID;
  CREATE TABLE plain (x INTEGER);
  CREATE VIRTUAL TABLE doc USING fts5(body);
  CREATE VIEW v AS SELECT id, a FROM t;
  CREATE INDEX by_a ON t (a);
  CREATE TRIGGER logged AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES (old.a || '>' || new.a); END;
  CREATE TRIGGER into_view INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END;
  INSERT INTO t (id, a, b, at) VALUES (1, 'one', 1, 'x'), (2, '[2]', 2, 'y'), (3, NULL, 3, 'z');
  INSERT INTO item (name, n) VALUES ('a', 1), ('b', 2);
  INSERT INTO parent VALUES (1), (2);
  INSERT INTO child VALUES (1, 5), (2, 6);
  INSERT INTO w VALUES (1, 1), ('k', 'v');
  INSERT INTO plain VALUES (7), (8), (9);
  INSERT INTO doc VALUES ('some words'), ('others');
`;
