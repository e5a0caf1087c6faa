import { enforceForeignKeys } from "../../database/foreign-key-enforcement.ts";
import { rawRows } from "../../database/raw-rows.ts";
import type { DatabaseTarget } from "../database-target.ts";
import { engineOf } from "../engine-of.ts";
import { type AnyDurableObject, runInObject } from "../test-runtime.ts";
import { watchClients } from "./calls-on-their-way.ts";
import { CallsUnderWay, type CallUnderWay } from "./calls-under-way.ts";
import { concurrentWrite, insideTransaction, notUndone, stillUnderWay } from "./isolation-errors.ts";
import { Level } from "./level.ts";
import { isolationOf, register } from "./registry.ts";
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
  /** The promise itself is there only when a part of it is done. */
  #isUndoing = false;
  #schemaTouched = false;
  #failure: Error | undefined;
  /** Tests and suites that run concurrently. */
  #concurrent = 0;
  /** What runs now is the isolation's own. */
  #isAside = false;
  #countedBeside = 0;
  #unfinished: (() => void) | undefined;
  /** By SQL text; undefined until it runs. Only of what the engine has explained since the schema changed last. */
  readonly #plans = new Map<string, WritePlan | undefined>();

  private constructor(target: DatabaseTarget) {
    this.#target = target;
    watchClients();
  }

  static of(target: DatabaseTarget): IsolatedDatabase {
    return isolationOf(target.id) ?? register(target.id, new IsolatedDatabase(target));
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
      this.#isUndoing = false;
    });
    await this.#undoing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A new life of the object begins, or the first. */
  attached(instance: AnyDurableObject): void {
    this.calls.onlyOf(instance);
    this.#countedBeside = 0;
    this.#unfinished = undefined;
    this.#plans.clear();
  }

  /** Stands before every statement of the object. */
  execute(storage: DurableObjectStorage, exec: ExecuteSql, sql: string, params: readonly unknown[]) {
    if (this.#isAside || engineProbe.test(sql)) return exec(sql, ...params);
    this.#finishStatement();
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
    if (this.#pending.length > 0 && !this.#isUndoing) this.#aside(() => this.#undoAtOnce(raw));
    const plan = this.#aside(() => this.#planOf(raw, sql, params));
    if (plan.kind === "reads") return exec(sql, ...params);
    if (this.#concurrent > 0) throw concurrentWrite();
    const after = level && this.#aside(() => level.record(raw, { sql, params }, plan));
    this.#countedBeside += after?.countedBeside ?? 0;
    const cursor = exec(sql, ...params);
    const { check } = after ?? {};
    if (check !== undefined) this.#unfinished = () => check(raw);
    return cursor;
  }

  /** A statement that gives rows has told what it changed only when they have been read: before the next one, that is. */
  #finishStatement(): void {
    const finish = this.#unfinished;
    this.#unfinished = undefined;
    if (finish !== undefined) this.#aside(finish);
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
    let left: readonly CallUnderWay[] = [];
    await this.#reach(() => {
      left = this.calls.list;
      for (const call of left) call.cancel?.();
    });
    await this.calls.settled(patienceMs);
    return left.map(({ name }) => name);
  }

  /** Goes into the object: watches it if nobody does yet, and undoes what is to be undone. */
  async #reach(work?: () => void): Promise<void> {
    await runInObject(this.#target.stub(), async (instance, state) => {
      engineOf(instance);
      watchObject(instance, state);
      work?.();
      await this.enter(instance);
    });
  }

  async #undoPending(instance: AnyDurableObject): Promise<void> {
    this.#isUndoing = true;
    const { storage } = (instance as unknown as { ctx: DurableObjectState }).ctx;
    const engine = engineOf(instance);
    const raw = this.#raw(storage, storage.sql.exec.bind(storage.sql) as ExecuteSql);
    await engine.exclusively(async (inTransaction) => {
      this.#finishStatement();
      if (!this.#aside(() => this.#undoDeferring(raw))) {
        await inTransaction(async () => this.#aside(() => this.#undo(raw)), { foreignKeys: "unchecked" });
      }
      if (this.#schemaTouched) engine.runner.compiler.clear();
      this.#schemaTouched = false;
    });
  }

  /** For code that works on the object's own storage, and comes by no call that could wait. */
  #undoAtOnce(raw: RawStorage): void {
    this.#finishStatement();
    if (this.#undoDeferring(raw)) return;
    raw.run("PRAGMA foreign_keys = OFF");
    const [[enforced] = [0]] = raw.run<[number]>("PRAGMA foreign_keys");
    if (enforced === 1) throw insideTransaction();
    this.#undo(raw);
    // Only when the transaction that this has opened ends with the event, SQLite takes the pragma again.
    void enforceForeignKeys(raw.sql, true);
  }

  /** @returns False: nothing was done, it cannot be while foreign keys are enforced. */
  #undoDeferring(raw: RawStorage): boolean {
    if (this.#pending.some(({ needsForeignKeysOff }) => needsForeignKeysOff)) return false;
    raw.run("PRAGMA defer_foreign_keys = ON");
    try {
      this.#undone(raw.transactionSync(() => this.#pending.map((level) => level.undo(raw, "deferred"))));
      return true;
    } catch {
      return false;
    } finally {
      raw.run("PRAGMA defer_foreign_keys = OFF");
    }
  }

  /** Undoes all that is pending, or nothing. */
  #undo(raw: RawStorage): void {
    try {
      this.#undone(raw.transactionSync(() => this.#pending.map((level) => level.undo(raw, "off"))));
    } catch (cause) {
      this.#pending = [];
      this.#failure = notUndone(cause);
    }
  }

  #undone(schemaTouched: readonly boolean[]): void {
    this.#pending = [];
    if (!schemaTouched.includes(true)) return;
    this.#schemaTouched = true;
    this.#plans.clear();
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
