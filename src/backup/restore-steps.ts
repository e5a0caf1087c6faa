import { NonRetryableError } from "cloudflare:workflows";
import type { DatabaseAdminRpc } from "../admin-protocol.ts";
import { type CatalogRpc, catalogName } from "../catalog-protocol.ts";
import { DatabaseGenerations } from "../database-generations.ts";
import { DatabaseError, messageOf } from "../errors.ts";
import type { Backup } from "./backup.ts";
import { type RestoreEnv, requireBackups } from "./backup-env.ts";
import { gzipKey } from "./backup-files.ts";
import type { Lost } from "./backup-steps.ts";
import { BackupStore } from "./backup-store.ts";
import type { RestoreParams } from "./restore.ts";
import { openVerifiedSql } from "./verified-backup.ts";

/** What a restore starts from. */
export interface RestoreStart {
  backup: Backup;
  /** The object that holds the database now. */
  current: { name: string; bookmark: string; isEmpty: boolean };
}

/** What became of the filling of the new object. */
export type FillOutcome = { ended: "complete"; numQueries: number } | Lost;

/** The work of each step of a restore. Each can be repeated as it is. */
export class RestoreSteps {
  readonly #env: RestoreEnv;
  readonly #instanceId: string;
  readonly #params: Readonly<RestoreParams>;
  readonly #generations: DatabaseGenerations;
  /** The name of the object that is filled. */
  readonly #next: string;

  constructor(env: RestoreEnv, instanceId: string, params: Readonly<RestoreParams>) {
    const { objectName, jurisdiction, locationHint } = params.into;
    this.#env = env;
    this.#instanceId = instanceId;
    this.#params = params;
    const namespace = jurisdiction === undefined ? env.DB : env.DB.jurisdiction!(jurisdiction);
    this.#generations = new DatabaseGenerations(namespace, objectName, locationHint);
    this.#next = `${objectName}@${instanceId}`;
  }

  /** Reads the whole backup, before anything is touched. */
  async verify(): Promise<RestoreStart> {
    const bucket = requireBackups(this.#env);
    const { databaseId, id } = this.#params.backup;
    try {
      const backup = await new BackupStore(bucket).get(databaseId, id);
      await (await openVerifiedSql(bucket, backup)).cancel();
      const name = (await this.#generations.names()).at(-1)!;
      const { bookmark, numTables } = await this.#generations.open(name).info();
      return { backup, current: { name, bookmark, isEmpty: numTables === 0 } };
    } catch (error) {
      const isFinal =
        error instanceof DatabaseError && ["UNKNOWN_BACKUP", "BACKUP_DAMAGED"].includes(error.code);
      throw isFinal ? new NonRetryableError(error.message) : error;
    }
  }

  /** @returns The id that the filling is polled with. */
  async fill({ backup }: RestoreStart): Promise<string> {
    const key = gzipKey(backup.database_uuid, backup.id);
    return (await this.#nextObject.startRestore(key, this.#instanceId)).id;
  }

  /** @throws Error until it has ended, one way or the other. */
  async waitUntilFilled(id: string): Promise<FillOutcome> {
    try {
      const transfer = await this.#nextObject.pollImport(id);
      switch (transfer.status) {
        case "active":
          throw new Error("The backup is still being restored.");
        case "error":
          return { ended: "lost", problem: transfer.error };
        case "complete":
          return { ended: "complete", numQueries: transfer.result.numQueries };
      }
    } catch (error) {
      if (codeOf(error) === "UNKNOWN_TRANSFER") return { ended: "lost", problem: messageOf(error) };
      throw error;
    }
  }

  /** The object that holds the database until the switch. */
  currentObject({ current }: RestoreStart): DatabaseAdminRpc {
    return this.#generations.open(current.name);
  }

  /** @returns What the database was at its end there, and when it became what was restored. */
  async switchOver(start: RestoreStart): Promise<{ bookmark: string; restoredAt: string }> {
    const { databaseId, objectName } = this.#params.into;
    if (objectName === databaseId && (await this.#catalog.find(databaseId)) === null) {
      throw new NonRetryableError("The database was deleted meanwhile.");
    }
    await this.#nextObject.finishRestore(start.backup.tables);
    // Before it, so that it is noted also when nobody hears of its end; and after it, for what was backed up meanwhile.
    await this.#catalog.noteRestore(databaseId);
    const { bookmark } = await this.#endCurrent(start);
    await this.#catalog.noteRestore(databaseId);
    await this.#generations.shortenTheWay();
    return { bookmark, restoredAt: new Date().toISOString() };
  }

  async #endCurrent(start: RestoreStart): Promise<{ bookmark: string }> {
    try {
      return await this.currentObject(start).endWith(this.#next);
    } catch (error) {
      // That one has ended before. Of one that ends now, nobody knows with which successor.
      if (codeOf(error) === "MOVED" && error instanceof Error && "from" in error) {
        throw new NonRetryableError("Another restore of the database was faster. Try again.");
      }
      throw error;
    }
  }

  /**
   * Removes all traces of a restore that has failed.
   *
   * @param start Undefined: nothing was filled.
   * @returns False if it was too late: the database is what was restored.
   */
  async undo(start: RestoreStart | undefined): Promise<boolean> {
    if (start !== undefined) {
      const successors = await this.currentObject(start).successors();
      if (successors.includes(this.#next)) return false;
      await this.#nextObject.erase();
    }
    const { databaseId, created } = this.#params.into;
    if (created && (await this.#catalog.beginDeletion(databaseId)) !== null) {
      await this.#generations.erase();
      await this.#catalog.finishDeletion(databaseId);
    }
    return true;
  }

  get #nextObject(): DatabaseAdminRpc {
    return this.#generations.open(this.#next);
  }

  get #catalog(): CatalogRpc {
    const { CATALOG } = this.#env;
    if (CATALOG !== undefined) return CATALOG.get(CATALOG.idFromName(catalogName)) as CatalogRpc;
    throw new NonRetryableError("A restore needs the binding CATALOG.");
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
