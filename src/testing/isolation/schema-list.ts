import { quoteIdentifier } from "../../database/quote-identifier.ts";
import { toAsciiLowerCase } from "../../database/sql-text.ts";
import type { RunSql } from "./run-sql.ts";

/** A table, an index, a view or a trigger. */
export interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** Everything that was created, in that order; not what SQLite and the runtime make for themselves. */
export function readObjects(run: RunSql): SchemaObject[] {
  return run<[string, string, string, string]>(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
  )
    .filter(([, name]) => !/^(sqlite_|_cf_|__miniflare_do_name$)/i.test(name))
    .map(([type, name, table, sql]) => ({ type, name, table, sql }));
}

/** Drops what is not on the list. The tables in which a full-text index keeps its data go with it. */
export function dropAllBut(run: RunSql, kept: readonly SchemaObject[]): void {
  const names = new Set(kept.map(({ name }) => name));
  const isVirtual = ({ sql }: SchemaObject) => /^\s*CREATE\s+VIRTUAL\b/i.test(sql);
  const isNew = ({ name }: SchemaObject) => !names.has(name);
  for (const type of ["trigger", "view", "index"]) {
    for (const object of readObjects(run)) if (object.type === type && isNew(object)) drop(run, object);
  }
  for (const object of readObjects(run)) if (isVirtual(object) && isNew(object)) drop(run, object);
  for (const object of readObjects(run)) if (isNew(object)) drop(run, object);
}

function drop(run: RunSql, { type, name }: SchemaObject): void {
  run(`DROP ${type} IF EXISTS ${quoteIdentifier(name)}`);
}

/**
 * Does something to tables while their triggers are away: there is no way to switch triggers off. All of the database are made again, in
 * their order, in which they fire.
 *
 * @returns Whether there were any.
 */
export function withoutTriggers(run: RunSql, tables: readonly string[], work: () => void): boolean {
  const names = new Set(tables.map(toAsciiLowerCase));
  const triggers = run<[string, string, string]>(
    "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid",
  ).map(([name, table, sql]) => ({ type: "trigger", name, table, sql }));
  const isConcerned = triggers.some(({ table }) => names.has(toAsciiLowerCase(table)));
  if (isConcerned) for (const trigger of triggers) drop(run, trigger);
  work();
  if (isConcerned) for (const { sql } of triggers) run(sql);
  return isConcerned;
}
