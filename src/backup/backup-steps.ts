import { NonRetryableError } from "cloudflare:workflows";
import type { Backup, BackupReason } from "./backup.ts";
import { newBackupId } from "./backup-files.ts";
import { BackupStore } from "./backup-store.ts";
import { ApiError } from "./d1-api.ts";
import type { ExportedFile, ExportSource } from "./export-source.ts";
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
export interface Lost {
  ended: "lost";
  problem: string;
}

/** The work of each step of a backup. Each can be repeated as it is. */
export class BackupSteps {
  readonly #source: ExportSource;
  readonly #bucket: R2Bucket;
  readonly #instanceId: string;
  readonly #reason: BackupReason;

  constructor(source: ExportSource, bucket: R2Bucket, instanceId: string, reason: BackupReason) {
    this.#source = source;
    this.#bucket = bucket;
    this.#instanceId = instanceId;
    this.#reason = reason;
  }

  async startExport(): Promise<StartedExport> {
    return this.#orFinally(async () => {
      const { uuid, name } = await this.#source.database();
      const atBookmark = await this.#source.startExport();
      return { uuid, name, atBookmark, startedAt: new Date().toISOString() };
    });
  }

  /** @throws Error until the export has ended, one way or the other. */
  async waitForExport(started: StartedExport): Promise<ExportOutcome> {
    const file = await this.#poll(started);
    return "ended" in file ? file : { ended: "complete" };
  }

  /** Asks for the file anew, each time: a URL that was told before may have expired. */
  async store(started: StartedExport): Promise<Backup | Lost> {
    const file = await this.#poll(started);
    if ("ended" in file) return file;
    const takenAt = file.takenAt ?? started.startedAt;
    const id = await newBackupId(Date.parse(takenAt), this.#instanceId);
    const earlier = await new BackupStore(this.#bucket).find(started.uuid, id);
    if (earlier !== undefined) return earlier;
    const opened = await file.open();
    if (opened === undefined) return lost("Its file is no longer there");
    return storeBackup(
      this.#bucket,
      {
        id,
        database_uuid: started.uuid,
        database_name: started.name,
        reason: this.#reason,
        taken_at: takenAt,
        bookmark: file.bookmark ?? started.atBookmark,
        tables: file.tables ?? null,
      },
      opened.body,
      opened.length,
    );
  }

  async #poll({ atBookmark }: StartedExport): Promise<ExportedFile | Lost> {
    const answer = await this.#orFinally(() => this.#source.pollExport(atBookmark));
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
