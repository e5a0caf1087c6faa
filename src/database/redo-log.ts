import { maxRedoBytes } from "../limits.ts";
import type { RedoEntry } from "./redo-entry.ts";

/** A point in a log to which it can be cut back. */
export interface RedoMark {
  readonly length: number;
  readonly seen: number;
  readonly runs: number;
}

/**
 * The writes of one job since its last commit. Replaying them on the last committed state gives the job's
 * state again: that is how a job is rolled back in part, survives a neighbour's rollback, and lets go of
 * the database while it waits for something else.
 */
export class RedoLog {
  #entries: RedoEntry[] = [];
  #bytes = 0;
  /** The callback may have seen what the entries before this index have written. */
  #seen = 0;
  /** Where the first non-deterministic entry stands: the question is asked after every statement. */
  #firstNonDeterministic = Number.POSITIVE_INFINITY;
  /** Entries that were given up to keep memory bounded. They still count, so that marks tell before from after. */
  #released = 0;
  #runs = 0;
  /** The next so many runs are of statements that have run before. */
  #repeats = 0;

  /**
   * Whether it is that of a callback, which may see what its statements have generated, and then wait for something outside: such
   * values are worth a second look.
   */
  readonly isOfCallback: boolean;

  constructor({ isOfCallback = false } = {}) {
    this.isOfCallback = isOfCallback;
  }

  get entries(): readonly RedoEntry[] {
    return this.#entries;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Some entry may leave a foreign key violated until the commit. */
  get defersForeignKeys(): boolean {
    return this.#released > 0 || this.#entries.some((entry) => entry.defersForeignKeys);
  }

  /** No entry can write anything else when it is run again. */
  get isDeterministic(): boolean {
    return this.#firstNonDeterministic === Number.POSITIVE_INFINITY;
  }

  /** A replay is certain to give what the callback has seen. */
  get isReplayable(): boolean {
    return this.#released === 0 && this.#firstNonDeterministic >= this.#seen;
  }

  /** The job must stay in its physical transaction until it ends: not replayable, or too large for it. */
  get isPinned(): boolean {
    return this.#bytes > maxRedoBytes || !this.isReplayable;
  }

  append(entry: RedoEntry): void {
    if (this.#released > 0) {
      this.#released++;
      return;
    }
    if (entry.nonDeterministic) {
      this.#firstNonDeterministic = Math.min(this.#firstNonDeterministic, this.#entries.length);
    }
    this.#entries.push(entry);
    this.#bytes += bytesOf(entry);
  }

  /** Notes that the callback has read rows: from now on it may know every value written so far. */
  markSeen(): void {
    this.#seen = this.#entries.length;
  }

  mark(): RedoMark {
    return { length: this.#length, seen: this.#seen, runs: this.#runs };
  }

  /** Notes that a statement has run. False: it is one that had to be repeated. */
  countRun(): boolean {
    this.#runs++;
    if (this.#repeats === 0) return true;
    this.#repeats--;
    return false;
  }

  /** Drops what came after the mark, because the very same statements run again. */
  repeatFrom(mark: RedoMark): void {
    this.truncate(mark);
    this.#repeats = this.#runs - mark.runs;
  }

  /** Drops what came after the mark. The caller rebuilds the database to match. */
  truncate(mark: RedoMark): void {
    if (mark.length === 0) {
      this.clear();
      return;
    }
    if (this.#released > 0) {
      this.#released = mark.length;
      return;
    }
    for (const entry of this.#entries.splice(mark.length)) this.#bytes -= bytesOf(entry);
    this.#seen = mark.seen;
    if (this.#firstNonDeterministic >= mark.length) this.#firstNonDeterministic = Number.POSITIVE_INFINITY;
  }

  /** Gives up the entries of a log over its limit, once nothing can need them any more. */
  releaseOverflow(): void {
    if (this.#bytes <= maxRedoBytes) return;
    const released = this.#entries.length;
    this.clear();
    this.#released = released;
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#seen = 0;
    this.#firstNonDeterministic = Number.POSITIVE_INFINITY;
    this.#released = 0;
  }

  get #length(): number {
    return this.#released + this.#entries.length;
  }
}

function bytesOf(entry: RedoEntry): number {
  let bytes = 64 + entry.sql.length;
  for (const param of entry.params) {
    bytes +=
      typeof param === "string" ? 2 * param.length : param instanceof ArrayBuffer ? param.byteLength : 8;
  }
  return bytes;
}
