import { D1Error, DatabaseError } from "../errors.ts";
import type {
  ExecResult,
  QueryMeta,
  QueryResult,
  ResultValue,
  SqlValue,
  StatementMessage,
} from "../protocol.ts";
import { exactMessage, toExactValue } from "./exact-integers.ts";
import type { SessionBookmark } from "./session.ts";
import { fromSqlValue, toSqlValue } from "./values.ts";

/** Runs statements as they come. */
export interface StatementRunner {
  /** Runs the statements in order as one transaction and gives one result for each. */
  query(statements: StatementMessage[]): Promise<QueryResult[]>;
  /** Runs a script, all or nothing. */
  exec(script: string): Promise<ExecResult>;
}

/** Where statements go when they run: over RPC in a client, straight to the engine in a procedure. */
export interface StatementExecutor extends StatementRunner {
  /** The same for one session: sends its bookmark along, and lets it observe that of each answer. */
  inSession(session: SessionBookmark): StatementExecutor;
}

type Meta = QueryMeta & Record<string, unknown>;

/** A row as D1 gives it: an object, a repeated column name keeps the last value. */
type Row = Record<string, unknown>;

/**
 * D1's prepared statement: plain data until it runs, and immutable, so that it can be reused freely.
 *
 * Its fields are as public as those of D1's own, because wrappers that trace queries read them, and put a Proxy
 * around the whole, through which nothing that is #private can be reached.
 */
export class PreparedStatement implements D1PreparedStatement {
  readonly statement: string;
  readonly params: readonly ResultValue[];
  private readonly executor: StatementExecutor;
  private readonly exactIntegers: boolean;

  /** @param exactIntegers Whether BigInts can be bound and are given. */
  constructor(
    executor: StatementExecutor,
    statement: string,
    exactIntegers: boolean,
    params: readonly ResultValue[] = [],
  ) {
    if (typeof statement !== "string") {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        `prepare() expects the SQL text as a string, not ${typeof statement}.`,
      );
    }
    this.executor = executor;
    this.statement = statement;
    this.params = params;
    this.exactIntegers = exactIntegers;
  }

  /**
   * Returns a new statement with these values in place of its parameters; this one stays as it is.
   *
   * @throws D1_TYPE_ERROR for a value that D1 cannot bind, `undefined` among them.
   */
  bind(...values: unknown[]): D1PreparedStatement {
    const params = values.map(this.exactIntegers ? toExactValue : toSqlValue);
    return new PreparedStatement(this.executor, this.statement, this.exactIntegers, params);
  }

  /** Runs the statement and gives its rows and meta. */
  async run<T = Row>(): Promise<D1Result<T>> {
    const [result] = await this.query();
    return toD1Result<T>(result!);
  }

  /** The same as {@link run}. */
  async all<T = Row>(): Promise<D1Result<T>> {
    const [result] = await this.query();
    return toD1Result<T>(result!);
  }

  /**
   * Runs the statement and gives its first row, or the named column of it; null when there is no row.
   *
   * @throws D1_COLUMN_NOTFOUND when there is a row without that column.
   */
  async first<T = unknown>(column?: string): Promise<T | null> {
    const [result] = await this.query();
    const { data } = result!;
    const row = data.rows[0];
    if (row === undefined) return null;
    if (column === undefined) return toObject(data.columns, row) as T;
    // A number names a column too: D1 looks it up as a property.
    const index = data.columns.lastIndexOf(`${column}`);
    if (index === -1) {
      const cause = new Error("Column not found");
      throw new D1Error("D1_COLUMN_NOTFOUND", `Column not found (${column})`, { cause });
    }
    return fromSqlValue(row[index] ?? null) as T;
  }

  raw<T = unknown[]>(options: { columnNames: true }): Promise<[string[], ...T[]]>;
  raw<T = unknown[]>(options?: { columnNames?: false }): Promise<T[]>;
  /** Runs the statement and gives its rows as arrays, on request with the column names as the first one. */
  async raw<T = unknown[]>(options?: { columnNames?: boolean }): Promise<T[] | [string[], ...T[]]> {
    const [result] = await this.query();
    const { data } = result!;
    const rows = data.rows.map((row) => row.map(fromSqlValue)) as T[];
    return options?.columnNames ? [data.columns, ...rows] : rows;
  }

  private query(): Promise<QueryResult[]> {
    return this.executor.query([this.message()]);
  }

  /** What is sent for it. */
  message(): StatementMessage {
    const { statement: sql, params } = this;
    return this.exactIntegers ? exactMessage(sql, params) : { sql, params: params.slice() as SqlValue[] };
  }
}

/** Gives the result of a query the shape that D1's `run()`, `all()` and `batch()` give. */
export function toD1Result<T>(result: QueryResult): D1Result<T> {
  const { columns, rows } = result.data;
  const results = rows.map((row) => toObject(columns, row) as T);
  if (Object.hasOwn(result, "meta")) return { success: true, meta: result.meta as Meta, results };
  return {
    success: true,
    // Inside the object it is made on demand; an accessor of a plain object crosses RPC as its value.
    get meta() {
      return result.meta as Meta;
    },
    results,
  };
}

function toObject(columns: string[], row: ResultValue[]): Row {
  const object: Row = {};
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const value = fromSqlValue(row[index] ?? null);
    // An assignment would change the object's prototype instead of adding a property.
    if (column === "__proto__") Object.defineProperty(object, column, { ...ownProperty, value });
    else object[column] = value;
  }
  return object;
}

const ownProperty: PropertyDescriptor = { enumerable: true, configurable: true, writable: true };
