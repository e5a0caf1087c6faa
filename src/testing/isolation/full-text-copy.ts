import { type DumpedTable, readSchema } from "../../database/export/schema.ts";
import { insertsOf } from "../../database/export/table-rows.ts";
import { quoteIdentifier } from "../../database/quote-identifier.ts";
import { DatabaseError } from "../../errors.ts";
import type { RawStorage, RunSql } from "./run-sql.ts";
import { readShape } from "./table-shape.ts";

/** The rows and settings of the virtual tables, on which no trigger can be put. */
export class FullTextCopy {
  readonly #tables: { table: DumpedTable; rows: string[]; settings: string[] }[];

  /** @throws DatabaseError STATEMENT_REFUSED for an index whose rows cannot be read back. */
  constructor({ run, sql }: RawStorage) {
    this.#tables = virtualTables(sql).map((table) => ({
      table,
      rows: rowsOf(sql, table),
      settings: settingsOf(run, table),
    }));
  }

  /** The rows of tables that an index is about must be back already. */
  restore({ run, sql }: RawStorage): void {
    for (const { table, rows, settings } of this.#tables) {
      // It was made after the level began, and is gone.
      if (readShape(run, table.name) === undefined) continue;
      const name = quoteIdentifier(table.name);
      for (const setting of settings) run(setting);
      if (table.content === "external") run(`INSERT INTO ${name} (${name}) VALUES ('rebuild')`);
      else if (rows.join("") !== rowsOf(sql, table).join("")) {
        run(`DELETE FROM ${name}`);
        for (const insert of rows) run(insert);
      }
    }
  }
}

function virtualTables(sql: SqlStorage): DumpedTable[] {
  const tables = readSchema(sql).tables.filter(({ kind }) => kind === "fts5" || kind === "other-virtual");
  // The others, such as fts5vocab, only show what is kept elsewhere.
  return tables.filter(
    ({ kind, sql: text }) => kind === "fts5" || /\busing\s+(rtree|rtree_i32|geopoly)\b/i.test(text),
  );
}

function rowsOf(sql: SqlStorage, table: DumpedTable): string[] {
  if (table.content === "external") return [];
  if (table.content === "none") {
    throw new DatabaseError(
      "STATEMENT_REFUSED",
      `The full-text index "${table.name}" keeps no rows (content=''), so that what a test writes to it cannot be undone. Give it rows of its own in ` +
        'tests, or use a database that is not isolated: connect(env.DB, { name: "full-text" }).',
    );
  }
  return [...insertsOf(sql, table)];
}

function settingsOf(run: RunSql, { name, kind }: DumpedTable): string[] {
  if (kind !== "fts5") return [];
  const table = quoteIdentifier(name);
  return run<[string, string]>(
    `SELECT k, quote(v) FROM ${quoteIdentifier(`${name}_config`)} WHERE k <> 'version' ORDER BY k`,
  ).map(([key, value]) => `INSERT INTO ${table} (${table}, rank) VALUES ('${key}', ${value})`);
}
