import { spawnSync } from "node:child_process";

/**
 * Loads a dump into a SQLite that has nothing to do with the runtime, and queries it.
 *
 * @returns The rows, or undefined where this machine has no `sqlite3` on its path.
 */
export function queryInAnotherSqlite(dump: string, sql: string): unknown[] | undefined {
  const { error, status, stdout, stderr } = spawnSync("sqlite3", ["-bail", "-json", ":memory:"], {
    input: `${dump}\n${sql};`,
    encoding: "utf8",
  });
  if (error && Reflect.get(error, "code") === "ENOENT") return undefined;
  if (error) throw error;
  if (status !== 0) throw new Error(`sqlite3 does not take the dump: ${stderr}`);
  return JSON.parse(stdout);
}
