/** The tables of docs/drizzle.md. */

import { relations } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const account = sqliteTable("account", {
  id: integer().primaryKey(),
  owner: text().notNull().unique(),
  balance: integer().notNull(),
});

export const entry = sqliteTable("entry", {
  id: integer().primaryKey(),
  accountId: integer("account_id")
    .notNull()
    .references(() => account.id),
  amount: integer().notNull(),
  at: integer({ mode: "timestamp_ms" })
    .notNull()
    .$defaultFn(() => new Date()),
});

export const accountRelations = relations(account, ({ many }) => ({ entries: many(entry) }));
export const entryRelations = relations(entry, ({ one }) => ({
  account: one(account, { fields: [entry.accountId], references: [account.id] }),
}));
