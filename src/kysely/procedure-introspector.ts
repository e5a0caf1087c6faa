import {
  type DatabaseIntrospector,
  type DatabaseMetadataOptions,
  type Kysely,
  sql,
  type TableMetadata,
} from "kysely";

interface ColumnRow {
  table: string;
  kind: "table" | "view";
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

/**
 * Tells Kysely, and its Migrator, which tables there are. Kysely's own SqliteIntrospector asks for the columns of
 * every table, the runtime's own `_cf_` tables among them, which the runtime does not allow.
 */
export class ProcedureIntrospector implements DatabaseIntrospector {
  readonly #kysely: Kysely<unknown>;

  constructor(kysely: Kysely<unknown>) {
    this.#kysely = kysely;
  }

  async getSchemas(): Promise<[]> {
    return [];
  }

  async getTables({
    withInternalKyselyTables,
  }: DatabaseMetadataOptions = noInternalTables): Promise<TableMetadata[]> {
    const { rows } = await sql<ColumnRow>`
      SELECT t.name AS "table", t.type AS kind, c.name, c.type, c."notnull", c.dflt_value, c.pk
      FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
      WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'
        AND t.name NOT LIKE '!_cf!_%' ESCAPE '!' AND t.name NOT LIKE '!_!_miniflare!_%' ESCAPE '!'
      ORDER BY t.name, c.cid
    `.execute(this.#kysely);
    return [...Map.groupBy(rows, (row) => row.table)]
      .filter(([name]) => withInternalKyselyTables || !internalTables.includes(name))
      .map(([name, columns]) => tableMetadata(name, columns));
  }

  async getMetadata(options?: DatabaseMetadataOptions): Promise<{ tables: TableMetadata[] }> {
    return { tables: await this.getTables(options) };
  }
}

const noInternalTables: DatabaseMetadataOptions = { withInternalKyselyTables: false };
/** Those of Kysely's Migrator. */
const internalTables = ["kysely_migration", "kysely_migration_lock"];

function tableMetadata(name: string, columns: ColumnRow[]): TableMetadata {
  const keys = columns.filter((column) => column.pk > 0);
  // SQLite gives a rowid to the only column of such a key, with AUTOINCREMENT or without.
  const rowid = keys.length === 1 && keys[0]!.type.toUpperCase() === "INTEGER" ? keys[0] : undefined;
  const table = {
    name,
    isForeign: false, // from 0.29 on
    isView: columns[0]!.kind === "view",
    columns: columns.map((column) => ({
      name: column.name,
      dataType: column.type,
      isNullable: column.notnull === 0,
      isAutoIncrementing: column === rowid,
      hasDefaultValue: column.dflt_value !== null,
    })),
  };
  return table;
}
