import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { DatabaseClient } from "../../src/client/client-types.ts";
import { connect } from "../../src/client/connect.ts";
import { databaseTarget } from "../../src/testing/database-target.ts";
import { IsolatedDatabase } from "../../src/testing/isolation/isolated-database.ts";
import type { FixtureProcedures } from "../fixtures/fixture-procedures.ts";

type Client = DatabaseClient<import("../../src/procedures.ts").ProceduresOf<typeof FixtureProcedures>>;

/** A database of its own, whose levels a test opens itself. */
export class Isolated {
  readonly name = crypto.randomUUID();
  readonly db = connect(env.DB, { name: this.name }) as unknown as Client;
  readonly database = IsolatedDatabase.of(databaseTarget(env.DB, { name: this.name }));

  get stub() {
    return env.DB.getByName(this.name);
  }

  /** Runs work as a test would run. */
  level(work: () => Promise<void>): Promise<void> {
    return this.database.inLevel(work, { concurrent: false });
  }

  async rows(sql: string): Promise<unknown[]> {
    return this.db.prepare(sql).raw();
  }

  /**
   * Everything that can be told of the database: objects, rows with their rowids and types, sequences, statistics. The order of objects
   * counts among those of a type.
   */
  async everything(): Promise<unknown> {
    const objects = (await this.rows(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name LIKE 'sqlite_%' DESC, type, rowid",
    )) as string[][];
    const contents: [table: string, rows: unknown[]][] = [];
    for (const [type, name, , sql] of objects) {
      if (type !== "table" || name!.startsWith("_cf_")) continue;
      contents.push([name!, await this.#contents(name!, sql ?? "")]);
    }
    // SQLite keeps the first once it is there, be it empty; the other is the runtime's.
    const isLasting = (name: unknown) => name === "sqlite_sequence" || name === "_cf_KV";
    return {
      objects: objects.filter(([, name]) => !isLasting(name)),
      contents: contents.filter(([name, rows]) => !isLasting(name) || rows.length > 0),
    };
  }

  async #contents(table: string, sql: string): Promise<unknown[]> {
    const [shape] = (await this.rows(
      `SELECT wr, type FROM pragma_table_list WHERE name = ${text(table)}`,
    )) as [number, string][];
    const columns = (await this.rows(
      `SELECT name FROM pragma_table_xinfo(${text(table)}) WHERE hidden <> 1`,
    )) as string[][];
    const values = columns.map(([name]) => `typeof(${quoted(name!)}) || quote(${quoted(name!)})`);
    // Where a full-text index keeps its data: the same rows may be kept in other ways.
    if (shape![1] === "shadow") return ["kept for an index"];
    const rowid =
      shape![0] === 1 || sql === "" || columns.some(([name]) => name === "rowid") ? [] : ["rowid"];
    const order = rowid.length > 0 ? "rowid" : values.join(", ");
    return this.rows(`SELECT ${[...rowid, ...values].join(", ")} FROM ${quoted(table)} ORDER BY ${order}`);
  }

  /** Runs work in a level, and expects that nothing of it is left. @returns What `during` gives inside. */
  async leavesNothing(work: () => Promise<unknown>): Promise<void> {
    const before = await this.everything();
    let during: unknown;
    await this.level(async () => {
      await work();
      during = await this.everything();
    });
    // A case whose work does nothing would prove nothing.
    expect(during).not.toEqual(before);
    expect(await this.everything()).toEqual(before);
  }
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
