import { nextEventLoopTurn } from "../../database/event-loop.ts";
import { rawRows } from "../../database/raw-rows.ts";
import { DatabaseError } from "../../errors.ts";
import type { DatabaseTarget } from "../database-target.ts";
import { engineOf } from "../engine-of.ts";
import { type AnyDurableObject, runInObject } from "../test-runtime.ts";
import { CallsUnderWay } from "./calls-under-way.ts";
import { Level } from "./level.ts";
import type { RawStorage } from "./run-sql.ts";
import { type ExecuteSql, watchObject } from "./watch-object.ts";
import { planWrite, type WritePlan } from "./write-plan.ts";

/** How long a test waits for calls that it has not awaited, before it cancels them; and then once more. */
const patienceMs = 1_000;

/** So does the engine ask what a statement has changed. */
const countersQuery = "SELECT total_changes(), changes(), last_insert_rowid()";

/** So does the engine ask what a statement does, when it has not seen it since the schema changed. */
const engineExplain = /^EXPLAIN \/\*\d+\*\/ /;

/** It asks for deferred foreign keys with tables of its own, in a savepoint that it rolls back. */
const engineProbe = /\bd1p_probe_[0-9a-f]{32}\b/;

const maxKnownPlans = 1_000;

const isolated = new Map<string, IsolatedDatabase>();

/** The isolation of the object with this id, if a test has asked for it. */
export function isolationOf(objectId: string): IsolatedDatabase | undefined {
  return isolated.get(objectId);
}

/**
 * A database whose writes are undone level by level. It lives in the isolate, not in the object, so that it outlasts a reset of the
 * object.
 */
export class IsolatedDatabase {
  readonly calls = new CallsUnderWay();
  readonly #target: DatabaseTarget;
  /** The last one is that of the test or suite that runs. */
  readonly #levels: Level[] = [];
  /** Ended, and to be undone before anything else happens to the database, in this order. */
  #pending: Level[] = [];
  #undoing: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Tests and suites that run concurrently. */
  #concurrent = 0;
  /** What runs now is the isolation's own. */
  #isAside = false;
  #countedBeside = 0;
  /** By SQL text; undefined until it runs. Only of what the engine has explained since the schema changed last. */
  readonly #plans = new Map<string, WritePlan | undefined>();

  private constructor(target: DatabaseTarget) {
    this.#target = target;
  }

  static of(target: DatabaseTarget): IsolatedDatabase {
    let database = isolated.get(target.id);
    if (database === undefined) {
      database = new IsolatedDatabase(target);
      isolated.set(target.id, database);
    }
    return database;
  }

  get isOpen(): boolean {
    return this.#levels.length > 0 || this.#concurrent > 0;
  }

  /** Runs a test or a suite on a level of its own, and undoes what it has written. */
  async inLevel(run: () => Promise<void>, { concurrent }: { concurrent: boolean }): Promise<void> {
    if (concurrent || this.#concurrent > 0) return this.#concurrently(run);
    if (this.#levels.length === 0) await this.#reach();
    const level = new Level();
    this.#levels.push(level);
    try {
      await run();
    } finally {
      await this.#end(level);
    }
  }

  /** To be called by each call that the object answers, before anything else. */
  async enter(instance: AnyDurableObject): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending.length === 0 && this.#undoing === undefined) return;
    this.#undoing ??= this.#undoPending(instance).finally(() => {
      this.#undoing = undefined;
    });
    await this.#undoing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A new life of the object begins, or the first. */
  attached(instance: AnyDurableObject): void {
    this.calls.onlyOf(instance);
    this.#countedBeside = 0;
    this.#plans.clear();
  }

