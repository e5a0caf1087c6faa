import { NonRetryableError } from "cloudflare:workflows";
import type { Backup, BackupParams } from "./backup.ts";
import { newBackupId } from "./backup-files.ts";
import { BackupStore } from "./backup-store.ts";
import { ApiError, type D1Api, type ExportedFile } from "./d1-api.ts";
import { expiredBackups, type Retention } from "./retention.ts";
import { storeBackup } from "./store-backup.ts";

/** An export that was started. */
export interface StartedExport {
  uuid: string;
  name: string;
  atBookmark: string;
  /** When its start was answered, ISO 8601: the state in it is not younger. */
  startedAt: string;
}

/** What became of an export that others wait for. */
export type ExportOutcome = { ended: "complete" } | Lost;

/** It has failed, or nobody knows it any more: the next attempt is a new export. */
interface Lost {
  ended: "lost";
  problem: string;
}

/** The work of each step of a backup. Each can be repeated as it is. */
export class BackupSteps {
  readonly #api: D1Api;
  readonly #bucket: R2Bucket;
  readonly #instanceId: string;
  readonly #params: Readonly<BackupParams>;

  constructor(api: D1Api, bucket: R2Bucket, instanceId: string, params: Readonly<BackupParams>) {
    this.#api = api;
    this.#bucket = bucket;
    this.#instanceId = instanceId;
    this.#params = params;
  }

  async startExport(): Promise<StartedExport> {
    const { accountId, databaseId } = this.#params;
    return this.#orFinally(async () => {
      const { uuid, name } = await this.#api.database(accountId, databaseId);
      const atBookmark = await this.#api.startExport(accountId, uuid);
      return { uuid, name, atBookmark, startedAt: new Date().toISOString() };
    });
  }

  /** @throws Error until the export has ended, one way or the other. */
  async waitForExport(started: StartedExport): Promise<ExportOutcome> {
    const file = await this.#poll(started);
    return "ended" in file ? file : { ended: "complete" };
  }

  /** Asks for the URL of the file anew, each time: one that was told before may have expired. */
  async store(started: StartedExport): Promise<Backup | Lost> {
    const file = await this.#poll(started);
    if ("ended" in file) return file;
    const takenAt = file.taken_at ?? started.startedAt;
    const id = await newBackupId(Date.parse(takenAt), this.#instanceId);
    const earlier = await new BackupStore(this.#bucket).find(started.uuid, id);
    if (earlier !== undefined) return earlier;
    const download = await this.#api.download(file.signed_url);
    if (download === undefined) return lost("Its file is no longer there");
    return storeBackup(
      this.#bucket,
      {
        id,
        database_uuid: started.uuid,
        database_name: started.name,
        reason: this.#params.reason ?? "request",
        taken_at: takenAt,
        bookmark: file.bookmark ?? started.atBookmark,
        tables: file.tables ?? null,
      },
      download.body ?? new Blob([]).stream(),
      lengthOf(download),
    );
  }

  /** Deletes what the policy keeps no longer, and what never became a backup. */
  async prune(uuid: string, retention: Retention): Promise<{ deleted: string[]; swept: number }> {
    const store = new BackupStore(this.#bucket);
    const deleted = expiredBackups(await store.ids(uuid), retention);
    await store.delete(uuid, deleted);
    return { deleted, swept: await store.sweep(uuid, Date.now()) };
  }

  async #poll({ uuid, atBookmark }: StartedExport): Promise<ExportedFile | Lost> {
    const poll = () => this.#api.pollExport(this.#params.accountId, uuid, atBookmark);
    const answer = await this.#orFinally(async () => {
      try {
        return await poll();
      } catch (error) {
        // The object has restarted, or D1 has given the export up.
        if (error instanceof ApiError && error.status === 400) return lost(error.message);
        throw error;
      }
    });
    if ("ended" in answer) return answer;
    switch (answer.state) {
      case "complete":
        return answer.file;
      case "failed":
        return lost(answer.problem);
      case "active":
        throw new Error("The export is still being made.");
    }
  }

  /** What no repetition changes ends the instance: a wrong token, a database that is not there. */
  async #orFinally<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof ApiError && error.isFinal ? new NonRetryableError(error.message) : error;
    }
  }
}

function lost(problem: string): Lost {
  return { ended: "lost", problem };
}

/** Of what arrives; that of an encoded body is of something else. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? undefined : Number(length);
}
