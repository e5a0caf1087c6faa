import { DatabaseCopy } from "./database-copy.ts";
import { type DryRun, dryRun } from "./dry-run.ts";
import { FullTextCopy } from "./full-text-copy.ts";
import type { RawStorage } from "./run-sql.ts";
import { dropAllBut, readObjects, type SchemaObject, withoutTriggers } from "./schema-list.ts";
import { readSelection } from "./stored-rows.ts";
import { SystemTableCopy } from "./system-tables.ts";
import type { TableShape } from "./table-shape.ts";
import { TouchedTable } from "./touched-table.ts";
import type { RowWrites, WritePlan } from "./write-plan.ts";

/** A statement that is about to run. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** What is left to do when the statement has run. */
export interface AfterStatement {
  /** What the dry run has added to total_changes(). */
  readonly countedBeside: number;
  check?: (storage: RawStorage) => void;
}

/** Each for all tables, before the next one begins. */
const stepsInPlace = ["resetExisting", "deleteNew", "insertMissing"] as const;
const stepsWithoutForeignKeys = ["deleteTouched", "insertTouched"] as const;

/**
 * What a database was like when a test or a suite began, as far as it has been touched since. It records states, not statements: to put them
 * back does no harm to a row that was touched by something that was rolled back.
 */
export class Level {
  readonly #tables = new Map<string, TouchedTable>();
  /** What there was before something was created. */
  #objects: SchemaObject[] | undefined;
  /** Nothing more is recorded once there is one. */
  #copy: DatabaseCopy | undefined;
  #fullText: FullTextCopy | undefined;
  #sequence: SystemTableCopy | undefined;
  #statistics: SystemTableCopy | undefined;
  #damage: Error | undefined;

  /** Nothing was written. */
  get isEmpty(): boolean {
    return this.#copy === undefined && this.#objects === undefined && this.#sequence === undefined;
  }

  /** Objects were made, dropped or altered. */
  get touchesSchema(): boolean {
    return this.#copy !== undefined || this.#objects !== undefined;
  }

