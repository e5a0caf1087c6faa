import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { workloads } from "../workloads/index.ts";
import { drive, type Row, type Statement, type Step } from "../workloads/steps.ts";
import type { Args, Operation } from "../workloads/workload.ts";
import type { NodeContender } from "./node-contender.ts";

/** What is used of `pg`, which is installed for the bench alone. */
interface Pg {
  Pool: new (options: Record<string, unknown>) => Pool;
  types: { setTypeParser: (oid: number, parse: (text: string) => unknown) => void };
}
interface Pool extends Queryable {
  connect: () => Promise<PoolClient>;
  on: (event: "error", listener: (error: Error) => void) => void;
  end: () => Promise<void>;
}
interface PoolClient extends Queryable {
  release: () => void;
}
interface Queryable {
  query: (query: string | { name: string; text: string; values: unknown[] }) => Promise<{ rows: Row[] }>;
}

/** Deadlock, and serialization failure. */
const retried = new Set(["40P01", "40001"]);
const bigint = 20;

/** `interactive`: statements from Node in a transaction. `function`: one call of a PL/pgSQL function. */
export type PostgresMode = "interactive" | "serializable" | "function";

/**
 * PostgreSQL through `pg` with a pool and prepared statements. Interactive transactions are READ COMMITTED, and lock the rows that they are
 * about to change (`SELECT ... FOR UPDATE`), which makes these workloads serializable and, unlike SERIALIZABLE, leaves nothing to retry
 * where many want the same row; `serializable` is that other way.
 */
export class Postgres implements NodeContender {
  readonly #pool: Pool;
  readonly #mode: PostgresMode;
  readonly #texts = new Map<string, { name: string; text: string }>();
  retries = 0;

  constructor(socketDirectory: string, connections: number, mode: PostgresMode) {
    const pg = createRequire(import.meta.url)("pg") as Pg;
    pg.types.setTypeParser(bigint, Number); // sums, and money in cents
    this.#pool = new pg.Pool({
      host: socketDirectory,
      user: "bench",
      database: "postgres",
      max: connections,
    });
    this.#pool.on("error", () => {}); // an idle connection that ends; the next query would say so
    this.#mode = mode;
  }

  async query(_database: string, sql: string): Promise<Row[]> {
    const { rows } = await this.#pool.query(sql);
    return rows;
  }

  async prepared(_database: string, workload: string): Promise<void> {
    for (const definition of workloads[workload]!.functions ?? []) await this.#pool.query(definition);
    await this.#pool.query("VACUUM ANALYZE"); // as pgbench does after it has filled its tables
    await this.#pool.query("CHECKPOINT");
  }

  async execute(_database: string, workload: string, name: string, args: Args): Promise<unknown> {
    const operation = workloads[workload]!.operations[name]!;
    if (operation.kind === "statement") {
      return drive(operation.steps(args), (step) => this.#step(this.#pool, step));
    }
    if (this.#mode === "function" && operation.call !== undefined) {
      return (await this.#pool.query(this.#bound(operation.call(args)))).rows[0];
    }
    const client = await this.#pool.connect();
    try {
      return await this.#transaction(client, operation, args);
    } finally {
      client.release();
    }
  }

  async stop(): Promise<void> {
    await this.#pool.end();
  }

  async #transaction(client: PoolClient, operation: Operation, args: Args): Promise<unknown> {
    for (;;) {
      let rolledBack = false;
      await client.query(
        this.#mode === "serializable" ? "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE" : "BEGIN",
      );
      try {
        const result = await drive(operation.steps(args), (step) => {
          if (step.kind === "rollback") rolledBack = true;
          return this.#step(client, step);
        });
        if (!rolledBack) await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK");
        if (!retried.has(String((error as { code?: string }).code))) throw error;
        this.retries++;
      }
    }
  }

  #step(on: Queryable, step: Step): unknown {
    switch (step.kind) {
      case "wait":
        return sleep(step.ms);
      case "rollback":
        return on.query("ROLLBACK");
      case "first":
        return this.#rows(on, step).then((rows) => rows[0]);
      case "all":
        return this.#rows(on, step);
      case "run":
        return this.#rows(on, step);
    }
  }

  async #rows(on: Queryable, step: Statement & { lock: boolean }): Promise<Row[]> {
    const forUpdate = step.lock && this.#mode !== "serializable";
    return (await on.query(this.#bound(forUpdate ? { ...step, sql: `${step.sql} FOR UPDATE` } : step))).rows;
  }

  /** `?` as `$1`, and a name, so that the statement is prepared once a connection. */
  #bound({ sql, params }: Statement) {
    let prepared = this.#texts.get(sql);
    if (prepared === undefined) {
      let count = 0;
      prepared = { name: `s${this.#texts.size}`, text: sql.replaceAll("?", () => `$${++count}`) };
      this.#texts.set(sql, prepared);
    }
    return { ...prepared, values: [...params] };
  }
}
