import type { DatabaseBinding } from "../client/binding-kind.ts";
import { DatabaseLink } from "../client/database-link.ts";
import { DatabaseError } from "../errors.ts";
import type { DatabaseTargetOptions } from "./database-target.ts";
import { assertTestRuntime } from "./test-runtime.ts";

/**
 * Runs a script of any number of statements, all or nothing: the text of a file, over as many lines as it likes.
 *
 * @param binding The namespace of the Durable Object, a stub, or a service binding.
 * @param sql The script. A file's text comes with `import sql from "./seed.sql?raw"`.
 * @throws D1_EXEC_ERROR that names the line of the statement that failed; DatabaseError INVALID_ARGUMENT.
 * @example
 * import shop from "./shop.sql?raw";
 *
 * beforeAll(() => seed(env.DB, shop));
 */
export async function seed(
  binding: DatabaseBinding,
  sql: string,
  { name = "default" }: DatabaseTargetOptions = {},
): Promise<void> {
  assertTestRuntime();
  if (typeof sql !== "string") {
    throw new DatabaseError(
      "INVALID_ARGUMENT",
      `seed() expects SQL as a text, not ${sql === null ? "null" : typeof sql}. Write import sql from "./seed.sql?raw" to get the text of a file.`,
    );
  }
  await new DatabaseLink(binding, name).script(sql);
}
