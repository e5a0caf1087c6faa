import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const sqlite = createRequire(import.meta.url)("node-sqlite3-wasm") as typeof import("node-sqlite3-wasm");

type Row = Record<string, unknown>;

/** Queries a SQLite file, in this process. */
export function queryFile(path: string, sql: string): Row[] {
  const db = new sqlite.Database(path, { readOnly: true, fileMustExist: true });
  try {
    return db.all(sql);
  } finally {
    db.close();
  }
}

/**
 * Queries a SQLite file with the `sqlite3` shell, as its users do.
 *
 * @returns Undefined where this machine has none.
 */
export function queryFileInShell(path: string, sql: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync("sqlite3", ["-bail", "-readonly", path, sql], {
    encoding: "utf8",
  });
  if (error && Reflect.get(error, "code") === "ENOENT") return undefined;
  if (error) throw error;
  if (status !== 0) throw new Error(`sqlite3 does not open the file: ${stderr}`);
  return stdout;
}
