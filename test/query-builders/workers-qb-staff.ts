/** workers-qb on every database of the query builders' tests, empty or with a few employees. */

import { D1QB } from "workers-qb";
import { itOnEveryDatabase } from "./databases.ts";

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

type Test = (qb: D1QB<Staff>, db: D1Database) => Promise<void>;

/** Registers the test once for each database, which is empty. */
export function itOnEmpty(title: string, test: Test): void {
  itOnEveryDatabase(title, (db) => test(new D1QB<Staff>(db), db));
}

/** The same with the employees of {@link createStaff}. */
export function itOnStaff(title: string, test: Test): void {
  itOnEveryDatabase(title, async (db) => {
    await createStaff(db);
    await test(new D1QB<Staff>(db), db);
  });
}

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
