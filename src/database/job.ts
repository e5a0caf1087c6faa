import type { RedoLog } from "./redo-log.ts";

/**
 * Why a job gives control back to the turn that runs it.
 *
 * - `finished`: its outcome is known, nothing of it will run any more.
 * - `commit`: make what it did so far durable; it goes on afterwards.
 * - `undo`: its log was cut back; the database must be rebuilt to match.
 * - `isolate`: its next statement makes its log pinned; it must be alone in its turn before.
 * - `yield`: it has run many statements in one go; let the event loop turn.
 */
export type Pause = "finished" | "commit" | "undo" | "isolate" | "yield";

/** How a job ended. A failed one has left nothing in the database. */
export type Outcome = { ok: true; value: unknown } | { ok: false; error: unknown };

/** What a job may know about the turn that runs it. */
export interface TurnView {
  /** Other jobs have finished in this turn and share its commit. */
  readonly hasNeighbours: boolean;
}

/** A block that needs the write mutex: an interactive transaction, a write, a batch. */
export interface Job {
  readonly log: RedoLog;
  /** Known once the job has finished. */
  readonly outcome: Outcome | undefined;
  /** Whether it has anything to do that needs an open physical transaction. */
  readonly wantsTurn: boolean;
  /** When it must have ended, in milliseconds since the epoch; counted from its start. */
  readonly deadline: number;
  /** It runs without foreign keys, and therefore in a turn of its own. */
  readonly suspendsForeignKeys: boolean;
  /** It is no transaction: see {@link ExclusiveJob}. */
  readonly exclusive?: boolean;
  /** Milliseconds that it may talk SQL in one turn before others get a chance. The turn doubles it each time. */
  sliceMs: number;

  /**
   * Starts or continues the job inside an open physical transaction that holds exactly what its log says.
   * Afterwards `pause` tells what it ran into, now or later.
   */
  resume(turn: TurnView): void;
  /** The pause of a resumed job, or undefined while it runs or waits. */
  readonly pause: Pause | undefined;
  /** Resolves at the pause of a job that has none yet. */
  nextPause(): Promise<Pause>;
  /** The physical transaction is gone; the database is in its last committed state. */
  detach(): void;
  /** What the job did since its last commit is durable. */
  committed(): void;
  /** The commit was refused by a check; the job may repair what is wrong and go on. */
  commitRefused(error: Error): void;
  /** Ends the job with a failure. Its log no longer counts. */
  fail(error: Error): void;
  /** Tells the job's caller the outcome. Never before the commit of the turn that it finished in. */
  settle(): void;
}
