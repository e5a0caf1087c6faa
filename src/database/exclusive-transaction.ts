import { checkAllForeignKeys, enforceForeignKeys } from "./foreign-key-enforcement.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { commitFailed, deferredKeyViolated } from "./transaction-errors.ts";
import type { PhysicalObserver } from "./turn.ts";

/** Options of {@link runExclusiveTransaction}. */
export interface ExclusiveTransactionOptions {
  /**
   * `suspended`: they are not enforced while it runs, and every reference is checked before it commits. `unchecked`: they are not
   * enforced, and whoever runs it checks them later.
   */
  foreignKeys?: "enforced" | "suspended" | "unchecked";
}

/**
 * Runs asynchronous work in a physical transaction that nobody shares: if it throws, all of it is rolled back. No event
 * that the work has not started itself is delivered meanwhile, and the runtime resets the object after 30 s.
 *
 * @throws What the work throws; D1Error for foreign keys that it leaves violated; DatabaseError COMMIT_FAILED.
 */
export async function runExclusiveTransaction<T>(
  storage: DurableObjectStorage,
  runner: SqlRunner,
  observer: PhysicalObserver,
  work: () => Promise<T>,
  { foreignKeys = "enforced" }: ExclusiveTransactionOptions = {},
): Promise<T> {
  const isSuspended = foreignKeys !== "enforced";
  if (isSuspended) await suspendEnforcement(storage.sql, runner, true);
  let outcome: { ok: true; value: T } | { ok: false; error: unknown } | undefined;
  try {
    await storage.transaction(async (physical) => {
      observer.physicalStarted();
      runner.connection.physicalStarted();
      try {
        const value = await work();
        if (foreignKeys === "suspended") checkAllForeignKeys(storage.sql);
        else if (!isSuspended && runner.connection.hasDeferredViolations()) throw deferredKeyViolated();
        outcome = { ok: true, value };
      } catch (error) {
        outcome = { ok: false, error };
        physical.rollback();
      }
      runner.connection.endDeferral();
    });
  } catch (error) {
    if (outcome?.ok !== false) outcome = { ok: false, error: commitFailed(error) };
  }
  if (!outcome!.ok) runner.connection.physicalRolledBack();
  observer.physicalEnded(outcome!.ok);
  if (isSuspended) await suspendEnforcement(storage.sql, runner, false);
  if (!outcome!.ok) throw outcome!.error;
  return outcome!.value;
}

async function suspendEnforcement(sql: SqlStorage, runner: SqlRunner, suspend: boolean): Promise<void> {
  await enforceForeignKeys(sql, !suspend);
  // What SQLite tells of a statement that checks foreign keys does not hold for one that does not.
  runner.compiler.clear();
}
