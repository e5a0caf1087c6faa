/**
 * What a transaction does, written once for all contenders: a generator that yields its statements and gets their rows. Each
 * contender runs it in its own way (awaited, synchronously, over a network), so that all execute the same statements by construction.
 */

export type Value = string | number | null;
export type Row = Record<string, Value>;

export interface Statement {
  sql: string;
  params: readonly Value[];
}

export type Step =
  /** `first`: the first row. `all`: every row. `run`: a write. `lock`: a row that will be written, for databases with row locks. */
  | (Statement & { kind: "first" | "all" | "run"; lock: boolean })
  /** Something outside the database: a payment provider that takes so long. */
  | { kind: "wait"; ms: number }
  /** Undoes everything; the transaction ends with it. */
  | { kind: "rollback" };

export type Steps<T = unknown> = Generator<Step, T, unknown>;

/** The row that is there by construction of the workload. */
export function* first<R extends Row>(sql: string, ...params: Value[]): Steps<R> {
  return found<R>(sql, yield { kind: "first", sql, params, lock: false });
}

/** The same for a row that the transaction goes on to change: `SELECT ... FOR UPDATE` where the database has that. */
export function* firstForUpdate<R extends Row>(sql: string, ...params: Value[]): Steps<R> {
  return found<R>(sql, yield { kind: "first", sql, params, lock: true });
}

/** The row, if there is one. */
export function* firstIfAny<R extends Row>(sql: string, ...params: Value[]): Steps<R | undefined> {
  return ((yield { kind: "first", sql, params, lock: false }) ?? undefined) as R | undefined;
}

export function* all<R extends Row>(sql: string, ...params: Value[]): Steps<R[]> {
  return (yield { kind: "all", sql, params, lock: false }) as R[];
}

export function* run(sql: string, ...params: Value[]): Steps<void> {
  yield { kind: "run", sql, params, lock: false };
}

export function* wait(ms: number): Steps<void> {
  yield { kind: "wait", ms };
}

export function* rollback(): Steps<void> {
  yield { kind: "rollback" };
}

/** Runs a transaction. A step whose result is no promise costs no turn of the microtask queue. */
export async function drive<T>(steps: Steps<T>, execute: (step: Step) => unknown): Promise<T> {
  let next = steps.next();
  while (!next.done) {
    const result = execute(next.value);
    next = steps.next(result instanceof Promise ? await result : result);
  }
  return next.value;
}

function found<R extends Row>(sql: string, row: unknown): R {
  if (row === undefined || row === null) throw new Error(`No row: ${sql}`);
  return row as R;
}
