/** The code of docs/workers-qb.md, for workers-qb-docs.test.ts to run. */

import { connect } from "d1-procedures";
import { D1QB } from "workers-qb";

type Env = Pick<Cloudflare.Env, "DB">;

export async function countActive(env: Env) {
  const qb = new D1QB(connect(env.DB));

  const fetched = await qb
    .fetchOne<{ count: number }>({
      tableName: "employees",
      fields: "count(*) as count",
      where: {
        conditions: "active = ?1",
        params: [true],
      },
    })
    .execute();
  fetched.results; // { count: 3 }

  return fetched.results;
}

export async function replaceIdle(qb: D1QB) {
  await qb.batchExecute([
    qb.insert({ tableName: "employees", data: { name: "Eve", salary: 120 } }),
    qb.delete({ tableName: "employees", where: { conditions: "active = ?", params: [false] } }),
  ]);
}

export async function migrate(qb: D1QB) {
  const migrations = qb.migrations({
    migrations: [
      { name: "0001_create", sql: "CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT);" },
      { name: "0002_active", sql: "ALTER TABLE employees ADD COLUMN active INTEGER NOT NULL DEFAULT 1;" },
    ],
  });

  await migrations.getUnapplied(); // both
  await migrations.apply(); // each one whole or not at all
  await migrations.getApplied(); // [{ id: 1, name: "0001_create", applied_at: "..." }, ...]

  return migrations;
}
