import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { workloads } from "../workloads/index.ts";
import { drive, type Row, type Step, type Steps, type Value } from "../workloads/steps.ts";
import type { Args } from "../workloads/workload.ts";
import type { NodeContender } from "./node-contender.ts";

/** What is used of better-sqlite3, which is installed for the bench alone. */
type BetterSqlite3 = new (path: string) => Connection;
interface Connection {
  prepare: (sql: string) => Statement;
  exec: (sql: string) => void;
  pragma: (text: string) => unknown;
  close: () => void;
}
interface Statement {
  readonly reader: boolean;
  get: (...params: Value[]) => Row | undefined;
  all: (...params: Value[]) => Row[];
  run: (...params: Value[]) => unknown;
}

export type Synchronous = "FULL" | "NORMAL";

/** A database file with what a server keeps open: one connection to write, one to read beside it. */
interface Open {
  writer: Prepared;
  reader: Prepared;
  /** The end of the transactions that wait for something outside, one after another: they share the connection. */
  busyUntil: Promise<unknown> | undefined;
}

/** better-sqlite3 as its documentation recommends it: WAL, statements prepared once, transactions that are synchronous. */
export class Sqlite implements NodeContender {
  readonly retries = 0;
  readonly #directory: string;
  readonly #synchronous: Synchronous;
  readonly #open = new Map<string, Open>();

  constructor(directory: string, synchronous: Synchronous) {
    this.#directory = directory;
    this.#synchronous = synchronous;
  }

  async query(database: string, sql: string): Promise<Row[]> {
    const statement = this.#database(database).writer.connection.prepare(sql);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  }

  async prepared(): Promise<void> {}

  async execute(database: string, workload: string, name: string, args: Args): Promise<unknown> {
    const open = this.#database(database);
    const operation = workloads[workload]!.operations[name]!;
    if (operation.kind === "transaction") {
      while (open.busyUntil !== undefined) await open.busyUntil;
      return this.#transaction(open, operation.steps(args));
    }
    return drive(operation.steps(args), (step) =>
      step.kind === "run" ? write(open, step) : open.reader.step(step),
    );
  }

  async stop(): Promise<void> {
    for (const { writer, reader } of this.#open.values()) {
      reader.connection.close();
      writer.connection.close();
    }
  }

  /** Synchronous, as long as it waits for nothing outside. */
  #transaction(open: Open, steps: Steps): unknown {
    const { writer } = open;
    let hasRolledBack = false;
    let waits: Promise<unknown> | undefined;
    const execute = (step: Step) => {
      if (step.kind === "rollback") {
        hasRolledBack = true;
        return writer.exec("ROLLBACK");
      }
      return writer.step(step);
    };
    writer.exec("BEGIN IMMEDIATE");
    const end = () => {
      if (!hasRolledBack) writer.exec("COMMIT");
    };
    const fail = (error: unknown) => {
      if (!hasRolledBack) writer.exec("ROLLBACK");
      throw error;
    };
    try {
      let next = steps.next();
      while (!next.done) {
        if (next.value.kind === "wait") {
          const { ms } = next.value;
          waits = sleep(ms).then(() =>
            drive(steps, (step) => (step.kind === "wait" ? sleep(step.ms) : execute(step))),
          );
          break;
        }
        next = steps.next(execute(next.value));
      }
      if (waits === undefined) {
        end();
        return next.value;
      }
    } catch (error) {
      return fail(error);
    }
    const ended = waits.then((value) => {
      end();
      return value;
    }, fail);
    const free = () => {
      open.busyUntil = undefined;
    };
    open.busyUntil = ended.then(free, free);
    return ended;
  }

  #database(name: string): Open {
    let open = this.#open.get(name);
    if (open === undefined) {
      const BetterSqlite3 = createRequire(import.meta.url)("better-sqlite3") as BetterSqlite3;
      const connect = () => {
        const connection = new BetterSqlite3(join(this.#directory, `${name}.db`));
        connection.pragma("journal_mode = WAL");
        connection.pragma(`synchronous = ${this.#synchronous}`);
        return new Prepared(connection);
      };
      open = { writer: connect(), reader: connect(), busyUntil: undefined };
      this.#open.set(name, open);
    }
    return open;
  }
}

/** A single write waits until nobody has the connection: it would become part of that transaction else. A read does not. */
async function write(open: Open, step: Step): Promise<unknown> {
  while (open.busyUntil !== undefined) await open.busyUntil;
  return open.writer.step(step);
}

/** A connection with the statements that it has prepared. */
class Prepared {
  readonly connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  exec(sql: string): void {
    this.#statement(sql).run();
  }

  step(step: Step): unknown {
    switch (step.kind) {
      case "first":
        return this.#statement(step.sql).get(...step.params);
      case "all":
        return this.#statement(step.sql).all(...step.params);
      case "run":
        return this.#statement(step.sql).run(...step.params);
      case "wait":
      case "rollback":
        throw new Error(`A single statement does no ${step.kind}.`);
    }
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
