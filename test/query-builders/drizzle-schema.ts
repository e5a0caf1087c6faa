/** A small library, with every column type that drizzle-orm has for SQLite. */

import { relations, sql } from "drizzle-orm";
import {
  blob,
  check,
  index,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

export interface Settings {
  theme: "dark" | "light";
  tags: string[];
}

export const author = sqliteTable(
  "author",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    role: text({ enum: ["reader", "writer"] })
      .notNull()
      .default("reader"),
    rating: real().notNull().default(0),
    verified: integer({ mode: "boolean" }).notNull().default(false),
    settings: text({ mode: "json" }).$type<Settings>(),
    token: text()
      .notNull()
      .$defaultFn(() => crypto.randomUUID()),
    joinedAt: integer("joined_at", { mode: "timestamp" }).notNull().default(sql`(unixepoch())`),
    seenAt: integer("seen_at", { mode: "timestamp_ms" }),
    revision: integer()
      .notNull()
      .default(1)
      .$onUpdate(() => sql`revision + 1`),
  },
  (table) => [uniqueIndex("author_name").on(table.name), check("author_rating", sql`${table.rating} <= 10`)],
);

export const book = sqliteTable(
  "book",
  {
    id: integer().primaryKey(),
    title: text({ length: 200 }).notNull(),
    authorId: integer("author_id")
      .notNull()
      .references(() => author.id, { onDelete: "cascade" }),
    pages: integer(),
    price: numeric(),
    cover: blob({ mode: "buffer" }),
    extra: blob({ mode: "json" }).$type<{ isbn: string }>(),
    copies: blob({ mode: "bigint" }),
  },
  (table) => [index("book_author").on(table.authorId)],
);

export const genre = sqliteTable("genre", { id: text().primaryKey(), name: text().notNull().default("?") });

export const bookGenre = sqliteTable(
  "book_genre",
  {
    bookId: integer("book_id")
      .notNull()
      .references(() => book.id, { onDelete: "cascade" }),
    genreId: text("genre_id")
      .notNull()
      .references(() => genre.id),
  },
  (table) => [primaryKey({ columns: [table.bookId, table.genreId] })],
);

export const longBook = sqliteView("long_book").as((qb) =>
  qb.select({ id: book.id, title: book.title }).from(book).where(sql`${book.pages} > 500`),
);

export const authorRelations = relations(author, ({ many }) => ({ books: many(book) }));

export const bookRelations = relations(book, ({ one, many }) => ({
  author: one(author, { fields: [book.authorId], references: [author.id] }),
  genres: many(bookGenre),
}));

export const bookGenreRelations = relations(bookGenre, ({ one }) => ({
  book: one(book, { fields: [bookGenre.bookId], references: [book.id] }),
  genre: one(genre, { fields: [bookGenre.genreId], references: [genre.id] }),
}));
