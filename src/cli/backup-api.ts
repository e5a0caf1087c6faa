import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Backup, backupSchema } from "../backup/backup.ts";
import { isBackupId } from "../backup/backup-files.ts";
import { type RestoreReport, restoreReportSchema } from "../backup/restore.ts";
import { maxBackupsPerPage } from "../limits.ts";
import { CliError, InterruptedError, UsageError } from "./failure.ts";
import { isOnTheWay, type RestClient } from "./rest-client.ts";
import { printable } from "./text.ts";

/** A page of backups, the newest first. */
export interface BackupPage {
  backups: Backup[];
  page: number;
  per_page: number;
  total_count: number;
  total_pages: number;
}

/** Where a backup is restored: its own database unless this says otherwise. Names or uuids. */
export interface RestoreTarget {
  /** Another database. */
  into?: string;
  /** A new one. */
  create?: string;
}

/** Milliseconds between two polls, should they be answered at once. */
const pollPauseMs = 500;
/** How often in a row a poll may fail on the way: what was started goes on meanwhile. */
const maxFailedPolls = 8;

const pageInfoSchema = z.object({ total_count: z.int(), total_pages: z.int() });

const databaseSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  file_size: z.number().optional(),
  num_tables: z.number().optional(),
});

/** What the API tells of a database. */
export type Database = z.infer<typeof databaseSchema>;

/** How far a Workflow instance is. What it has made is in a property of its own. */
const instanceSchema = z.looseObject({
  instance_id: z.string(),
  status: z.enum(["active", "complete", "error"]),
  error: z.string().optional(),
});

/** The routes of the REST API that are about backups. A database is told by its name or its uuid. */
export class BackupApi {
  readonly #client: RestClient;

  constructor(client: RestClient) {
    this.#client = client;
  }

  /** @throws CliError if there is none. */
  async database(database: string): Promise<Database> {
    const { result } = await this.#client.send("GET", `/${encodeURIComponent(database)}`);
    return read(databaseSchema, result);
  }

  /** @param page From 1. */
  async list(database: string, page: number, perPage: number): Promise<BackupPage> {
    const { result, result_info } = await this.#client.send(
      "GET",
      `${pathOf(database)}?page=${page}&per_page=${perPage}`,
    );
    return {
      backups: read(z.array(backupSchema), result),
      page,
      per_page: perPage,
      ...read(pageInfoSchema, result_info),
    };
  }

  /**
   * Finds a backup.
   *
   * @param id Or `latest`.
   * @throws CliError if there is none; UsageError for what is no id.
   */
  async find(database: string, id: string): Promise<Backup> {
    if (id === "latest") {
      // More than one: those that are damaged count, but are left out.
      const { backups } = await this.list(database, 1, maxBackupsPerPage);
      if (backups[0] !== undefined) return backups[0];
      const name = printable(database);
      throw new CliError(`${name} has no backup. Make one: npx d1-procedures backup create ${name}`);
    }
    if (!isBackupId(id)) {
      throw new UsageError(
        `${JSON.stringify(id)} is no id of a backup, such as 20261121T140003120Z-5f3a9c01. ` +
          "`backup list` shows those that there are; `latest` is the newest one.",
      );
    }
    const { result } = await this.#client.send("GET", pathOf(database, id));
    const backup = read(backupSchema, result);
    if (backup.id !== id)
      throw new CliError(`The API was asked for the backup ${id} and told of another one.`);
    return backup;
  }

  /** Backs a database up, and waits for the end of it. */
  async create(database: string): Promise<Backup> {
    return read(backupSchema, await this.#run(pathOf(database), "backup"));
  }

  /** Restores a backup, and waits for the end of it. */
  async restore({ database_uuid, id }: Backup, target: RestoreTarget): Promise<RestoreReport> {
    return read(
      restoreReportSchema,
      await this.#run(`${pathOf(database_uuid, id)}/restore`, "restore", target),
    );
  }

  /** The gzip file of a backup, as it comes. */
  download({ database_uuid, id }: Backup): Promise<AsyncIterable<Uint8Array>> {
    return this.#client.open(`${pathOf(database_uuid, id)}/download?format=gzip`);
  }

  /** Starts a Workflow instance, and waits until it has made what is asked for. */
  async #run(path: string, made: "backup" | "restore", body: object = {}): Promise<unknown> {
    let instance = read(instanceSchema, (await this.#client.send("POST", path, body)).result);
    const { instance_id } = instance;
    while (instance.status === "active") {
      instance = await this.#poll(`${path}?instance_id=${encodeURIComponent(instance_id)}`).catch((error) => {
        throw goesOn(error, made, instance_id);
      });
    }
    if (instance.status === "complete") return instance[made];
    throw new CliError(`The ${made} failed: ${printable(instance.error ?? "the API does not say why.")}`);
  }

  async #poll(path: string): Promise<z.infer<typeof instanceSchema>> {
    for (let failures = 0; ; ) {
      const pause = sleep(pollPauseMs);
      try {
        const { result } = await this.#client.send("POST", path, {});
        const instance = read(instanceSchema, result);
        if (instance.status === "active") await pause;
        return instance;
      } catch (error) {
        if (!isOnTheWay(error) || ++failures === maxFailedPolls) throw error;
        await pause;
      }
    }
  }
}

function pathOf(database: string, id?: string): string {
  return `/${encodeURIComponent(database)}/backup${id === undefined ? "" : `/${id}`}`;
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new CliError(
    `The API answers what this version does not understand (${printable([...path, message].join(": "))}). ` +
      "Is the Worker of another version than this command?",
  );
}

function goesOn(error: unknown, made: string, instanceId: string): unknown {
  if (!(error instanceof CliError)) return error;
  const consequence = `The ${made} goes on without this command: instance ${printable(instanceId)}.`;
  const message = `${error.message} ${consequence}`;
  return error instanceof InterruptedError
    ? new InterruptedError(message)
    : new CliError(message, { cause: error, ...error.details });
}
