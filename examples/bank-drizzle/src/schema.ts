import { relations, sql } from "drizzle-orm";
import { check, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Balances and amounts are in cents. */
export const account = sqliteTable(
  "account",
  {
    id: integer().primaryKey(),
    owner: text().notNull(),
    balance: integer().notNull(),
  },
  ({ balance }) => [check("not_overdrawn", sql`${balance} >= 0`)],
);

export const entry = sqliteTable("entry", {
  id: integer().primaryKey(),
  accountId: integer("account_id")
    .notNull()
    .references(() => account.id),
  amount: integer().notNull(),
  text: text().notNull(),
});

export const accountRelations = relations(account, ({ many }) => ({ entries: many(entry) }));
export const entryRelations = relations(entry, ({ one }) => ({
  account: one(account, { fields: [entry.accountId], references: [account.id] }),
}));
