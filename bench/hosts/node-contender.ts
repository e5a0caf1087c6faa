import type { Row } from "../workloads/steps.ts";
import type { Args } from "../workloads/workload.ts";

/** A database in a Node process. */
export interface NodeContender {
  query: (database: string, sql: string) => Promise<Row[]>;
  /** After a workload's tables have been filled. */
  prepared: (database: string, workload: string) => Promise<void>;
  execute: (database: string, workload: string, operation: string, args: Args) => Promise<unknown>;
  /** How often a transaction was begun anew, because others wanted the same rows. */
  readonly retries: number;
  stop: () => Promise<void>;
}
