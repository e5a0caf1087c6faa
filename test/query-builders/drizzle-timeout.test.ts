import { expect, it } from "vitest";
import { hurriedTimers } from "../support/hurried-timers.ts";
import { inDatabase } from "../support/in-database.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author } from "./drizzle-schema.ts";

it(
  "a transaction of drizzle's that takes longer than 10 s is rolled back, and the refused commit says so",
  inDatabase(async (database) => {
    const orm = await openLibrary(database.db());
    using _timers = hurriedTimers();
    const transaction = orm.transaction(async (tx) => {
      await tx.insert(author).values({ name: "a" });
      // A write of another call waits for the mutex, that is, for the timeout.
      await database.query("INSERT INTO author (name, token) VALUES ('other', '')");
    });
    await expect(transaction).rejects.toMatchObject({ cause: { code: "TRANSACTION_TIMEOUT" } });
    await orm.transaction((tx) => tx.insert(author).values({ name: "next" }));
    expect(await database.column("SELECT name FROM author WHERE id > 3")).toEqual(["other", "next"]);
  }),
);
