import { DurableObject } from "cloudflare:workers";
import { defineDatabase } from "../../src/database/define-database.ts";
import { StatementCompiler } from "../../src/database/statement-compiler.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { workloads } from "../workloads/index.ts";
import { drive, type Row, type Step, type Value } from "../workloads/steps.ts";
import type { Args } from "../workloads/workload.ts";

/** The procedures of every workload: what a deployer would write as a method each. */
export class BenchProcedures {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  async Transact(workload: string, operation: string, args: Args) {
    return this.#db.transaction(
      (txn) =>
        drive(workloads[workload]!.operations[operation]!.steps(args), (step) =>
          step.kind === "rollback" ? txn.rollback() : executeOver(this.#db, step),
        ),
      { onError: "throw" },
    );
  }
}

/** A step through D1's client API: of a procedure, of a client of this project, and of D1. */
export function executeOver(db: Pick<D1Database, "prepare">, step: Step): Promise<unknown> {
  switch (step.kind) {
    case "wait":
      return scheduler.wait(step.ms);
    case "rollback":
      throw new Error("Without a transaction nothing is rolled back.");
    case "first":
      return db
        .prepare(step.sql)
        .bind(...step.params)
        .first();
    case "all":
      return rowsOf(db.prepare(step.sql).bind(...step.params));
    case "run":
      return db
        .prepare(step.sql)
        .bind(...step.params)
        .run();
  }
}

async function rowsOf(statement: D1PreparedStatement): Promise<Row[]> {
  return (await statement.all<Row>()).results;
}

/** This project. */
export class OursDatabase extends defineDatabase(BenchProcedures) {
  /** Look-ups in the cache of compiled statements. */
  lookUps(count: number): void {
    const compiler = new StatementCompiler(this.ctx.storage.sql);
    for (let i = 0; i < count; i++) compiler.compile("SELECT 1 WHERE 1 = ?", [1]);
  }
}

/** What one would write without this project. */
export class PlainDatabase extends DurableObject {
  ping(): number {
    return 1;
  }

  query(sql: string): Row[] {
    return this.ctx.storage.sql.exec<Row>(sql).toArray();
  }

  statement(workload: string, operation: string, args: Args): Promise<unknown> {
    return drive(workloads[workload]!.operations[operation]!.steps(args), (step) => this.#execute(step));
  }

  async transact(workload: string, operation: string, args: Args): Promise<unknown> {
    return this.ctx.storage.transaction((txn) =>
      drive(workloads[workload]!.operations[operation]!.steps(args), (step) =>
        step.kind === "rollback" ? txn.rollback() : this.#execute(step),
      ),
    );
  }

  /** The physical bound: the statements of so many transactions, with no call, no commit and no promise between them. */
  bareLoop(workload: string, operation: string, allArgs: Args[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const args of allArgs) {
        const steps = workloads[workload]!.operations[operation]!.steps(args);
        let next = steps.next();
        while (!next.done) next = steps.next(this.#execute(next.value));
      }
    });
  }

  #execute(step: Step): unknown {
    const { sql } = this.ctx.storage;
    switch (step.kind) {
      case "wait":
        return scheduler.wait(step.ms);
      case "rollback":
        throw new Error("Without a transaction nothing is rolled back.");
      case "first":
        return sql.exec<Row>(step.sql, ...step.params).toArray()[0];
      case "all":
        return sql.exec<Row>(step.sql, ...step.params).toArray();
      case "run":
        sql.exec<Record<string, Value>>(step.sql, ...step.params).toArray();
        return undefined;
    }
  }
}
