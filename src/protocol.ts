/**
 * The wire contract between a client and the Database object: plain data over Workers RPC.
 *
 * The `query` method follows the contract that workerd publishes for custom D1 bindings, so that the real
 * D1Database can sit on top of it.
 */

/** What SQLite stores and what a parameter becomes before it is bound. Blobs travel as ArrayBuffer. */
export type SqlValue = null | number | string | ArrayBuffer;

/** A value in a result. BigInt only where the statement asks for exact integers. */
export type ResultValue = SqlValue | bigint;

/** One statement with its parameters, ready to run. */
export interface StatementMessage {
  sql: string;
  params: SqlValue[];
  /** Integers beyond 2^53 come back as BigInt. Without it they are rounded to a number, as on D1. */
  exactIntegers?: true;
}

/** What `meta.served_by` says. */
export const servedBy = "d1-procedures";

/** What D1 tells about the run of one statement. Times in milliseconds, sizes in bytes. */
export interface QueryMeta {
  served_by: string;
  served_by_primary: boolean;
  duration: number;
  timings: { sql_duration_ms: number };
  /** Rows that the statement inserted, updated or deleted, cascades and triggers included. */
  changes: number;
  /** The rowid of the connection's last insert. */
  last_row_id: number;
  changed_db: boolean;
  size_after: number;
  rows_read: number;
  rows_written: number;
}

/** The rows of one statement, as arrays in the order of `columns`. */
export interface QueryResult {
  meta: QueryMeta;
  data: { kind: "raw"; columns: string[]; rows: ResultValue[][] };
}

/** Statements to run in order: all of them or none. */
export interface QueryRequest {
  queries: StatementMessage[];
  /** What the session asks for: a constraint (`first-primary`, `first-unconstrained`) or its bookmark. */
  bookmark?: string | null;
  /** Refuse statements that may write. */
  readOnly?: true;
}

/** What {@link DatabaseRpc.script} may be told beside the script. */
export interface ScriptOptions {
  /** Refuse statements that may write. */
  readOnly?: true;
}

/** The results in the order of the statements, and the state of the database after them. */
export interface QueryResponse {
  success: true;
  results: { queryResults: QueryResult[]; bookmark: string };
}

/** What `exec()` tells: the number of statements, and their time in milliseconds. */
export interface ExecResult {
  count: number;
  duration: number;
}

/** One call of a procedure. */
export interface ProcedureCall {
  /** Chosen by the caller, unique among the calls under way, so that the caller can cancel this one. */
  id: string;
  /** The method's name; with namespaces `namespace.method`. */
  name: string;
  args: unknown[];
}

/** One call of a procedure in a session. */
export interface SessionCall extends ProcedureCall {
  /** As in {@link QueryRequest}. */
  bookmark: string;
}

/** What the procedure returned, and the state of the database after it. */
export interface SessionCallResponse {
  result: unknown;
  bookmark: string;
}

/** What the Database object, and the entrypoint in front of it, answer over RPC. */
export interface DatabaseRpc {
  /** Runs the statements in order as one transaction. */
  query(request: QueryRequest): Promise<QueryResponse>;
  /** Runs a script of any number of statements without parameters, all or nothing; tells their number. */
  exec(script: string): Promise<ExecResult>;
  /** The same as `exec`, but gives the result of every statement. */
  script(script: string, options?: ScriptOptions): Promise<QueryResponse>;
  /** Runs a procedure and returns what it returns. */
  call(call: ProcedureCall): Promise<unknown>;
  /** The same in a session: tells the bookmark, too. */
  callInSession(call: SessionCall): Promise<SessionCallResponse>;
  /** Rolls back what the call with this id has open, and lets it fail. False: no such call is running. */
  cancel(callId: string): Promise<boolean>;
}
