import type { SqlValue } from "../protocol.ts";
import type { ConnectionCounters } from "./connection-counters.ts";
import { replayDiverged } from "./transaction-errors.ts";

/** A write that was executed, and what it reported, so that a replay can be checked against it. */
export interface RedoEntry {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Cascades and triggers included; undefined where FTS5 may have added writes of its own. */
  readonly changes: number | undefined;
  /** Without cascades and triggers; undefined for a statement that SQLite does not count. */
  readonly directChanges: number | undefined;
  /** The rowid that it inserted last; undefined where it may have inserted none. */
  readonly lastRowId: number | undefined;
  readonly changesSchema: boolean;
  readonly writesVirtualTable: boolean;
  /** Run again on the same rows it may write other values. */
  readonly nonDeterministic: boolean;
  readonly defersForeignKeys: boolean;
  /** It is the PRAGMA that defers all foreign keys. */
  readonly setsDeferral: boolean;
}

/**
 * Compares what a replay of a statement has done with what it did before.
 *
 * @param changes Rows that it has changed now.
 * @throws DatabaseError REPLAY_DIVERGED
 */
export function checkReplay(entry: RedoEntry, changes: number, counters: ConnectionCounters): void {
  if (entry.changes !== undefined && changes !== entry.changes) {
    throw replayDiverged(entry.sql, `it changed ${changes} rows, before ${entry.changes}`);
  }
  if (entry.directChanges !== undefined && counters.direct !== entry.directChanges) {
    throw replayDiverged(entry.sql, `it changed ${counters.direct} rows, before ${entry.directChanges}`);
  }
  if (entry.lastRowId !== undefined && counters.lastRowId !== entry.lastRowId) {
    throw replayDiverged(entry.sql, `its last row id is ${counters.lastRowId}, before ${entry.lastRowId}`);
  }
}
