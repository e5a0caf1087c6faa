/** The Worker that is killed: that of src/worker.ts, with a bank for procedures, and with places where it can be stopped. */

import type { BackupEnv, RestoreEnv } from "../../src/backup/backup-env.ts";
import * as backup from "../../src/backup/backup-workflow.ts";
import * as restore from "../../src/backup/restore-workflow.ts";
import { connect } from "../../src/client/connect.ts";
import { defineDatabase } from "../../src/database/define-database.ts";
import { createHttpApp, type HttpEnv } from "../../src/http/http-app.ts";
import { Bank } from "./worker/bank.ts";
import { type InstancesEnv, instances, noted, resumeInstances } from "./worker/instances.ts";
import { type Place, reach, report, want } from "./worker/phases.ts";
import { transferAll } from "./worker/transfer-all.ts";
import { watchedBackups, watchedDumps } from "./worker/watched-buckets.ts";

export { Catalog } from "../../src/catalog/catalog.ts";

interface CrashEnv extends InstancesEnv {
  DB: DurableObjectNamespace<Database>;
  DUMPS: R2Bucket;
  BACKUPS: R2Bucket;
}

export class Database extends defineDatabase(Bank) {
  constructor(ctx: DurableObjectState, env: CrashEnv) {
    super(ctx, { ...env, DUMPS: watchedDumps(env.DUMPS) });
  }

  override async endWith(successor: string) {
    await reach("restore: before the switch", successor);
    const ended = await super.endWith(successor);
    await reach("restore: after the switch", successor);
    return ended;
  }
}

export class BackupWorkflow extends backup.BackupWorkflow {
  constructor(ctx: ExecutionContext, env: CrashEnv & BackupEnv) {
    super(ctx, { ...env, BACKUPS: watchedBackups(env.BACKUPS) });
  }
}

export class RestoreWorkflow extends restore.RestoreWorkflow {
  constructor(ctx: ExecutionContext, env: CrashEnv & RestoreEnv) {
    super(ctx, { ...env, BACKUPS: watchedBackups(env.BACKUPS), DUMPS: watchedDumps(env.DUMPS) });
  }
}

const app = createHttpApp();

export default {
  async fetch(request: Request, env: CrashEnv & HttpEnv, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /phases":
        return Response.json(report());
      case "POST /phases":
        want((await request.json()) as Place[]);
        return Response.json(null);
      case "POST /resume":
        await resumeInstances(env);
        return Response.json(null);
      case "POST /instances":
        return Response.json(await instances(env, (await request.json()) as string[]));
      case "POST /transfers":
        return transferAll(connect(env.DB, { name: new URL(request.url).search.slice(1) }), request, ctx);
    }
    const workflows = {
      BACKUP_WORKFLOW: noted("backup", env),
      RESTORE_WORKFLOW: noted("restore", env),
    };
    return app.fetch(request, { ...env, ...workflows } as HttpEnv, ctx);
  },
};
