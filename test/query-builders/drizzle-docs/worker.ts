/** The code of docs/drizzle.md that runs in a Worker. */

import { mkdirSync, writeFileSync } from "node:fs";
import { connect, type DatabaseBinding } from "d1-procedures";
import { eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { migrate } from "drizzle-orm/d1/migrator";
import bundled from "./drizzle/migrations.js";
import * as schema from "./schema.ts";

const { account, entry } = schema;

export async function useDrizzle(env: { DB: DatabaseBinding }) {
  const orm = drizzle(connect(env.DB), { schema });

  const rich = await orm.select().from(account).where(gt(account.balance, 100));
  const ada = await orm.query.account.findFirst({
    where: eq(account.owner, "Ada"),
    with: { entries: true },
  });

  const [, updated] = await orm.batch([
    orm.insert(entry).values({ accountId: 1, amount: 50 }),
    orm
      .update(account)
      .set({ balance: sql`${account.balance} + 50` })
      .where(eq(account.id, 1))
      .returning(),
  ]);
  return { rich, ada, updated };
}

/** The migrator reads files. A Worker has none of its own, but a file system in memory. */
export function migrationsFolder(): string {
  const { journal, migrations } = bundled;
  mkdirSync("/tmp/drizzle/meta", { recursive: true });
  writeFileSync("/tmp/drizzle/meta/_journal.json", JSON.stringify(journal));
  for (const [index, text] of Object.values(migrations).entries()) {
    writeFileSync(`/tmp/drizzle/${journal.entries[index]!.tag}.sql`, text);
  }
  return "/tmp/drizzle";
}

export async function migrateDatabase(env: { DB: DatabaseBinding }) {
  await migrate(drizzle(connect(env.DB)), { migrationsFolder: migrationsFolder() });
}
