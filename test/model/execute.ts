import { AsyncLocalStorage } from "node:async_hooks";
import type { ProcedureDatabase, StatementSource, Transaction } from "../../src/procedures.ts";
import type { TestDatabase } from "../support/in-database.ts";
import { type Block, type Program, type Step, schema, type Task, type Write } from "./program.ts";

/** What was seen of a run, to be compared with the model. */
export interface Run {
  /** The results of each program's tasks. */
  results: unknown[][];
  /** The tasks that took the mutex, as `program.task`, in that order. */
  order: string[];
  /** What readers saw beside the programs, in order. */
  reads: string[];
  /** What SQLite made up for each write that asked it to. */
  made: Map<Write, string>;
  /** The rows that are left. */
  final: string;
}

/** Every row as one text, so that one statement reads one state. */
const readAll = `
  SELECT json_array(
    (SELECT json_group_array(json_array(key, value)) FROM (SELECT key, value FROM item ORDER BY key)),
    (SELECT json_group_array(json_array(key, made)) FROM (SELECT key, made || '/' || at AS made FROM stamp ORDER BY key))
  ) AS state
`;

/** Runs the programs at the same time on one database, with readers beside them. */
export async function execute(database: TestDatabase, programs: readonly Program[]): Promise<Run> {
  await database.db().exec(schema);
  const run: Run = { results: programs.map(() => []), order: [], reads: [], made: new Map(), final: "" };
  const task = new AsyncLocalStorage<string>();
  const { engine } = database;
  const submit = engine.submit.bind(engine);
  engine.submit = (job) => {
    // First come, first served: the order of arrival is the order in which jobs get the mutex.
    run.order.push(task.getStore() ?? "unknown");
    submit(job);
  };

  let running = true;
  const sample = async (pauseMs: number) => {
    const db = database.db();
    while (running) {
      run.reads.push(await read(db));
      await scheduler.wait(pauseMs);
    }
  };
  // Reads in the same event as the step of a transaction that has just been done, so that its turn is open.
  const bell = new Bell();
  const listen = async () => {
    const db = database.db();
    for (;;) {
      await bell.rung;
      if (!running) return;
      run.reads.push(await read(db));
    }
  };
  const readers = [sample(0), sample(1), listen()];
  await Promise.all(
    programs.map(async (program, index) => {
      const executor = new Executor(database.db(), run.made, bell);
      for (const [position, one] of program.entries()) {
        run.results[index]!.push(await task.run(`${index}.${position}`, () => executor.task(one)));
      }
    }),
  );
  running = false;
  bell.ring();
  await Promise.all(readers);
  run.final = await read(database.db());
  return run;
}

async function read(db: StatementSource): Promise<string> {
  return (await db.prepare(readAll).first<string>("state"))!;
}

/** Wakes whoever waits for it, in microtasks. */
class Bell {
  rung!: Promise<void>;
  #ring!: () => void;

  constructor() {
    this.#hang();
  }

  ring(): void {
    this.#ring();
    this.#hang();
  }

  #hang(): void {
    this.rung = new Promise((resolve) => {
      this.#ring = resolve;
    });
  }
}

class Executor {
  readonly #db: ProcedureDatabase;
  readonly #made: Map<Write, string>;
  readonly #bell: Bell;

  constructor(db: ProcedureDatabase, made: Map<Write, string>, bell: Bell) {
    this.#db = db;
    this.#made = made;
    this.#bell = bell;
  }

  async task(task: Task): Promise<unknown> {
    switch (task.task) {
      case "write":
        return orFailure(() => this.#write(this.#db, task.write));
      case "batch":
        return orFailure(() => this.#batch(this.#db, task.writes));
      case "read":
        return read(this.#db);
      case "wait":
        return scheduler.wait(task.ms);
      case "transaction":
        return this.#transaction(task.block);
      case "text":
        return this.#text(task.steps, task.end);
    }
  }

  async #transaction(block: Block): Promise<unknown> {
    const results: unknown[] = [];
    const body = async (txn: Transaction) => {
      for (const step of block.steps) {
        results.push(await this.#step(step, txn));
        this.#bell.ring();
      }
      if (block.throws) throw new Error("thrown");
    };
    const outcome = await orFailure(() => this.#db.transaction(body, { onError: "throw" }));
    return { results, outcome: outcome ?? "returned" };
  }

  async #text(steps: Step[], end: string): Promise<unknown> {
    const results: unknown[] = [];
    await this.#db.prepare("BEGIN").run();
    for (const step of steps) {
      results.push(await orFailure(() => this.#step(step)));
      this.#bell.ring();
    }
    await this.#db.prepare(end).run();
    return { results };
  }

  async #step(step: Step, txn?: Transaction): Promise<unknown> {
    const db = txn ?? this.#db;
    switch (step.step) {
      case "write":
        return step.caught ? orFailure(() => this.#write(this.#db, step.write)) : this.#write(db, step.write);
      case "batch":
        return step.caught
          ? orFailure(() => this.#batch(this.#db, step.writes))
          : this.#batch(db, step.writes);
      case "at once":
        return Promise.all(step.writes.map((write) => orFailure(() => this.#write(db, write))));
      case "read":
        return read(db);
      case "wait":
        return scheduler.wait(step.ms);
      case "commit":
        return txn?.commit();
      case "rollback":
        return txn?.rollback();
      case "savepoint":
        return orFailure(async () => {
          await db.prepare(`${step.verb} ${step.name}`).run();
        });
      case "nested":
        return this.#transaction(step.block);
    }
  }

  async #write(db: StatementSource, write: Write): Promise<number> {
    const { meta, results } = await statementOf(db, write).run<{ made: string }>();
    this.#noteMade(write, results);
    return meta.changes;
  }

  async #batch(db: StatementSource, writes: Write[]): Promise<number[]> {
    const results = await db.batch<{ made: string }>(writes.map((write) => statementOf(db, write)));
    for (const [index, result] of results.entries()) this.#noteMade(writes[index]!, result.results);
    return results.map(({ meta }) => meta.changes);
  }

  #noteMade(write: Write, [row]: { made: string }[]): void {
    if (row !== undefined) this.#made.set(write, row.made);
  }
}

function statementOf(db: StatementSource, write: Write): D1PreparedStatement {
  switch (write.write) {
    case "insert":
      return db.prepare("INSERT INTO item VALUES (?, ?)").bind(write.key, write.value);
    case "add":
      return db
        .prepare(
          "INSERT INTO item VALUES (?1, max(?2, 0)) ON CONFLICT (key) DO UPDATE SET value = value + ?2",
        )
        .bind(write.key, write.value);
    case "delete":
      return db.prepare("DELETE FROM item WHERE key = ?").bind(write.key);
    case "clear":
      return db.prepare("DELETE FROM item WHERE value > 0");
    case "stamp":
      return db
        .prepare("INSERT INTO stamp (key) VALUES (?) RETURNING made || '/' || at AS made")
        .bind(write.key);
  }
}

/** The result, or what failed: one word for what the model foresees, the whole message for all else. */
async function orFailure<T>(action: () => Promise<T>): Promise<T | string> {
  try {
    return await action();
  } catch (error) {
    const { message } = error as Error;
    return /UNIQUE|CHECK|no such savepoint|^thrown$/.exec(message)?.[0] ?? message;
  }
}
