import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { DumpOptions, ExportResult, ImportResult, TransferStatus } from "../../src/admin-protocol.ts";
import { dump } from "../../src/database/export/dump.ts";
import type { ResultValue } from "../../src/protocol.ts";
import { dumpOf } from "./dump.ts";

type Ended<Result> = Exclude<TransferStatus<Result>, { status: "active" }>;

/** A database of its own, asked over RPC as the HTTP API asks it: SQL files come and go through R2. */
export class RemoteDatabase {
  readonly name: string;

  constructor(name: string = crypto.randomUUID()) {
    this.name = name;
  }

  /** A new stub for every call: one that has met the end of its object fails from then on. */
  get stub() {
    return env.DB.getByName(this.name);
  }

  /** Imports an SQL file and waits for the end of it. */
  async import(file: string | Uint8Array): Promise<Ended<ImportResult>> {
    return this.ended("Import", await this.stub.startImport(await uploaded(file)));
  }

  /** The result of an import that succeeds. */
  async imported(file: string | Uint8Array): Promise<ImportResult> {
    const status = await this.import(file);
    if (status.status === "error") throw new Error(status.error);
    return status.result;
  }

  /** The error of an import that fails and leaves everything as it was. */
  async refused(file: string | Uint8Array): Promise<string> {
    const before = await this.state();
    const status = await this.import(file);
    if (status.status !== "error") throw new Error(`It was imported: ${JSON.stringify(status)}`);
    const after = await this.state();
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      throw new Error(`It left something: ${JSON.stringify(after)}, not ${JSON.stringify(before)}`);
    }
    return status.error;
  }

  async startExport(options: DumpOptions = {}): Promise<TransferStatus<ExportResult>> {
    return this.stub.startExport(crypto.randomUUID(), options);
  }

  /** The dump that an export writes. */
  async export(options: DumpOptions = {}): Promise<string> {
    return dumpOfExport(await this.ended("Export", await this.startExport(options)));
  }

  /** Polls until the transfer has ended. */
  async ended<Result>(kind: "Import" | "Export", status: TransferStatus<Result>): Promise<Ended<Result>> {
    if (status.status !== "active") return status;
    const poll = kind === "Import" ? this.pollImport(status.id) : this.pollExport(status.id);
    return this.ended(kind, (await poll) as TransferStatus<Result>);
  }

  // Promises of their own: one of a stub that fails is reported as unhandled, whoever awaits it.

  async pollImport(id: string): Promise<TransferStatus<ImportResult>> {
    return this.stub.pollImport(id);
  }

  async pollExport(id: string): Promise<TransferStatus<ExportResult>> {
    return this.stub.pollExport(id);
  }

  /** Runs a script; gives the rows of its last statement. */
  async rows(script: string): Promise<ResultValue[][]> {
    const { results } = await this.stub.script(script);
    return results.queryResults.at(-1)!.data.rows;
  }

  /** Everything in the database, exactly. */
  state(): Promise<Record<string, string[]>> {
    return this.inside((sql) => stateOf(sql));
  }

  /** Runs a function beside the data, past the engine. */
  inside<T>(work: (sql: SqlStorage, state: DurableObjectState) => T | Promise<T>): Promise<T> {
    return runInDurableObject(this.stub, (_object, state) => work(state.storage.sql, state)) as Promise<T>;
  }

  /** Ends the object as a crash would. */
  async crash(): Promise<void> {
    await this.inside((_sql, state) => state.abort("ended by a test")).catch(() => {});
  }
}

/** The key of a new file in the bucket. */
export async function uploaded(file: string | Uint8Array): Promise<string> {
  const key = crypto.randomUUID();
  await env.DUMPS.put(key, file);
  return key;
}

/** The file that an export has left. */
export async function dumpOfExport(status: Ended<ExportResult>): Promise<string> {
  if (status.status === "error") throw new Error(status.error);
  const { key, bytes } = status.result;
  const file = await env.DUMPS.get(key);
  const content = new Uint8Array(await file!.arrayBuffer());
  if (content.length !== bytes) throw new Error(`The file has ${content.length} bytes, not ${bytes}.`);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
}

const internal = /^(_cf_|__miniflare|sqlite_autoindex__cf_)/;

/** What {@link dumpOf} shows, without the tables that the runtime makes for itself. */
export function stateOf(sql: SqlStorage): Record<string, string[]> {
  const { schema, ...tables } = dumpOf(sql);
  return { schema: schema!.filter((entry) => !internal.test(entry)), ...tables };
}

/** The same without what a full-text index derives from its rows: it depends on how they came in. */
export function contentOf(sql: SqlStorage): Record<string, string[]> {
  const shadows = sql.exec("SELECT name FROM pragma_table_list WHERE type = 'shadow'").raw<[string]>();
  const names = new Set([...shadows].map(([name]) => name));
  return Object.fromEntries(Object.entries(stateOf(sql)).filter(([name]) => !names.has(name)));
}

/** The dump of a database, made at once. */
export function textOfDump(sql: SqlStorage, options: DumpOptions = {}): string {
  return [...dump(sql, options)].join("");
}

/**
 * Makes a database, exports it, and imports the dump into another one. Throws unless both are equal, and a dump of the copy is the same
 * dump. Gives the dump, and both databases.
 */
export async function roundTrip(make: string | ((sql: SqlStorage) => void)) {
  const original = new RemoteDatabase();
  const copy = new RemoteDatabase();
  const before = await original.inside((sql) => {
    if (typeof make === "string") sql.exec(make);
    else make(sql);
    return contentOf(sql);
  });
  const text = await original.export();
  await copy.imported(text);
  const [after, again] = await copy.inside((sql) => [contentOf(sql), textOfDump(sql)] as const);
  return { original, copy, before, after, text, again };
}