  /** Stands before every statement of the object. */
  execute(storage: DurableObjectStorage, exec: ExecuteSql, sql: string, params: readonly unknown[]) {
    if (this.#isAside || engineProbe.test(sql)) return exec(sql, ...params);
    if (sql === countersQuery && this.#countedBeside > 0) {
      return exec("SELECT total_changes() - ?, changes(), last_insert_rowid()", this.#countedBeside);
    }
    if (engineExplain.test(sql)) {
      this.#forgetPlan(sql.replace(engineExplain, ""));
      return exec(sql, ...params);
    }
    const level = this.#levels.at(-1);
    if (level === undefined && this.#concurrent === 0 && this.#pending.length === 0)
      return exec(sql, ...params);
    const raw = this.#raw(storage, exec);
    // Code that works on the storage of the object itself comes by no call.
    if (this.#pending.length > 0 && this.#undoing === undefined) this.#aside(() => this.#undoNow(raw));
    const plan = this.#aside(() => this.#planOf(raw, sql, params));
    if (plan.kind === "reads") return exec(sql, ...params);
    if (this.#concurrent > 0) throw concurrentWrite();
    const after = level && this.#aside(() => level.record(raw, { sql, params }, plan));
    this.#countedBeside += after?.countedBeside ?? 0;
    const cursor = exec(sql, ...params);
    if (after?.check !== undefined) this.#aside(() => after.check?.(raw));
    return cursor;
  }

  async #concurrently(run: () => Promise<void>): Promise<void> {
    if (this.#concurrent === 0) await this.#reach();
    this.#concurrent++;
    try {
      await run();
    } finally {
      this.#concurrent--;
    }
  }

  async #end(level: Level): Promise<void> {
    const left = await this.#callsLeft();
    this.#levels.splice(this.#levels.indexOf(level), 1);
    if (!level.isEmpty) this.#pending.push(level);
    // Nobody may call it for long; and whoever comes next may be another file's.
    if (this.#levels.length === 0 && this.#pending.length > 0) await this.#reach();
    if (left.length > 0) throw stillUnderWay(left);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** @returns The names of the calls that had to be cancelled. */
  async #callsLeft(): Promise<string[]> {
    if (await this.calls.settled(patienceMs)) return [];
    // To reach it also tells which of them a reset of the object has ended.
    await this.#reach((instance) => {
      const cancel = (id: string) => (instance as { cancel?(id: string): Promise<boolean> }).cancel?.(id);
      for (const { id } of this.calls.list) if (id !== undefined) void cancel(id);
    });
    const names = this.calls.list.map(({ name }) => name);
    await this.calls.settled(patienceMs);
    return names;
  }

  /** Goes into the object: watches it if nobody does yet, and undoes what is to be undone. */
  async #reach(work?: (instance: AnyDurableObject) => void): Promise<void> {
    await runInObject(this.#target.stub(), async (instance, state) => {
      engineOf(instance);
      watchObject(instance, state);
      work?.(instance);
      await this.enter(instance);
    });
  }

  async #undoPending(instance: AnyDurableObject): Promise<void> {
    const { storage } = (instance as unknown as { ctx: DurableObjectState }).ctx;
    const engine = engineOf(instance);
    await engine.exclusively(async () => {
      const raw = this.#raw(storage, storage.sql.exec.bind(storage.sql) as ExecuteSql);
      for (;;) {
        const done = this.#aside(() => this.#undoNow(raw, { ifPossible: true }));
        if (done !== "later") {
          if (done === "schema touched") engine.runner.compiler.clear();
          return;
        }
        // A write of the runtime's own has opened a transaction, which ends with this event.
        await nextEventLoopTurn();
      }
    });
  }

  /** Undoes all that is pending, all or nothing, on a connection with no transaction open. */
  #undoNow(raw: RawStorage, { ifPossible = false } = {}): "done" | "schema touched" | "later" {
    const { run } = raw;
    run("PRAGMA foreign_keys = OFF");
    const [[enforced] = [0]] = run<[number]>("PRAGMA foreign_keys");
    if (enforced === 1) {
      if (ifPossible) return "later";
      throw new DatabaseError(
        "STATEMENT_REFUSED",
        "What the last test wrote has not been undone yet, and cannot be inside a transaction. Call the database once before: await env.DB.getByName(name).info().",
      );
    }
    const levels = this.#pending;
    this.#pending = [];
    try {
      const touched = raw.transactionSync(() => levels.map((level) => level.undo(raw)).includes(true));
      if (touched) this.#plans.clear();
      return touched ? "schema touched" : "done";
    } catch (cause) {
      this.#failure = notUndone(cause);
      return "done";
    } finally {
      run("PRAGMA foreign_keys = ON");
    }
  }

  #planOf(raw: RawStorage, sql: string, params: readonly unknown[]): WritePlan {
    const known = this.#plans.get(sql);
    if (known !== undefined) return known;
    try {
      const plan = planWrite(raw.run, sql, params);
      if (this.#plans.has(sql)) this.#plans.set(sql, plan);
      if (plan.kind === "creates" || plan.kind === "restructures") this.#plans.clear();
      return plan;
    } catch {
      // It does not compile: it is about to say so itself.
      return { kind: "reads" };
    }
  }

  #forgetPlan(sql: string): void {
    if (this.#plans.size >= maxKnownPlans) this.#plans.clear();
    this.#plans.set(sql, undefined);
  }

  #aside<T>(work: () => T): T {
    const wasAside = this.#isAside;
    this.#isAside = true;
    try {
      return work();
    } finally {
      this.#isAside = wasAside;
    }
  }

  #raw(storage: DurableObjectStorage, exec: ExecuteSql): RawStorage {
    return {
      run: (sql, ...params) => rawRows(exec(sql, ...params)),
      sql: storage.sql,
      transactionSync: (work) => storage.transactionSync(work),
    };
  }
}

function concurrentWrite(): DatabaseError {
  return new DatabaseError(
    "STATEMENT_REFUSED",
    "Tests that run concurrently cannot write to an isolated database: nobody could tell their writes apart, to undo them. Leave out `.concurrent`, or " +
      "give the test a database of its own: connect(env.DB, { name: crypto.randomUUID() }).",
  );
}

function stillUnderWay(names: readonly string[]): Error {
  return new Error(
    `The test ended while its database was still busy with ${names.join(", ")}, which was cancelled and undone. Await every call in the test, and ` +
      "answer what a procedure waits for.",
  );
}

function notUndone(cause: unknown): Error {
  return new Error(
    `What a test wrote could not be undone, so that nothing in this file can rely on its database any more: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}
