import { z } from "@hono/zod-openapi";
import { isBackupId, takenAtMsOf } from "../../backup/backup-files.ts";
import { type BackupEntry, BackupStore } from "../../backup/backup-store.ts";
import type { RestoreReport } from "../../backup/restore.ts";
import { restorePatienceMs, timeTravelMs } from "../../limits.ts";
import { DatabaseDirectory, type KnownDatabase } from "../databases/database-directory.ts";
import { requireBackups } from "../databases/required-bindings.ts";
import { databaseErrorCode } from "../error-report.ts";
import type { HttpEnv } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { restResponses, restSuccess } from "./rest-envelope.ts";
import { RestError, toRestError } from "./rest-error.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";
import { checkRestoreBindings, startRestore } from "./start-restore.ts";
import { workflowStatus } from "./workflow-status.ts";

const tags = ["Time Travel"];

const timestampSchema = z.iso
  .datetime({ offset: true, error: "it must be a date and time as in 2026-11-21T08:46:42.228Z" })
  .openapi({ example: "2026-11-21T08:46:42.228Z" });

const getBookmark = httpRoute("read-only", {
  method: "get",
  path: `${databasePath}/time_travel/bookmark`,
  operationId: "getTimeTravelBookmark",
  summary: "The bookmark of a point in time, by default now",
  description:
    "Where the platform keeps no history, as a local one, or none that long: the id of the newest backup that is not younger.",
  tags,
  request: { params: databaseParams, query: z.object({ timestamp: timestampSchema.optional() }) },
  responses: restResponses("It.", z.object({ bookmark: z.string() })),
});

const restore = httpRoute("full", {
  method: "post",
  path: `${databasePath}/time_travel/restore`,
  operationId: "restoreTimeTravelBookmark",
  summary: "Take the database back to a bookmark, or to a point in time",
  description:
    "A bookmark may be the id of a backup: that is restored, and the answer comes when it is done.",
  tags,
  request: {
    params: databaseParams,
    query: z
      .object({ bookmark: z.string().min(1).max(200).optional(), timestamp: timestampSchema.optional() })
      .refine(({ bookmark, timestamp }) => (bookmark === undefined) !== (timestamp === undefined), {
        path: ["bookmark"],
        error: "give either bookmark, or timestamp",
      }),
  },
  responses: restResponses(
    "It is done. `previous_bookmark` undoes it.",
    z.object({ bookmark: z.string(), previous_bookmark: z.string(), message: z.string() }),
  ),
});

/** Adds the routes of `wrangler d1 time-travel`. */
export function addTimeTravelRoutes(app: HttpApp): void {
  app.openapi(getBookmark, async (c) => {
    const database = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    const bookmark = await bookmarkAt(c.env, database, c.req.valid("query").timestamp);
    return c.json(restSuccess({ bookmark }), 200);
  });

  app.openapi(restore, async (c) => {
    const directory = new DatabaseDirectory(c.env);
    const database = await directory.find(c.req.valid("param").database);
    const { bookmark, timestamp } = c.req.valid("query");
    const target = bookmark ?? (await bookmarkAt(c.env, database, timestamp));
    const previous = isBackupId(target)
      ? await restoreBackup(c.env, database, target)
      : await restoreHistory(directory, database, target);
    const undo = previous === "" ? "It was empty before." : `To undo it, restore to ${previous}.`;
    const message = `The database ${database.name} was restored. ${undo}`;
    return c.json(restSuccess({ bookmark: target, previous_bookmark: previous, message }), 200);
  });
}

/** The history that the platform keeps, and where it keeps none, or none that long, the backups: then it is the id of one. */
async function bookmarkAt(
  env: HttpEnv,
  { uuid, admin }: KnownDatabase,
  timestamp: string | undefined,
): Promise<string> {
  const atMs = timestamp === undefined ? undefined : Date.parse(timestamp);
  try {
    return await admin.timeTravelBookmark(atMs);
  } catch (error) {
    const isTooLongAgo = atMs !== undefined && atMs < Date.now() - timeTravelMs;
    if (!isTooLongAgo && databaseErrorCode(error) !== "NO_TIME_TRAVEL") throw error;
    const isWanted = ({ id, reason }: BackupEntry) =>
      // The safety backup of a restore is younger than what the restore went back to: it is what somebody wanted to get rid of.
      reason !== "before-restore" && takenAtMsOf(id) <= (atMs ?? Number.POSITIVE_INFINITY);
    const backup = env.BACKUPS && (await new BackupStore(env.BACKUPS).newest(uuid, isWanted));
    if (backup !== undefined) return backup.id;
    const time = timestamp === undefined ? "" : ` from ${timestamp} or before`;
    const { status, code, message } = toRestError(error);
    throw new RestError(status, code, `${message} There is no backup of this database${time}.`);
  }
}

async function restoreHistory(
  directory: DatabaseDirectory,
  database: KnownDatabase,
  bookmark: string,
): Promise<string> {
  const restored = directory.restoring(database, () => database.admin.timeTravelRestore(bookmark));
  return (await restored).previousBookmark;
}

/** @returns The backup that undoes it. Empty if there is none, because there was nothing. */
async function restoreBackup(env: HttpEnv, database: KnownDatabase, id: string): Promise<string> {
  checkRestoreBindings(env);
  const backup = await new BackupStore(requireBackups(env)).get(database.uuid, id);
  const instance = await startRestore(env, backup, database);
  const status = await workflowStatus<RestoreReport>(instance, restorePatienceMs);
  switch (status.status) {
    case "complete":
      return status.output.safety_backup_id ?? "";
    case "error":
      throw new RestError(500, 7500, status.error);
    case "active":
      throw new RestError(
        504,
        7500,
        `The restore goes on. Ask for its end with POST .../d1/database/${database.uuid}/backup/${id}/restore?instance_id=${status.instance_id}`,
      );
  }
}
