/**
 * Every row of every table, each value as its type and its exact content: two databases with equal dumps
 * differ in nothing that SQL can see. Straight from SQLite, so that it shows what is there at this moment.
 */
export function dumpOf(sql: SqlStorage): Record<string, string[]> {
  const schema = [
    ...sql.exec("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name").raw(),
  ];
  const dump: Record<string, string[]> = { schema: schema.map(String) };
  const tables = sql.exec(`
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name <> '__miniflare_do_name'
  `);
  for (const table of tables.toArray() as { name: string }[]) {
    const name = quoted(table.name);
    const columns = sql
      .exec("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", table.name)
      .toArray();
    // A concatenation of 100 columns with || would be an expression too deep for SQLite.
    const values = columns.map((column) => exactly(quoted(String(column.name)))).join(", ");
    dump[table.name] = rowsOf(sql, `SELECT concat_ws(' ', ${values}) AS row FROM ${name}`);
  }
  return dump;
}

/** A full-text table whose content is in another table can be one that nothing can read: then how that fails. */
function rowsOf(sql: SqlStorage, select: string): string[] {
  try {
    return [...sql.exec<{ row: string }>(select)].map(({ row }) => row).sort();
  } catch (error) {
    return [String(error)];
  }
}

/** Type and content, a REAL with all its digits. */
function exactly(column: string): string {
  return `typeof(${column}) || ':' || CASE typeof(${column})
    WHEN 'real' THEN format('%!.17g', ${column}) WHEN 'null' THEN '' WHEN 'integer' THEN ${column}
    ELSE hex(${column}) END`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
