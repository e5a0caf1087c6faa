CREATE TABLE `account` (
	`id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`balance` integer NOT NULL,
	CONSTRAINT "not_overdrawn" CHECK("account"."balance" >= 0)
);
--> statement-breakpoint
CREATE TABLE `entry` (
	`id` integer PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`amount` integer NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `account`(`id`) ON UPDATE no action ON DELETE no action
);
