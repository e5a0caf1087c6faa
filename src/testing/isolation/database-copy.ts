import { FullTextCopy } from "./full-text-copy.ts";
import type { RawStorage } from "./run-sql.ts";
import { dropAllBut, readObjects, type SchemaObject } from "./schema-list.ts";
import { insertRows, readAllRows, type StoredRow } from "./stored-rows.ts";
import { SystemTableCopy } from "./system-tables.ts";
import { readShape, type TableShape } from "./table-shape.ts";

/** All of a database, in memory: what there is to go back to when a table has been dropped or altered. */
export class DatabaseCopy {
  readonly #objects: SchemaObject[];
  readonly #tables: { shape: TableShape; rows: StoredRow[] }[];
  readonly #virtual: Set<string>;
  readonly #fullText: FullTextCopy;
  readonly #sequence: SystemTableCopy;
  readonly #statistics: SystemTableCopy;

  constructor(storage: RawStorage) {
    const { run } = storage;
    this.#objects = readObjects(run);
    this.#fullText = new FullTextCopy(storage);
    this.#virtual = new Set(
      this.#objects.filter(({ sql }) => /^\s*CREATE\s+VIRTUAL\b/i.test(sql)).map(({ name }) => name),
    );
    // A virtual table's own tables are made and filled by it.
    const shadows = new Set(
      run<[string]>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'").map(
        ([name]) => name,
      ),
    );
    this.#objects = this.#objects.filter(({ name, table }) => !shadows.has(name) && !shadows.has(table));
    this.#tables = this.#objects
      .filter(({ type, name }) => type === "table" && !this.#virtual.has(name))
      .map(({ name }) => readShape(run, name)!)
      .map((shape) => ({ shape, rows: readAllRows(run, shape) }));
    this.#sequence = new SystemTableCopy(run, "sqlite_sequence");
    this.#statistics = new SystemTableCopy(run, "sqlite_stat1");
  }

  restore(storage: RawStorage): void {
    const { run } = storage;
    dropAllBut(run, []);
    const isPlain = ({ type, name }: SchemaObject) =>
      type === "index" || (type === "table" && !this.#virtual.has(name));
    const isVirtual = ({ name }: SchemaObject) => this.#virtual.has(name);
    // Triggers come after the rows, for which they would fire.
    for (const { sql } of this.#objects.filter(isPlain)) run(sql);
    for (const { shape, rows } of this.#tables) insertRows(run, shape, rows);
    for (const { sql } of this.#objects.filter(isVirtual)) run(sql);
    this.#fullText.restore(storage);
    for (const object of this.#objects) if (!isPlain(object) && !isVirtual(object)) run(object.sql);
    this.#sequence.restore(run);
    this.#statistics.restore(run);
  }
}
