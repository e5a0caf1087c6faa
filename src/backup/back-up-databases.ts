import { messageOf } from "../errors.ts";
import { scheduledBackupsAtOnce } from "../limits.ts";
import { type BackupEnv, requireBackups, requireWorkflow } from "./backup-env.ts";
import { BackupStore } from "./backup-store.ts";
import { type ApiDatabase, type D1Api, isElsewhere, openApi } from "./d1-api.ts";
import { report } from "./report.ts";
import { scheduledInstanceId, startOnce } from "./start-backup.ts";

/**
 * The handler of a Cron Trigger: starts a backup of every database that has changed since its last one. A cron that fires twice in
 * an hour does nothing twice.
 *
 * @throws AggregateError when some could not be started; the others were.
 * @example
 * export default { fetch: createHttpApp().fetch, scheduled: backUpDatabases };
 *
 * // its wrangler.toml
 * // [triggers]
 * // crons = ["0 * * * *"]
 */
export async function backUpDatabases(
  controller: Pick<ScheduledController, "scheduledTime">,
  env: BackupEnv,
  ctx: object,
): Promise<void> {
  const schedule = new Schedule(env, ctx, controller.scheduledTime);
  const counts = { started: 0, unchanged: 0, failed: 0 };
  const errors: unknown[] = [];
  await inParallel(schedule.databases(), scheduledBackupsAtOnce, async (database) => {
    try {
      counts[await schedule.backUp(database)]++;
    } catch (error) {
      counts.failed++;
      errors.push(error);
      report(env, {
        event: "backup",
        outcome: "not-started",
        databaseId: database.uuid,
        error: messageOf(error),
      });
    }
  });
  report(env, { event: "backup", outcome: "scheduled", ...counts });
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} backups could not be started.`);
}

class Schedule {
  readonly #env: BackupEnv;
  readonly #api: D1Api;
  readonly #store: BackupStore;
  readonly #accountId: string;
  readonly #timeMs: number;

  constructor(env: BackupEnv, ctx: object, timeMs: number) {
    this.#env = env;
    this.#api = openApi(env, ctx);
    this.#store = new BackupStore(requireBackups(env));
    this.#accountId = env.ACCOUNT_ID ?? "local";
    this.#timeMs = timeMs;
  }

  databases(): AsyncGenerator<ApiDatabase> {
    return this.#api.databases(this.#accountId);
  }

  async backUp({ uuid }: ApiDatabase): Promise<"started" | "unchanged"> {
    if (!(await this.#mayHaveChanged(uuid))) return "unchanged";
    await startOnce(requireWorkflow(this.#env), await scheduledInstanceId(uuid, this.#timeMs), {
      accountId: this.#accountId,
      databaseId: uuid,
      reason: "schedule",
    });
    return "started";
  }

  /** Whatever does not say for sure that nothing has changed: the Workflow tries longer than this does. */
  async #mayHaveChanged(uuid: string): Promise<boolean> {
    // Cloudflare's API does not tell.
    if (isElsewhere(this.#env)) return true;
    const state = await this.#api.stateOf(this.#accountId, uuid).catch(() => undefined);
    if (state === undefined) return true;
    const newest = await this.#store.newest(uuid);
    if (newest === undefined || newest.bookmark !== state.bookmark) return true;
    // A bookmark from before a restore may be that of two states.
    return state.restored_at !== undefined && state.restored_at >= newest.taken_at;
  }
}

/** Works on several at a time, and asks for no more than it works on. */
async function inParallel<T>(
  items: AsyncGenerator<T>,
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
