/** Who is measured: data, from which the session starts what a part asks for. */
export interface Contender {
  name: string;
  title: string;
  /** What it is, for the report. */
  about: string;
  /** Where it runs. */
  host:
    | "runtime"
    | "sqlite-full"
    | "sqlite-normal"
    | "postgres"
    | "postgres-function"
    | "postgres-serializable";
  /** Its name at the host. */
  as: string;
  /** Who makes the load: clients inside the host's process, or others over HTTP. */
  load: "inside" | "http";
  /** Contenders with the same data have the same tables: they are filled once. */
  data: string;
  /** True for what is no transaction: it is measured, and what it loses is reported. */
  mayLose?: true;
}

export const contenders: readonly Contender[] = [
  {
    name: "ours",
    title: "d1-procedures",
    about:
      "a procedure with `db.transaction()`, called through `connect()`; single statements through the client",
    ...{ host: "runtime", as: "ours", load: "inside", data: "ours" },
  },
  {
    name: "ours-batch",
    title: "d1-procedures, batch",
    about: "`batch()` of the client, where the work can be a batch",
    ...{ host: "runtime", as: "ours-batch", load: "inside", data: "ours" },
  },
  {
    name: "ours-http",
    title: "d1-procedures over HTTP",
    about: "the same, called by a Worker for each request that comes from outside",
    ...{ host: "runtime", as: "ours", load: "http", data: "ours" },
  },
  {
    name: "plain",
    title: "plain Durable Object",
    about: "the same statements in `ctx.storage.transaction()` of a Durable Object without this project",
    ...{ host: "runtime", as: "plain", load: "inside", data: "plain" },
  },
  {
    name: "d1",
    title: "D1, awaited statements",
    about:
      "each statement awaited on the local D1 binding. That is no transaction: what it loses is reported",
    ...{ host: "runtime", as: "d1", load: "inside", data: "d1" },
    mayLose: true,
  },
  {
    name: "d1-batch",
    title: "D1, batch",
    about:
      "a `batch()` on the local D1 binding, where the work can be written as statements that are fixed in advance",
    ...{ host: "runtime", as: "d1-batch", load: "inside", data: "d1-batch" },
  },
  {
    name: "sqlite-full",
    title: "better-sqlite3, FULL",
    about:
      "better-sqlite3 in a Node HTTP server: WAL, `synchronous = FULL`, prepared statements, a connection to write and one to read",
    ...{ host: "sqlite-full", as: "sqlite", load: "http", data: "sqlite-full" },
  },
  {
    name: "sqlite-normal",
    title: "better-sqlite3, NORMAL",
    about: "the same with `synchronous = NORMAL`: what was answered last may be gone after a power failure",
    ...{ host: "sqlite-normal", as: "sqlite", load: "http", data: "sqlite-normal" },
  },
  {
    name: "postgres",
    title: "Node + PostgreSQL, interactive",
    about:
      "`pg` in a Node HTTP server: BEGIN, statements, COMMIT, each awaited; READ COMMITTED with `SELECT ... FOR UPDATE` of what will be written, retries on deadlock; a pool of 16, prepared statements, default durable settings",
    ...{ host: "postgres", as: "postgres", load: "http", data: "postgres" },
  },
  {
    name: "postgres-inside",
    title: "Node + PostgreSQL, no HTTP",
    about: "the same, called by clients in the Node process itself, without HTTP",
    ...{ host: "postgres", as: "postgres", load: "inside", data: "postgres" },
  },
  {
    name: "postgres-serializable",
    title: "Node + PostgreSQL, SERIALIZABLE",
    about: "the same over HTTP, without row locks: SERIALIZABLE, retried until it goes through",
    ...{ host: "postgres-serializable", as: "postgres", load: "http", data: "postgres" },
  },
  {
    name: "postgres-function",
    title: "Node + PostgreSQL, PL/pgSQL",
    about: "one call of a PL/pgSQL function that does it all in the database",
    ...{ host: "postgres-function", as: "postgres", load: "http", data: "postgres" },
  },
] satisfies readonly Contender[];

export function contenderNamed(name: string): Contender {
  const found = contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`There is no contender ${name}.`);
  return found;
}
