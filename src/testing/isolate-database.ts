import { type RunnerTestSuite, TestRunner } from "vitest";
import type { DatabaseBinding } from "../client/binding-kind.ts";
import { type DatabaseTargetOptions, databaseTarget } from "./database-target.ts";
import { IsolatedDatabase } from "./isolation/isolated-database.ts";

/**
 * Gives each suite and each test its own view of the data: what a test writes is undone when it ends, and what `beforeAll` writes is seen by
 * its suite and the suites in it, and undone when that suite ends. Call it where the suite begins, before other hooks: at the top of a
 * test file, or in a `describe`.
 *
 * Everything that the database can do is undone: statements, batches, procedures and their transactions, tables that are made, altered or dropped. What
 * a test costs does not depend on the size of the database: some 0.2 ms for a write. `DROP` and `ALTER` copy the database, full-text
 * indexes and a few statements a table.
 *
 * Tests that run concurrently may read it; to write they need databases of their own.
 *
 * @param binding The namespace of the Durable Object, or a stub.
 * @throws DatabaseError INVALID_BINDING; INVALID_ARGUMENT outside of vitest in workerd.
 * @example
 * import { env } from "cloudflare:workers";
 * import { connect } from "d1-procedures";
 * import { isolateDatabase } from "d1-procedures/testing";
 *
 * isolateDatabase(env.DB);
 * const db = connect(env.DB);
 *
 * beforeAll(() => db.exec("CREATE TABLE entries (id INTEGER PRIMARY KEY, value TEXT)"));
 *
 * describe("with two entries", () => {
 *   beforeEach(() => db.prepare("INSERT INTO entries (value) VALUES ('aaa'), ('bbb')").run());
 *
 *   it("counts them", async () => {
 *     expect(await db.prepare("SELECT count(*) AS n FROM entries").first("n")).toBe(2);
 *   });
 * });
 */
export function isolateDatabase(binding: DatabaseBinding, options?: DatabaseTargetOptions): void {
  const database = IsolatedDatabase.of(databaseTarget(binding, options));
  const suite = TestRunner.getCurrentSuite();

  // Past vitest's own aroundAll() and aroundEach(), which would look for fixtures in the text of the function.
  suite.on("aroundAll", async (runSuite, started) => {
    // Only now all of them are collected.
    for (const nested of nestedSuites(started)) {
      const hooks = TestRunner.getSuiteHooks(nested);
      hooks.aroundAll.unshift((runNested) =>
        database.inLevel(runNested, { concurrent: nested.concurrent === true }),
      );
    }
    await database.inLevel(runSuite, { concurrent: started.concurrent === true });
  });
  suite.on("aroundEach", (runTest, { task }) =>
    database.inLevel(runTest, { concurrent: task.concurrent === true }),
  );
}

/** Those at every depth. */
function nestedSuites({ tasks }: RunnerTestSuite): RunnerTestSuite[] {
  const suites = tasks.filter((task) => task.type === "suite");
  return suites.flatMap((nested) => [nested, ...nestedSuites(nested)]);
}
