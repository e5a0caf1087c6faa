/** The code of docs/kysely.md that runs in a Worker. */

import { connect, type DatabaseBinding } from "d1-procedures";
import { Kysely } from "kysely";
import { D1Dialect } from "kysely-d1";
import type { Schema } from "./schema.ts";

export async function useKysely(env: { DB: DatabaseBinding }) {
  const kysely = new Kysely<Schema>({ dialect: new D1Dialect({ database: connect(env.DB) }) });

  const rich = await kysely.selectFrom("account").selectAll().where("balance", ">", 100).execute();
  return rich;
}
