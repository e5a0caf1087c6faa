import { z } from "@hono/zod-openapi";
import type { Backup } from "../../backup/backup.ts";
import { type RestoreReport, restoreReportSchema } from "../../backup/restore.ts";
import { transferPollMs } from "../../limits.ts";
import { DatabaseDirectory, type KnownDatabase } from "../databases/database-directory.ts";
import { requireRestoreWorkflow } from "../databases/required-bindings.ts";
import type { HttpEnv } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { backupsOf, instanceOf } from "./backups-of.ts";
import { databaseNameSchema } from "./database-schemas.ts";
import { restResponses, restSuccess } from "./rest-envelope.ts";
import { RestError } from "./rest-error.ts";
import { backupParams, backupPath } from "./rest-paths.ts";
import { checkRestoreBindings, startRestore } from "./start-restore.ts";
import { type WorkflowStatus, workflowStatus } from "./workflow-status.ts";

const restoreSchema = z
  .strictObject({
    into: z
      .string()
      .min(1)
      .optional()
      .describe("The uuid or the name of another database, which becomes the backup."),
    create: databaseNameSchema.optional().describe("The name of a new database to restore into."),
  })
  .refine(({ into, create }) => into === undefined || create === undefined, {
    path: ["create"],
    error: "give either into, or create, or none of them",
  })
  .openapi("Restore");

const restoreBackup = httpRoute("full", {
  method: "post",
  path: `${backupPath}/restore`,
  operationId: "restoreBackup",
  summary: "Restore a backup, all or nothing",
  description:
    "Into the database itself, another one, or a new one. Starts a Workflow instance, or with instance_id tells how far it is: it answers " +
    "when the instance has ended or after some seconds. The backup is verified first, and what the database is becomes a backup, " +
    "too; until the switch at the end, reads and writes have the database as it was.",
  tags: ["Backups"],
  request: {
    params: backupParams,
    query: z.object({
      instance_id: z.string().min(1).max(100).optional().openapi({
        description: "Of the instance to ask for. Without it a new one starts.",
      }),
    }),
    body: { required: false, content: { "application/json": { schema: restoreSchema } } },
  },
  responses: restResponses(
    "How far the restore is.",
    z
      .object({
        instance_id: z.string().describe("For the next poll."),
        status: z.enum(["active", "complete", "error"]),
        restore: z
          .object(restoreReportSchema.shape)
          .openapi("RestoreReport")
          .optional()
          .describe("With the status complete."),
        error: z.string().optional().describe("Why it failed, with the status error."),
      })
      .openapi("RestoreStatus"),
  ),
});

/** Adds the route that restores backups. */
export function addRestoreRoute(app: HttpApp): void {
  app.openapi(restoreBackup, async (c) => {
    const { database, backup: id } = c.req.valid("param");
    const { instance_id } = c.req.valid("query");
    const { store, uuid } = await backupsOf(c.env, database);
    checkRestoreBindings(c.env);
    if (instance_id !== undefined) {
      const instance = await instanceOf(requireRestoreWorkflow(c.env), uuid, instance_id);
      return c.json(restSuccess(answerOf(await workflowStatus(instance, transferPollMs))), 200);
    }
    const backup = await store.get(uuid, id);
    const instance = await start(c.env, backup, c.req.valid("json"));
    return c.json(restSuccess(answerOf(await workflowStatus(instance, transferPollMs))), 200);
  });
}

async function start(
  env: HttpEnv,
  backup: Backup,
  { into, create }: z.infer<typeof restoreSchema>,
): Promise<WorkflowInstance> {
  const directory = new DatabaseDirectory(env);
  if (create === undefined) {
    const database = into === undefined ? await findSame(directory, backup) : await directory.find(into);
    return startRestore(env, backup, database);
  }
  // Where the data must be, it must be restored.
  const source = await directory.find(backup.database_uuid).catch(onlyIfNotFound);
  const jurisdiction = source?.jurisdiction;
  const created = await directory.create({
    name: create,
    ...(jurisdiction !== undefined && { jurisdiction }),
  });
  try {
    return await startRestore(env, backup, created, { created: true });
  } catch (error) {
    await directory.delete(created.uuid);
    throw error;
  }
}

function onlyIfNotFound(error: unknown): undefined {
  if (error instanceof RestError && error.status === 404) return undefined;
  throw error;
}

async function findSame(directory: DatabaseDirectory, { database_uuid }: Backup): Promise<KnownDatabase> {
  const database = await directory.find(database_uuid).catch(onlyIfNotFound);
  if (database !== undefined) return database;
  throw new RestError(
    404,
    7404,
    `The database ${database_uuid} is not there any more. Say where to restore the backup: {"create": "<name of a new database>"} ` +
      'or {"into": "<name or uuid>"}.',
  );
}

function answerOf(status: WorkflowStatus<RestoreReport>) {
  if (status.status !== "complete") return status;
  const { instance_id, output } = status;
  return { instance_id, status: status.status, restore: output };
}
