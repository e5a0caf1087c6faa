import type { DatabaseAdminRpc } from "../admin-protocol.ts";
import { newExportKey } from "../dump-files.ts";
import { messageOf } from "../errors.ts";
import type { ExportSource, ExportState, OpenFile } from "./export-source.ts";

/** The exports of one object of a database, also when a restore has moved the database away from it. */
export class ObjectExports implements ExportSource {
  readonly #object: DatabaseAdminRpc;
  readonly #database: { uuid: string; name: string };
  readonly #dumps: R2Bucket;

  /** @param dumps The bucket in which the object stores its exports. */
  constructor(object: DatabaseAdminRpc, database: { uuid: string; name: string }, dumps: R2Bucket) {
    this.#object = object;
    this.#database = database;
    this.#dumps = dumps;
  }

  async database() {
    return this.#database;
  }

  async startExport(): Promise<string> {
    return (await this.#object.startExport(newExportKey(this.#database.uuid), { evenIfEnded: true })).id;
  }

  async pollExport(id: string): Promise<ExportState> {
    try {
      const transfer = await this.#object.pollExport(id);
      switch (transfer.status) {
        case "active":
          return { state: "active" };
        case "error":
          return { state: "failed", problem: transfer.error };
        case "complete": {
          const { key, bookmark, takenAtMs, tables } = transfer.result;
          const takenAt = new Date(takenAtMs).toISOString();
          return { state: "complete", file: { bookmark, takenAt, tables, open: () => this.#open(key) } };
        }
      }
    } catch (error) {
      const isForgotten = error instanceof Error && Reflect.get(error, "code") === "UNKNOWN_TRANSFER";
      if (isForgotten) return { state: "failed", problem: messageOf(error) };
      throw error;
    }
  }

  async #open(key: string): Promise<OpenFile | undefined> {
    const file = await this.#dumps.get(key);
    return file === null ? undefined : { body: file.body, length: file.size };
  }
}
