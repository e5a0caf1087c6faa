import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backup } from "../../backup/backup.ts";
import { gzipKey, manifestKey } from "../../backup/backup-files.ts";
import type { RestoreReport } from "../../backup/restore.ts";
import { BackupApi, type RestoreTarget } from "../backup-api.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { saveBackup } from "../download/save-backup.ts";
import { CliError, InterruptedError } from "../failure.ts";
import { storeInLocalBucket } from "../local/local-bucket.ts";
import { LocalServer } from "../local/local-server.ts";
import { processesUsing } from "../local/state-users.ts";
import { findProject, type WranglerProject } from "../local/wrangler-project.ts";
import { RestClient } from "../rest-client.ts";
import { describeBackup, describeReport } from "./restore.ts";

export interface LocalRestoreOptions {
  /** Another database of the local state than the one that the project configures. */
  target: RestoreTarget;
  config: string | undefined;
  persistTo: string | undefined;
  /** Ask nothing. */
  yes: boolean;
}

/** `backup restore <db> <backup-id|latest> --local`: the project's own Worker restores the backup into its local state. */
export async function restoreLocally(
  context: Context,
  database: string,
  id: string,
  { target, config, persistTo, yes }: LocalRestoreOptions,
): Promise<void> {
  const { api, output } = context;
  const project = findProject(process.cwd(), config, persistTo);
  await refuseIfInUse(project);
  const backup = await api.find(database, id);
  if (target.create === undefined && !yes) {
    const name = target.into ?? "the database that the project configures";
    await confirm(
      context,
      `In ${project.stateDir}, ${name} becomes what is in the backup\n${describeBackup(backup)}\n` +
        "What it is now becomes a backup there first, so that this can be undone.",
      "Replace it?",
    );
  }
  const scratchDir = await mkdtemp(join(tmpdir(), "d1-procedures-"));
  try {
    const report = await restoreIn(project, backup, target, context, scratchDir);
    output.result(
      { ...report, state: project.stateDir },
      `${describeReport(report)}\nIt is in ${project.stateDir}.`,
    );
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function restoreIn(
  project: WranglerProject,
  backup: Backup,
  target: RestoreTarget,
  { api, output, signal }: Context,
  scratchDir: string,
): Promise<RestoreReport> {
  const { database_uuid, id } = backup;
  const gzip = join(scratchDir, "backup.sql.gz");
  const manifest = join(scratchDir, "backup.json");
  await saveBackup(api, backup, output, { file: gzip, format: "gzip", force: false, signal });
  await writeFile(manifest, JSON.stringify(backup, undefined, 2));
  const tokenFile = join(scratchDir, "token.env");
  const token = randomBytes(24).toString("base64url");
  await writeFile(tokenFile, `API_TOKEN=${token}\n`, { mode: 0o600 });

  const progress = output.progress(`Restoring ${id} locally`);
  try {
    // The manifest last: it makes a backup of the file.
    const { accountId, databaseId } = await storeInLocalBucket(
      project,
      [
        { key: gzipKey(database_uuid, id), contentType: "application/gzip", path: gzip },
        { key: manifestKey(database_uuid, id), contentType: "application/json", path: manifest },
      ],
      scratchDir,
      signal,
    );
    const into = target.create === undefined ? { into: target.into ?? databaseId ?? database_uuid } : target;
    const server = await LocalServer.start(project, { tokenFile, scratchDir, signal });
    try {
      const settings = { baseUrl: `${server.url}/client/v4`, accountId, token };
      return await new BackupApi(new RestClient(settings, signal)).restore(backup, into);
    } catch (error) {
      // It does not go on without the server, which ends now.
      if (!(error instanceof InterruptedError)) throw error;
      throw new InterruptedError("Interrupted. Restore again, to be sure of what the local database is.");
    } finally {
      await server.stop();
    }
  } finally {
    progress.end();
  }
}

/**
 * SQLite's files let two runtimes in: writes of both fail now and then with SQLITE_BUSY, and an object that is in the memory of the other one
 * does not know of the restore.
 */
async function refuseIfInUse({ stateDir }: WranglerProject): Promise<void> {
  const [pid] = await processesUsing(stateDir);
  if (pid === undefined) return;
  throw new CliError(
    `A server works on ${stateDir} (process ${pid}). End it, \`wrangler dev\` or \`npm start\`, and try again: it would not know of the ` +
      "restore, and both would meet a locked database.",
  );
}
