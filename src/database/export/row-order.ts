import type { SqlValue } from "../../protocol.ts";
import { quoteIdentifier } from "../quote-identifier.ts";
import { rawRows } from "../raw-rows.ts";
import { type ExactValue, exactColumn, exactValue } from "./literals.ts";

/** A place in a table: after the row with this key, or after so many rows where there is no key to go by. */
export interface Place {
  key: readonly ExactValue[];
  rows: number;
}

/** One column of the key that a table is sorted by. */
interface KeyColumn {
  column: string;
  collation: string | undefined;
  descending: boolean;
}

export const atStart: Place = { key: [], rows: 0 };

/** A key of more columns is not worth the long conditions. */
const maxKeyColumns = 16;

/**
 * The order of a table's rows on disk, by which it is read page by page: a cursor that stays open from one event to the next
 * would keep the database from tidying up its log.
 */
export class RowOrder {
  readonly #sql: SqlStorage;
  readonly #table: string;
  readonly #key: readonly KeyColumn[];

  private constructor(sql: SqlStorage, table: string, key: readonly KeyColumn[]) {
    this.#sql = sql;
    this.#table = table;
    this.#key = key.length <= maxKeyColumns ? key : [];
  }

  /** @param columns All columns' names: they may hide the rowid. */
  static ofRowid(sql: SqlStorage, table: string, columns: readonly string[]): RowOrder {
    const taken = new Set(columns.map((column) => column.toLowerCase()));
    const rowid = ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name));
    const key = rowid === undefined ? [] : [{ column: rowid, collation: undefined, descending: false }];
    return new RowOrder(sql, table, key);
  }

  /** Of a table WITHOUT ROWID. */
  static ofPrimaryKey(sql: SqlStorage, table: string): RowOrder {
    const key = rawRows<[string, number, string]>(
      sql.exec(
        `SELECT x.name, x.desc, x.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x
         WHERE l.origin = 'pk' AND x.key = 1 ORDER BY x.seqno`,
        table,
      ),
    );
    const columns = key.map(([name, descending, collation]) => ({
      column: quoteIdentifier(name),
      collation,
      descending: descending === 1,
    }));
    return new RowOrder(sql, table, columns);
  }

  /** Selects rows after a place, in order. */
  select(expressions: string, after: Place, limit: number, offset = 0): { sql: string; params: SqlValue[] } {
    const { condition, params } = this.#after(after);
    const order = this.#key.map(({ column, collation, descending }) => {
      return `${collated(column, collation)}${descending ? " DESC" : ""}`;
    });
    const orderBy = order.length > 0 ? ` ORDER BY ${order.join(", ")}` : "";
    const skipped = this.#key.length > 0 ? offset : after.rows + offset;
    const sql = `SELECT ${expressions} FROM ${quoteIdentifier(this.#table)}${condition}${orderBy} LIMIT ? OFFSET ?`;
    return { sql, params: [...params, limit, skipped] };
  }

  /** The place so many rows further on. */
  advance(from: Place, rows: number): Place {
    if (this.#key.length === 0) return { key: [], rows: from.rows + rows };
    const columns = this.#key.map(({ column }) => `typeof(${column}), ${exactColumn(column)}`);
    const { sql, params } = this.select(columns.join(", "), from, 1, rows - 1);
    const [row = []] = rawRows<SqlStorageValue[]>(this.#sql.exec(sql, ...params));
    return {
      key: this.#key.map((_, index) => exactValue(row[2 * index], row[2 * index + 1])),
      rows: from.rows + rows,
    };
  }

  #after({ key }: Place): { condition: string; params: SqlValue[] } {
    if (key.length === 0) return { condition: "", params: [] };
    const parameters = key.map(parameterOf);
    const params = parameters.map(({ value }) => value);
    if (this.#key.every(({ descending }) => !descending)) {
      const columns = this.#key.map(({ column, collation }) => collated(column, collation));
      const row = parameters.map(({ expression }) => expression);
      return { condition: ` WHERE (${columns.join(", ")}) > (${row.join(", ")})`, params };
    }
    // One column after the other: greater in one, equal in those before it.
    const alternatives: string[] = [];
    const bound: SqlValue[] = [];
    this.#key.forEach((_, last) => {
      const terms = this.#key.slice(0, last + 1).map(({ column, collation, descending }, index) => {
        bound.push(params[index]!);
        const operator = index < last ? "=" : descending ? "<" : ">";
        return `${collated(column, collation)} ${operator} ${parameters[index]!.expression}`;
      });
      alternatives.push(`(${terms.join(" AND ")})`);
    });
    // What follows from them, for the index: it does not look into the alternatives.
    const [{ column, collation, descending }] = this.#key as [KeyColumn];
    const bounded = `${collated(column, collation)} ${descending ? "<=" : ">="} ${parameters[0]!.expression}`;
    return {
      condition: ` WHERE ${bounded} AND (${alternatives.join(" OR ")})`,
      params: [params[0]!, ...bound],
    };
  }
}

function collated(column: string, collation: string | undefined): string {
  return collation === undefined ? column : `${column} COLLATE ${quoteIdentifier(collation)}`;
}

/**
 * Binds a key exactly: a number would round an integer, a string cannot be what is no UTF-8. A CAST alone would have the column
 * compared with its affinity, texts as numbers; a plus takes that away.
 */
function parameterOf(value: ExactValue): { expression: string; value: SqlValue } {
  switch (value.type) {
    case "integer":
      return { expression: "+CAST(? AS INTEGER)", value: value.digits };
    case "text":
      return { expression: "+CAST(? AS TEXT)", value: value.bytes };
    case "blob":
      return { expression: "?", value: value.bytes };
    case "real":
      return { expression: "?", value: value.value };
    case "null":
      return { expression: "?", value: null };
  }
}
