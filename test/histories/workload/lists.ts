import type { Element, Key } from "../checker/history.ts";

/** Anything that makes D1's statements. */
export type StatementMaker = Pick<D1Database, "prepare">;

/**
 * Lists in two shapes: under an even key as JSON in one row, under an odd one as a row for each element. The first is
 * an update, the second an insert into a table whose rowids must come out alike when it is replayed.
 */
export const schema = [
  "CREATE TABLE IF NOT EXISTS list (key INTEGER PRIMARY KEY, elements TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, key INTEGER NOT NULL, position INTEGER NOT NULL, element INTEGER NOT NULL)",
  "CREATE INDEX IF NOT EXISTS entry_by_key ON entry (key, position)",
  "CREATE TABLE IF NOT EXISTS noise (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER)",
  "INSERT OR IGNORE INTO noise VALUES (1, 0)",
];

/** Fails, and with it the batch that it ends. */
export const failingStatement = "INSERT INTO noise VALUES (2, 0)";

/** Gives one row with the list as JSON, in a column `elements`. */
export function readStatement(db: StatementMaker, key: Key): D1PreparedStatement {
  return isRow(key)
    ? db.prepare("SELECT elements FROM list WHERE key = ? UNION ALL SELECT '[]' LIMIT 1").bind(key)
    : db
        .prepare(
          "SELECT json_group_array(element) AS elements FROM (SELECT element FROM entry WHERE key = ? ORDER BY position, id)",
        )
        .bind(key);
}

export function elementsOf(row: { elements: string }): Element[] {
  return JSON.parse(row.elements) as Element[];
}

export function appendStatement(db: StatementMaker, key: Key, element: Element): D1PreparedStatement {
  return isRow(key)
    ? db
        .prepare(
          `INSERT INTO list VALUES (?1, json_array(CAST(?2 AS INTEGER)))
           ON CONFLICT (key) DO UPDATE SET elements = json_insert(elements, '$[#]', CAST(?2 AS INTEGER))`,
        )
        .bind(key, element)
    : db
        .prepare(
          `INSERT INTO entry (key, position, element)
           SELECT ?1, coalesce(max(position), 0) + 1, ?2 FROM entry WHERE key = ?1`,
        )
        .bind(key, element);
}

/** Appends to a list that was read before: it is right only if nobody has written to it since. */
export function storeStatement(
  db: StatementMaker,
  key: Key,
  before: readonly Element[],
  element: Element,
): D1PreparedStatement {
  return isRow(key)
    ? db
        .prepare("INSERT INTO list VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET elements = ?2")
        .bind(key, JSON.stringify([...before, element]))
    : db
        .prepare("INSERT INTO entry (key, position, element) VALUES (?, ?, ?)")
        .bind(key, before.length + 1, element);
}

function isRow(key: Key): boolean {
  return key % 2 === 0;
}
