/** The rows that every scenario begins with, and the only table it has. */
export const setUp = [
  "DROP TABLE IF EXISTS test",
  "CREATE TABLE test (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",
  "INSERT INTO test VALUES (1, 10), (2, 20)",
];

/** How a transaction of a scenario talks to the database. Each statement, and the end, is one step of the schedule. */
export interface Session {
  /** The rows of `SELECT id, value ...`, as `"1=10 2=20"`; `"nothing"` for none. What it gives is observed. */
  read(sql: string): Promise<string>;
  /** The number of rows that were changed. */
  write(sql: string): Promise<number>;
  /** Adds something to what the transaction has observed. */
  note(observation: string): void;
  /** Ends the transaction without a commit. */
  rollBack(): never;
}

/** What each transaction read, in order, and the states that a reader outside saw, one after another. */
export interface Observations {
  [transaction: string]: string[];
  outside: string[];
}

/**
 * An interleaving that lets an anomaly happen where nothing prevents it, after Hermitage
 * (https://github.com/ept/hermitage), whose schedules rely on locks of rows: here they do without.
 */
export interface Scenario {
  anomaly: string;
  /** What it is, in one line. Stands in docs/isolation.md. */
  is: string;
  /** What would be observed if it happened, in one sentence. */
  shows: string;
  transactions: Readonly<Record<string, (session: Session) => Promise<void>>>;
  /** Whose step is next: the names of transactions, a blank between. */
  schedule: string;
  /** What is observed when the transactions are transactions. */
  prevented: Observations;
  /** What is observed when their statements are only statements. */
  happens: Observations;
}

/** What {@link Session.rollBack} throws. */
export class RolledBack extends Error {
  override readonly name = "RolledBack";
}

/** What a body calls before each of its steps; resolves when the schedule lets it go on. */
export type Gate = () => Promise<void>;

/**
 * Runs the body of one transaction against statements of any kind, each of them behind the gate, and its end too.
 *
 * @param log Is given what the transaction observes, which counts also when it rolls back.
 * @throws RolledBack
 */
export async function play(
  body: (session: Session) => Promise<void>,
  db: Pick<D1Database, "prepare">,
  gate: Gate,
  log: string[],
): Promise<void> {
  const session: Session = {
    async read(sql) {
      await gate();
      const rows = await db.prepare(sql).raw<[number, number]>();
      const shown = shownRows(rows);
      log.push(shown);
      return shown;
    },
    async write(sql) {
      await gate();
      return (await db.prepare(sql).run()).meta.changes;
    },
    note: (observation) => void log.push(observation),
    rollBack() {
      throw new RolledBack("as the scenario wants it");
    },
  };
  try {
    await body(session);
  } finally {
    await gate();
  }
}

export function shownRows(rows: readonly (readonly [number, number])[]): string {
  return rows.map(([id, value]) => `${id}=${value}`).join(" ") || "nothing";
}
