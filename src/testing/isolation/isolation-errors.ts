import { DatabaseError } from "../../errors.ts";

export function insideTransaction(): DatabaseError {
  return new DatabaseError(
    "STATEMENT_REFUSED",
    "What the last test wrote has not been undone yet, and cannot be inside a transaction of your own. Call the database once before: " +
      'await connect(env.DB).prepare("SELECT 1").run().',
  );
}

export function concurrentWrite(): DatabaseError {
  return new DatabaseError(
    "STATEMENT_REFUSED",
    "Tests that run concurrently cannot write to an isolated database: nobody could tell their writes apart, to undo them. Leave out `.concurrent`, or " +
      "give the test a database of its own: connect(env.DB, { name: crypto.randomUUID() }).",
  );
}

export function stillUnderWay(names: readonly string[]): Error {
  return new Error(
    `The test ended while its database was still busy with ${names.join(", ")}, which was cancelled and undone. Await every call in the test, and ` +
      "answer what a procedure waits for.",
  );
}

export function notUndone(cause: unknown): Error {
  return new Error(
    `What a test wrote could not be undone, so that nothing in this file can rely on its database any more: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}
