import { z } from "@hono/zod-openapi";
import { type Backup, backupSchema } from "../../backup/backup.ts";
import { onlyIfDamaged } from "../../backup/backup-store.ts";
import type { BackupResult } from "../../backup/backup-workflow.ts";
import { isElsewhere } from "../../backup/d1-api.ts";
import { requestedInstanceId } from "../../backup/start-backup.ts";
import { openGzip } from "../../backup/verified-backup.ts";
import { maxBackupsPerPage, transferPollMs } from "../../limits.ts";
import { DatabaseDirectory } from "../databases/database-directory.ts";
import { requireBackups, requireBackupWorkflow } from "../databases/required-bindings.ts";
import { accountIdOf } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { downloadOf } from "./backup-download.ts";
import { backupsOf, instanceOf } from "./backups-of.ts";
import { restFailureResponses, restListResponses, restResponses, restSuccess } from "./rest-envelope.ts";
import { RestError } from "./rest-error.ts";
import { backupParams, backupPath, backupsPath, databaseParams } from "./rest-paths.ts";
import { type WorkflowStatus, workflowStatus } from "./workflow-status.ts";

const tags = ["Backups"];

// A new object: the one of the Workflow does not know OpenAPI.
const namedBackupSchema = z.object(backupSchema.shape).openapi("Backup");

const listBackups = httpRoute("read-only", {
  method: "get",
  path: backupsPath,
  operationId: "listBackups",
  summary: "List the backups of the database, the newest first",
  description: "Those of a database that was deleted are listed by its uuid.",
  tags,
  request: {
    params: databaseParams,
    query: z.object({
      page: z.coerce.number().int().min(1).default(1).openapi({ type: "integer", minimum: 1, default: 1 }),
      per_page: z.coerce.number().int().min(1).max(maxBackupsPerPage).default(maxBackupsPerPage).openapi({
        type: "integer",
        minimum: 1,
        maximum: maxBackupsPerPage,
        default: maxBackupsPerPage,
      }),
    }),
  },
  responses: restListResponses("The backups of the page.", namedBackupSchema),
});

const createBackup = httpRoute("full", {
  method: "post",
  path: backupsPath,
  operationId: "createBackup",
  summary: "Back the database up now",
  description:
    "Starts a Workflow instance, or with instance_id tells how far it is: it answers when the instance has ended or after some " +
    "seconds. The backup has one committed state; reads go on meanwhile.",
  tags,
  request: {
    params: databaseParams,
    query: z.object({
      instance_id: z.string().min(1).max(100).optional().openapi({
        description: "Of the instance to ask for. Without it a new one starts.",
      }),
    }),
  },
  responses: restResponses(
    "How far the backup is.",
    z
      .object({
        instance_id: z.string().describe("For the next poll."),
        status: z.enum(["active", "complete", "error"]),
        backup: namedBackupSchema.optional().describe("With the status complete."),
        error: z.string().optional().describe("Why it failed, with the status error."),
      })
      .openapi("BackupStatus"),
  ),
});

const getBackup = httpRoute("read-only", {
  method: "get",
  path: backupPath,
  operationId: "getBackup",
  summary: "Look at a backup",
  tags,
  request: { params: backupParams },
  responses: restResponses("The backup.", namedBackupSchema),
});

const downloadBackup = httpRoute("read-only", {
  method: "get",
  path: `${backupPath}/download`,
  operationId: "downloadBackup",
  summary: "Download a backup as SQL, or as the gzip file that is stored",
  description:
    "The SQL comes with `Content-Encoding: gzip` to a client that accepts it. Checksums of both are in the backup.",
  tags,
  request: {
    params: backupParams,
    query: z.object({ format: z.enum(["sql", "gzip"]).default("sql") }),
  },
  responses: {
    200: {
      description: "The file.",
      content: {
        "application/sql": { schema: z.string() },
        "application/gzip": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...restFailureResponses(400, 401, 403, 404, 429, 500, 501),
  },
});

/** Adds the routes of backups. */
export function addBackupRoutes(app: HttpApp): void {
  app.openapi(listBackups, async (c) => {
    const { page, per_page } = c.req.valid("query");
    const { store, uuid, ids } = await backupsOf(c.env, c.req.valid("param").database);
    const here = ids.slice((page - 1) * per_page, page * per_page);
    // One that is damaged, or deleted meanwhile, must not keep the others from being listed.
    const found = await Promise.all(here.map((id) => store.find(uuid, id).catch(onlyIfDamaged)));
    const backups = found.filter((backup) => backup !== undefined);
    const result_info = {
      page,
      per_page,
      count: backups.length,
      total_count: ids.length,
      total_pages: Math.ceil(ids.length / per_page),
    };
    return c.json({ ...restSuccess(backups), result_info }, 200);
  });

  app.openapi(createBackup, async (c) => {
    const { instance_id } = c.req.valid("query");
    const { uuid } = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    const workflow = requireBackupWorkflow(c.env);
    requireBackups(c.env);
    if (isElsewhere(c.env)) throw notFromHere();
    if (instance_id !== undefined) {
      const instance = await instanceOf(workflow, uuid, instance_id);
      return c.json(restSuccess(answerOf(await workflowStatus(instance, transferPollMs))), 200);
    }
    const params = { accountId: accountIdOf(c.env), databaseId: uuid, reason: "request" } as const;
    const instance = await workflow.create({ id: await requestedInstanceId(uuid), params });
    return c.json(restSuccess(answerOf(await workflowStatus(instance, transferPollMs))), 200);
  });

  app.openapi(getBackup, async (c) => {
    const { database, backup } = c.req.valid("param");
    const { store, uuid } = await backupsOf(c.env, database);
    return c.json(restSuccess(await store.get(uuid, backup)), 200);
  });

  app.openapi(downloadBackup, async (c) => {
    const { database, backup: id } = c.req.valid("param");
    const { format } = c.req.valid("query");
    const { store, uuid } = await backupsOf(c.env, database);
    const backup: Backup = await store.get(uuid, id);
    const gzip = await openGzip(requireBackups(c.env), backup);
    return downloadOf(backup, gzip, format, acceptedEncodings(c.req.raw));
  });
}

function answerOf(status: WorkflowStatus<BackupResult>) {
  if (status.status !== "complete") return status;
  const { instance_id, output } = status;
  return { instance_id, status: status.status, backup: output.backup };
}

/** What the client has sent: what arrives here in the header is of the platform in between. */
function acceptedEncodings({ cf, headers }: Request): string | null {
  const sent: unknown = cf?.clientAcceptEncoding;
  return typeof sent === "string" ? sent : headers.get("accept-encoding");
}

function notFromHere(): RestError {
  return new RestError(
    501,
    7500,
    "This Worker backs up the databases of another API, that of BACKUP_API_BASE_URL. Start one there with " +
      '`npx wrangler workflows trigger <name of the Workflow> \'{"accountId": "...", "databaseId": "..."}\'`.',
  );
}