  /** Whether undoing it must not set off any foreign key: whole tables are emptied. */
  get needsForeignKeysOff(): boolean {
    return this.touchesSchema || [...this.#tables.values()].some(({ isCopied }) => isCopied);
  }

  /** To be called before each statement that writes. */
  record(storage: RawStorage, statement: Statement, plan: WritePlan): AfterStatement {
    const { run } = storage;
    const nothing = { countedBeside: 0 };
    if (this.#copy !== undefined || plan.kind === "reads") return nothing;
    this.#sequence ??= new SystemTableCopy(run, "sqlite_sequence");
    switch (plan.kind) {
      case "creates":
        this.#objects ??= readObjects(run);
        return nothing;
      case "restructures":
        // Nothing is there of the time before.
        if (this.#objects?.length === 0) return nothing;
        this.#copy = new DatabaseCopy(storage);
        return nothing;
      case "statistics":
        this.#statistics ??= new SystemTableCopy(run, "sqlite_stat1");
        return nothing;
      case "rows":
        return this.#recordRows(storage, statement, plan.writes);
    }
  }

  /**
   * Brings back what there was, inside a transaction.
   *
   * @param foreignKeys `deferred`: rows keep their places, so that no foreign key acts. It fails where that cannot be. `off`: it never fails.
   * @returns Whether the schema was touched.
   */
  undo(storage: RawStorage, foreignKeys: "deferred" | "off"): boolean {
    if (this.#damage !== undefined) throw this.#damage;
    const { run } = storage;
    this.#copy?.restore(storage);
    if (this.#objects !== undefined) dropAllBut(run, this.#objects);
    const tables = [...this.#tables.values()];
    const names = tables.map(({ shape }) => shape.name);
    const hadTriggers = withoutTriggers(run, names, () => {
      const steps = foreignKeys === "off" ? stepsWithoutForeignKeys : stepsInPlace;
      for (const step of steps) for (const table of tables) table[step](run);
      this.#fullText?.restore(storage);
    });
    this.#statistics?.restore(run);
    this.#sequence?.restore(run);
    return hadTriggers || this.touchesSchema || this.#statistics !== undefined;
  }

  #recordRows(storage: RawStorage, statement: Statement, writes: RowWrites): AfterStatement {
    const { run } = storage;
    if (writes.virtual) this.#fullText ??= new FullTextCopy(storage);
    const tables = this.#tablesToRecord(writes);
    const [only] = tables;
    if (only === undefined) return { countedBeside: 0 };
    if (writes.singleInsert) return { countedBeside: 0, check: (after) => noteInserted(after, only) };
    if (writes.selector !== undefined) {
      const rows = readSelection(run, only.shape, writes.selector.selection(statement.params));
      only.recordRows(rows);
      return { countedBeside: 0, check: (after) => this.#checkSelected(after, rows.length, statement) };
    }
    const found = this.#dryRun(storage, statement, tables, writes);
    if (found === undefined) {
      for (const table of tables) table.copy(run);
      return { countedBeside: 0 };
    }
    for (const table of tables) table.record(run, found.touched.get(table.shape) ?? []);
    const { countedBeside } = found;
    if (writes.sameRows === "always" || writes.virtual) return { countedBeside };
    const [[total] = [0]] = run<[number]>("SELECT total_changes()");
    return { countedBeside, check: (after) => this.#checkChanges(after, total + found.changes, statement) };
  }

  #dryRun(
    storage: RawStorage,
    statement: Statement,
    tables: readonly TouchedTable[],
    writes: RowWrites,
  ): DryRun | undefined {
    if (writes.sameRows === "unknown") return undefined;
    const shapes = tables.map(({ shape }) => shape);
    if (shapes.some(({ key }) => key.kind === "none")) return undefined;
    if (writes.replaces && haveTriggers(storage, shapes)) return undefined;
    return dryRun(storage, statement, shapes, { recursiveTriggers: writes.replaces });
  }

  /** Not those that are new in this level, which go as a whole, and not those that were copied. */
  #tablesToRecord({ tables }: RowWrites): TouchedTable[] {
    return tables.flatMap((shape) => {
      if (this.#objects !== undefined && !this.#objects.some(({ name }) => name === shape.name)) return [];
      let table = this.#tables.get(shape.name);
      if (table === undefined) {
        table = new TouchedTable(shape);
        this.#tables.set(shape.name, table);
      }
      return table.isCopied ? [] : [table];
    });
  }

  #checkSelected({ run }: RawStorage, selected: number, { sql }: Statement): void {
    const [[changes] = [0]] = run<[number]>("SELECT changes()");
    if (changes > selected) this.#damage ??= lostTrack(sql);
  }

  #checkChanges({ run }: RawStorage, expected: number, { sql }: Statement): void {
    const [[total] = [0]] = run<[number]>("SELECT total_changes()");
    if (total !== expected) this.#damage ??= lostTrack(sql);
  }
}

function lostTrack(sql: string): Error {
  return new Error(
    `The isolation of this database has lost track: a statement has changed other rows than it would have a moment before. If it reads the clock, run the ` +
      `tests again, or bind the time instead: ${sql}`,
  );
}

function noteInserted({ run }: RawStorage, table: TouchedTable): void {
  const [[changes, rowid] = [0, "0"]] = run<[number, string]>(
    "SELECT changes(), CAST(last_insert_rowid() AS TEXT)",
  );
  if (changes > 0) table.recordInserted(rowid);
}

function haveTriggers({ run }: RawStorage, shapes: readonly TableShape[]): boolean {
  const names = JSON.stringify(shapes.map(({ name }) => name));
  const [found] = run(
    "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN (SELECT value FROM json_each(?)) LIMIT 1",
    names,
  );
  return found !== undefined;
}
