import { z } from "zod";
import { DatabaseError, messageOf } from "../errors.ts";
import { takenAtMsOf } from "./backup-files.ts";

const countSchema = z.int().min(0).max(10_000);

const retentionSchema = z.strictObject({
  hourly: countSchema.default(24),
  daily: countSchema.default(30),
  monthly: countSchema.default(12),
});

/**
 * Which backups are kept: the last one of each of the last `hourly` hours that have any, and so for days and months, in UTC. Hours
 * without a backup, because nothing had changed, do not count.
 */
export type Retention = z.infer<typeof retentionSchema>;

/**
 * Reads the retention from the configuration: an object in `vars`, or its JSON.
 *
 * @param configured What is left out has its default: 24 hourly, 30 daily, 12 monthly.
 * @throws DatabaseError INVALID_ARGUMENT: nothing must be deleted by a policy that nobody has meant.
 */
export function readRetention(configured: unknown): Retention {
  const parsed = retentionSchema.safeParse(fromJson(configured ?? {}));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw invalidRetention(path.length === 0 ? message : `${path.join(".")}: ${message}`);
}

/**
 * Tells which backups the policy keeps no longer. The newest one is always kept.
 *
 * @param ids Of backups of one database, in any order.
 */
export function expiredBackups(ids: readonly string[], { hourly, daily, monthly }: Retention): string[] {
  const newestFirst = ids.toSorted().reverse();
  const kept = new Set(newestFirst.slice(0, 1));
  for (const [periodOf, count] of [
    [hourOf, hourly],
    [dayOf, daily],
    [monthOf, monthly],
  ] as const) {
    const periods = new Set<string>();
    for (const id of newestFirst) {
      if (periods.size === count) break;
      const period = periodOf(id);
      if (!periods.has(period)) kept.add(id);
      periods.add(period);
    }
  }
  return newestFirst.filter((id) => !kept.has(id));
}

const hourOf = (id: string) => timeOf(id).slice(0, "2026-11-21T14".length);
const dayOf = (id: string) => timeOf(id).slice(0, "2026-11-21".length);
const monthOf = (id: string) => timeOf(id).slice(0, "2026-11".length);

function timeOf(id: string): string {
  return new Date(takenAtMsOf(id)).toISOString();
}

function fromJson(configured: unknown): unknown {
  if (typeof configured !== "string") return configured;
  try {
    return JSON.parse(configured);
  } catch (error) {
    throw invalidRetention(messageOf(error));
  }
}

function invalidRetention(problem: string): DatabaseError {
  return new DatabaseError(
    "INVALID_ARGUMENT",
    `BACKUP_RETENTION is not valid (${problem}), so that no backup is deleted. Write into wrangler.toml, below [vars]: ` +
      "BACKUP_RETENTION = { hourly = 24, daily = 30, monthly = 12 }",
  );
}
