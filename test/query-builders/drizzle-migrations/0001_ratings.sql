PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_author` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`role` text DEFAULT 'reader' NOT NULL,
	`rating` real DEFAULT 0 NOT NULL,
	`verified` integer DEFAULT false NOT NULL,
	`settings` text,
	`token` text NOT NULL,
	`joined_at` integer DEFAULT (unixepoch()) NOT NULL,
	`seen_at` integer,
	`revision` integer DEFAULT 1 NOT NULL,
	CONSTRAINT "author_rating" CHECK("__new_author"."rating" <= 10)
);
--> statement-breakpoint
INSERT INTO `__new_author`("id", "name", "role", "rating", "verified", "settings", "token", "joined_at", "seen_at", "revision") SELECT "id", "name", "role", "rating", "verified", "settings", "token", "joined_at", "seen_at", "revision" FROM `author`;--> statement-breakpoint
DROP TABLE `author`;--> statement-breakpoint
ALTER TABLE `__new_author` RENAME TO `author`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `author_name` ON `author` (`name`);