import type { Engine } from "../database/engine.ts";
import type { SqlRunner } from "../database/sql-runner.ts";
import type { TransactionJob } from "../database/transaction-job.ts";
import { DatabaseError } from "../errors.ts";

/** What goes wrong in one call of {@link callProcedure}. */
export interface Faults {
  /** The procedure's statement with this number, from 1, fails instead of running. Each statement of a batch or script counts. */
  throwAtStatement?: number;
  /** What it fails with. Default: an Error that tells which statement it was. */
  error?: Error;
  /** The machine dies instead of running the statement with this number, from 1. */
  crashAtStatement?: number;
  /** The machine dies when everything has run and nothing is committed yet: at the end of the first transaction, or of a write outside of any. */
  crashBeforeCommit?: boolean;
}

/** @throws DatabaseError INVALID_ARGUMENT */
export function checkFaults(faults: Faults): void {
  for (const option of ["throwAtStatement", "crashAtStatement"] as const) {
    const number = faults[option];
    if (number === undefined || (Number.isInteger(number) && number >= 1)) continue;
    throw new DatabaseError(
      "INVALID_ARGUMENT",
      `callProcedure(): faults.${option} counts from 1, and is not ${number}.`,
    );
  }
}

/**
 * The engine as one procedure call meets it, with faults.
 *
 * @param crash Ends the object: nothing after it runs.
 */
export function faultyEngine(engine: Engine, faults: Faults, crash: () => never): Engine {
  let count = 0;
  const counted = new WeakSet<object>();
  /** @param work The same when it runs again, as it does when a transaction must leave its neighbours. */
  const statements = (texts: readonly string[], work: object) => {
    if (counted.has(work)) return;
    counted.add(work);
    for (const sql of texts) {
      count++;
      if (count === faults.crashAtStatement) crash();
      if (count === faults.throwAtStatement) throw faults.error ?? injected(count, sql);
    }
  };
  const beforeCommit = faults.crashBeforeCommit === true ? { after: () => crash() } : {};

  const runner = (): SqlRunner =>
    override(engine.runner, {
      run: (message, log) => {
        statements([message.sql], message);
        return engine.runner.run(message, log);
      },
      runAll: (messages, log) => {
        statements(
          messages.map(({ sql }) => sql),
          messages,
        );
        return engine.runner.runAll(messages, log);
      },
    });
  return override(
    engine,
    {
      query: async (messages, options) => {
        statements(
          messages.map(({ sql }) => sql),
          messages,
        );
        return engine.query(messages, { ...options, ...beforeCommit });
      },
      runScript: async (script, options) => {
        statements([script], {});
        return engine.runScript(script, { ...options, ...beforeCommit });
      },
      submit: (job) => {
        if (faults.crashBeforeCommit) Object.assign(job as TransactionJob, { commit: crash, succeed: crash });
        engine.submit(job);
      },
    },
    { runner },
  );
}

function injected(number: number, sql: string): Error {
  return new Error(`A fault was injected at statement ${number}: ${sql}`);
}

/** An object whose methods, but for these, are the other's. Bound to it, because their private state is. */
function override<T extends object>(
  target: T,
  methods: Partial<T>,
  getters: { [property: string]: () => unknown } = {},
): T {
  return new Proxy(target, {
    get(_, property) {
      if (Object.hasOwn(methods, property)) return Reflect.get(methods, property);
      if (Object.hasOwn(getters, property)) return getters[property as string]!();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
