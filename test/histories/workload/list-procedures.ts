import type { ProcedureContext, ProcedureDatabase, Transaction } from "../../../src/procedures.ts";
import type { Element, Key } from "../checker/history.ts";
import type { CallResult, CallStep, TransactionCall } from "./calls.ts";
import { appendStatement, elementsOf, readStatement, schema, storeStatement } from "./lists.ts";
import { ReaderBeside } from "./reader-beside.ts";
import { Trace } from "./trace.ts";

/** What the class of the object adds to the environment. */
export interface ListEnv {
  /** `ctx.abort()` of the object: it ends at once, as when the machine fails. */
  abortObject(): void;
}

/** What a transaction throws because its plan says so. */
class Planned extends Error {
  override readonly name = "Planned";
}

/** The failures that say for certain that the open transaction was rolled back. */
const rolledBackCodes = new Set([
  "TRANSACTION_TIMEOUT",
  "TRANSACTION_CANCELLED",
  "OVERLOADED",
  "QUEUE_TIMEOUT",
  // A nested block that fails behind a pinning read takes all of it along; with BEGIN the next statement hears of it.
  "NOT_REPLAYABLE",
  "TRANSACTION_CLOSED",
]);

/** Runs the transactions of a plan beside the data, and notes what they do. */
export class ListProcedures {
  readonly #db: ProcedureDatabase;
  readonly #env: ListEnv;
  readonly #ctx: ProcedureContext;

  constructor(db: ProcedureDatabase, env: ListEnv, ctx: ProcedureContext) {
    this.#db = db;
    this.#env = env;
    this.#ctx = ctx;
  }

  async SetUp() {
    await this.#db.batch(schema.map((sql) => this.#db.prepare(sql)));
  }

  async Crash() {
    this.#env.abortObject();
  }

  /** @throws What is not foreseen: the outcome is unknown then. */
  async Run(call: TransactionCall): Promise<CallResult> {
    const run = new Run(call, this.#db, this.#env, this.#ctx);
    return run.result();
  }
}

class Run {
  readonly #call: TransactionCall;
  readonly #db: ProcedureDatabase;
  readonly #env: ListEnv;
  readonly #ctx: ProcedureContext;
  readonly #trace = new Trace();
  /** Those of the callbacks that run, the innermost one last. */
  readonly #txns: Transaction[] = [];
  #bodyEnded: Promise<unknown> | undefined;
  readonly #reader: ReaderBeside;

  constructor(call: TransactionCall, db: ProcedureDatabase, env: ListEnv, ctx: ProcedureContext) {
    this.#call = call;
    this.#db = db;
    this.#env = env;
    this.#ctx = ctx;
    this.#reader = new ReaderBeside(db);
  }

  async result(): Promise<CallResult> {
    const { parts } = await this.#transactions();
    return { parts, beside: await this.#reader.end() };
  }

  async #transactions(): Promise<CallResult> {
    try {
      await this.#bracketed();
    } catch (error) {
      // A transaction that has failed from outside is told so before its callback is: a commit may be on its way.
      await this.#bodyEnded?.catch(() => {});
      if (!(error instanceof Planned) && !rolledBackCodes.has(codeOf(error))) throw error;
      return this.#trace.result("fail");
    }
    return this.#trace.result("ok");
  }

  async #bracketed(): Promise<void> {
    const { bracket, timeoutMs } = this.#call;
    switch (bracket) {
      case "db.transaction()": {
        const body = (txn: Transaction) => {
          const ended = this.#within(txn, () => this.#body());
          this.#bodyEnded = ended;
          return ended;
        };
        return this.#db.transaction(body, {
          onError: "throw",
          ...(timeoutMs !== undefined && { timeoutMs }),
        });
      }
      case "BEGIN":
        await this.#sql("BEGIN");
        try {
          await this.#body();
        } catch (error) {
          await this.#sql("ROLLBACK");
          throw error;
        }
        return this.#sql("COMMIT");
      case "none":
        return this.#body();
    }
  }

  async #body(): Promise<void> {
    for (const step of this.#call.steps) await this.#step(step);
    if (this.#call.ends === "throws") throw new Planned("The plan wants this transaction to fail");
  }

  get #txn(): Transaction | undefined {
    return this.#txns.at(-1);
  }

  async #within(txn: Transaction, body: () => Promise<void>): Promise<void> {
    this.#txns.push(txn);
    try {
      await body();
    } finally {
      this.#txns.pop();
    }
  }

  async #step(step: CallStep): Promise<void> {
    switch (step.do) {
      case "read":
        await this.#read(step.key);
        return;
      case "append":
        return this.#append(step);
      case "wait":
        return this.#wait(step.ms);
      case "block":
        return this.#block(step);
      case "commit":
        if (this.#txn !== undefined) await this.#txn.commit();
        else if (this.#call.bracket === "BEGIN") {
          await this.#sql("COMMIT");
          this.#trace.committed();
          return this.#sql("BEGIN");
        }
        return this.#trace.committed();
      case "roll back":
        await this.#txn?.rollback();
        return this.#trace.rolledBack();
      case "pin":
        await this.#sql("UPDATE noise SET value = random()");
        return this.#sql("SELECT value FROM noise");
      case "read beside":
        return this.#reader.wake(step.key);
      case "crash":
        return this.#env.abortObject();
    }
  }

  async #read(key: Key): Promise<Element[]> {
    const row = await readStatement(this.#db, key).first<{ elements: string }>();
    const elements = elementsOf(row!);
    this.#trace.note({ do: "read", key, elements });
    return elements;
  }

  async #append({ key, element, how, waitMs }: CallStep & { do: "append" }): Promise<void> {
    if (how === "statement") await appendStatement(this.#db, key, element).run();
    else {
      const before = await this.#read(key);
      if (waitMs !== undefined) await this.#wait(waitMs);
      await storeStatement(this.#db, key, before, element).run();
    }
    this.#trace.note({ do: "append", key, element });
  }

  /** Ends with its transaction: a timer that is left over would keep a pinned one of somebody else from its own. */
  async #wait(ms: number): Promise<void> {
    await scheduler.wait(ms, { signal: this.#txn?.signal ?? this.#ctx.signal });
  }

  async #block({ steps, ends }: CallStep & { do: "block" }): Promise<void> {
    this.#trace.enterBlock();
    const body = async () => {
      for (const step of steps) await this.#step(step);
      if (ends === "throws") throw new Planned("The plan wants this block to fail");
    };
    try {
      await this.#nested(body);
    } catch (error) {
      if (!(error instanceof Planned)) throw error;
    }
    this.#trace.leaveBlock(ends === "returns");
  }

  async #nested(body: () => Promise<void>): Promise<void> {
    switch (this.#call.bracket) {
      case "db.transaction()":
        return this.#db.transaction((txn) => this.#within(txn, body), { onError: "throw" });
      case "BEGIN":
        await this.#sql("SAVEPOINT block");
        try {
          await body();
        } catch (error) {
          if (error instanceof Planned) await this.#sql("ROLLBACK TO block");
          throw error;
        } finally {
          await this.#sql("RELEASE block");
        }
        return;
      case "none":
        return body();
    }
  }

  async #sql(sql: string): Promise<void> {
    await this.#db.prepare(sql).run();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
