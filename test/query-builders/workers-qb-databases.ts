/** Where the cases of workers-qb run: Cloudflare's own local D1 says what is right, ours must do the same. */

import { env } from "cloudflare:workers";
import { D1QB } from "workers-qb";
import { connect } from "../../src/client/connect.ts";
import { inDatabase } from "../support/in-database.ts";

/** Types the builder's calls; its results come back with these columns. */
export type Staff = {
  employees: {
    id: number;
    name: string;
    role: string | null;
    salary: number;
    active: number;
    department_id: number | null;
  };
  departments: { id: number; name: string };
};

type Case = (qb: D1QB<Staff>, db: D1Database) => Promise<void>;

/** Runs a case on an empty database of its own. */
type Run = (test: (db: D1Database) => Promise<void>) => Promise<void>;

const backends: { place: string; run: Run }[] = [
  {
    place: "Cloudflare's local D1",
    run: async (test) => {
      await dropAllTables(env.REFERENCE);
      await test(env.REFERENCE);
    },
  },
  { place: "a client", run: (test) => test(connect(env.DB, { name: crypto.randomUUID() })) },
  { place: "a procedure's db", run: (test) => inDatabase((database) => test(database.db()))() },
  {
    place: "a transaction",
    run: (test) =>
      inDatabase((database) => database.db().transaction(async (txn) => test(txn), { onError: "throw" }))(),
  },
];

/** For `describe.each`: each place, and what makes a test of a case on an empty database or on one with staff. */
export const places = backends.map(({ place, run }) => ({
  place,
  onEmpty: (test: Case) => () => run((db) => test(new D1QB<Staff>(db), db)),
  onStaff: (test: Case) => () =>
    run(async (db) => {
      await createStaff(db);
      await test(new D1QB<Staff>(db), db);
    }),
}));

/** Two departments, and four employees of whom three are active. */
export async function createStaff(db: D1Database): Promise<void> {
  await db.batch(
    [
      "CREATE TABLE departments (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)",
      `CREATE TABLE employees (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, role TEXT, salary REAL NOT NULL CHECK (salary >= 0),
         active INTEGER NOT NULL DEFAULT 1, department_id INTEGER REFERENCES departments)`,
      "INSERT INTO departments VALUES (1, 'Research'), (2, 'Sales')",
      `INSERT INTO employees (name, role, salary, active, department_id) VALUES
         ('Ada', 'lead', 300, 1, 1), ('Bob', NULL, 100, 1, 2), ('Cleo', 'lead', 200, 0, 2), ('Dan', NULL, 150, 1, NULL)`,
    ].map((sql) => db.prepare(sql)),
  );
}

/** The tests of a file share one local D1. The newest table goes first, as foreign keys point to older ones. */
async function dropAllTables(db: D1Database): Promise<void> {
  const { results } = await db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid DESC",
    )
    .all<{ name: string }>();
  for (const { name } of results) await db.prepare(`DROP TABLE "${name}"`).run();
}
