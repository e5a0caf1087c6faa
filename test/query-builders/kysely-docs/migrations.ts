/** The migrations of docs/kysely.md. */

import type { Migration } from "kysely";

export const migrations: Record<string, Migration> = {
  "0001_account": {
    up: (db) =>
      db.schema
        .createTable("account")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("owner", "text", (column) => column.notNull().unique())
        .addColumn("balance", "integer", (column) => column.notNull())
        .execute(),
  },
  "0002_balance": {
    up: (db) => db.schema.createIndex("account_balance").on("account").column("balance").execute(),
  },
};
