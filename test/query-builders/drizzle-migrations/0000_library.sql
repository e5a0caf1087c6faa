CREATE TABLE `author` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`role` text DEFAULT 'reader' NOT NULL,
	`rating` real,
	`verified` integer DEFAULT false NOT NULL,
	`settings` text,
	`token` text NOT NULL,
	`joined_at` integer DEFAULT (unixepoch()) NOT NULL,
	`seen_at` integer,
	`revision` integer DEFAULT 1 NOT NULL,
	CONSTRAINT "author_rating" CHECK("author"."rating" <= 5)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `author_name` ON `author` (`name`);--> statement-breakpoint
CREATE TABLE `book` (
	`id` integer PRIMARY KEY NOT NULL,
	`title` text(200) NOT NULL,
	`author_id` integer NOT NULL,
	`pages` integer,
	`price` numeric,
	`cover` blob,
	`extra` blob,
	`copies` blob,
	FOREIGN KEY (`author_id`) REFERENCES `author`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `book_author` ON `book` (`author_id`);--> statement-breakpoint
CREATE TABLE `book_genre` (
	`book_id` integer NOT NULL,
	`genre_id` text NOT NULL,
	PRIMARY KEY(`book_id`, `genre_id`),
	FOREIGN KEY (`book_id`) REFERENCES `book`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`genre_id`) REFERENCES `genre`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `genre` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text DEFAULT '?' NOT NULL
);
--> statement-breakpoint
CREATE VIEW `long_book` AS select "id", "title" from "book" where "book"."pages" > 500;