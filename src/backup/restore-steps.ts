import { NonRetryableError } from "cloudflare:workflows";
import type { DatabaseAdminRpc } from "../admin-protocol.ts";
import { type CatalogRpc, catalogName } from "../catalog-protocol.ts";
import { DatabaseGenerations } from "../database-generations.ts";
import { restoreKey } from "../dump-files.ts";
import { type DatabaseErrorCode, messageOf } from "../errors.ts";
import { MultipartUpload } from "../multipart-upload.ts";
import type { Backup } from "./backup.ts";
import { type RestoreEnv, requireBackups, requireDumps } from "./backup-env.ts";
import type { Lost } from "./backup-steps.ts";
import { BackupStore } from "./backup-store.ts";
import type { RestoreParams } from "./restore.ts";
import { verifiedSql } from "./verified-backup.ts";

/** What a restore starts from. */
export interface RestoreStart {
  backup: Backup;
  /** The object that holds the database now. */
  current: { name: string; bookmark: string; isEmpty: boolean };
}

/** What the switch has done. */
export interface Switched {
  /** The state that the old object has ended with. */
  bookmark: string;
  /** When the database became what was restored, ISO 8601. */
  restoredAt: string;
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
    const namespace = jurisdiction === undefined ? env.DB : env.DB.jurisdiction(jurisdiction);
    this.#generations = new DatabaseGenerations(namespace, objectName, locationHint);
    this.#next = `${objectName}@${instanceId}`;
  }

  /** Reads the whole backup before anything is touched, and lays its SQL out for the new object. */
  async verify(): Promise<RestoreStart> {
    const bucket = requireBackups(this.#env);
    const { databaseId, id } = this.#params.backup;
    const names = await this.#generations.names();
    if (names.includes(this.#next)) {
      throw new NonRetryableError("This instance has restored the database already. Start a new one.");
    }
    try {
      const backup = await new BackupStore(bucket).get(databaseId, id);
      await this.#catalog.sweepLater();
      await this.#layOut(verifiedSql(bucket, backup));
      const name = names.at(-1)!;
      const { bookmark, numTables } = await this.#generations.open(name).info();
      return { backup, current: { name, bookmark, isEmpty: numTables === 0 } };
    } catch (error) {
      throw finalIf(error, "UNKNOWN_BACKUP", "BACKUP_DAMAGED");
    }
  }

  async #layOut(sql: AsyncIterable<Uint8Array>): Promise<void> {
    const upload = new MultipartUpload(requireDumps(this.#env), this.#sqlKey);
    try {
      for await (const chunk of sql) await upload.add(chunk);
      await upload.finish();
    } catch (error) {
      upload.abort();
      throw error;
    }
  }

  /** @returns The id that the filling is polled with. */
  async fill(): Promise<string> {
    return (await this.#nextObject.startRestore(this.#sqlKey, this.#instanceId)).id;
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

  /** Counts the rows of what was filled. */
  async compare({ backup }: RestoreStart): Promise<void> {
    try {
      await this.#nextObject.compareRestore(backup.tables ?? []);
    } catch (error) {
      throw finalIf(error, "BACKUP_DAMAGED");
    }
  }

  /** The object that holds the database until the switch. */
  currentObject({ current }: RestoreStart): DatabaseAdminRpc {
    return this.#generations.open(current.name);
  }

  /** @param importId Of the filling that is whole. */
  async switchOver(start: RestoreStart, importId: string): Promise<Switched> {
    await this.#checkNotDeleted();
    await this.#nextObject.finishRestore(this.#instanceId, importId, start.current.bookmark);
    // Before it, so that it is noted also when nobody hears of its end.
    await this.#catalog.noteRestore(this.#params.into.databaseId);
    const { bookmark } = await this.#endCurrent(start);
    return { bookmark, restoredAt: new Date().toISOString() };
  }

  async #checkNotDeleted(): Promise<void> {
    const { databaseId, isConfigured } = this.#params.into;
    if (isConfigured || (await this.#catalog.find(databaseId)) !== null) return;
    throw new NonRetryableError("The database was deleted meanwhile.");
  }

  /** What is left to do when the database is what was restored. */
  async tidyUp(): Promise<void> {
    // A deletion that came at the same moment has not seen the new object.
    await this.#checkNotDeleted().catch(async (error) => {
      await this.#generations.erase();
      throw error;
    });
    // Once more, for what was backed up meanwhile.
    await this.#catalog.noteRestore(this.#params.into.databaseId);
    await this.#generations.shortenTheWay();
    await requireDumps(this.#env).delete(this.#sqlKey);
    await this.#catalog.sweepLater();
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
   * @returns What a switch has done that nobody has heard of: then it is too late.
   */
  async undo(start: RestoreStart | undefined): Promise<Switched | null> {
    if (start !== undefined) {
      const current = this.currentObject(start);
      // A switch that is still on its way finds this, and fails.
      if (!(await current.refuseSuccessor(this.#next))) {
        const { bookmark } = await current.endWith(this.#next);
        return { bookmark, restoredAt: new Date().toISOString() };
      }
      await this.#nextObject.abandonRestore(this.#instanceId);
    }
    await requireDumps(this.#env).delete(this.#sqlKey);
    await this.#catalog.sweepLater();
    if (this.#params.into.created) await this.#deleteCreated();
    return null;
  }

  /** Unless somebody else has begun to use it. */
  async #deleteCreated(): Promise<void> {
    const { databaseId } = this.#params.into;
    const [first, ...later] = await this.#generations.names();
    if (later.length > 0 || (await this.#generations.open(first!).info()).numTables > 0) return;
    if ((await this.#catalog.beginDeletion(databaseId)) === null) return;
    await this.#generations.erase();
    await this.#catalog.finishDeletion(databaseId);
  }

  /** Where the SQL of the backup lies for the new object. */
  get #sqlKey(): string {
    return restoreKey(this.#params.into.databaseId, this.#instanceId);
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

/** What no repetition changes ends the instance. */
function finalIf(error: unknown, ...codes: DatabaseErrorCode[]): unknown {
  return codes.some((code) => code === codeOf(error)) ? new NonRetryableError(messageOf(error)) : error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
