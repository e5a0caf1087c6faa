PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_account` (
	`id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`balance` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `__new_account`("id", "owner", "balance") SELECT "id", "owner", "balance" FROM `account`;--> statement-breakpoint
DROP TABLE `account`;--> statement-breakpoint
ALTER TABLE `__new_account` RENAME TO `account`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `account_owner_unique` ON `account` (`owner`);