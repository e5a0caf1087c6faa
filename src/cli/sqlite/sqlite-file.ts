import { createRequire } from "node:module";
import type { Backup } from "../../backup/backup.ts";
import { quoteIdentifier } from "../../database/quote-identifier.ts";
import { headOf } from "../../database/sql-text.ts";
import { printable } from "../text.ts";
import { withTextInSingleQuotes } from "./double-quoted-texts.ts";
import type { SqlPiece } from "./statement-cutter.ts";

// A CommonJS module that Node cannot tell the exports of.
const { Database } = createRequire(import.meta.url)(
  "node-sqlite3-wasm",
) as typeof import("node-sqlite3-wasm");

type Connection = InstanceType<typeof Database>;

/** Problems of a database that a message lists. */
const shownProblems = 3;

/** Characters of a statement that a message shows. */
const shownCharacters = 80;

/** A SQLite database that is made from a dump. */
export class SqliteFile {
  readonly #db: Connection;

  private constructor(db: Connection) {
    this.#db = db;
  }

  /** @param path Of an empty file. */
  static create(path: string): SqliteFile {
    const db = new Database(path);
    // If this fails nobody keeps the file. What the rows refer to was checked where they come from.
    db.exec(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA foreign_keys=OFF; BEGIN",
    );
    return new SqliteFile(db);
  }

  /** @throws Error for what SQLite refuses, and for what no dump has. */
  execute({ sql, isRows }: SqlPiece): void {
    if (!isRows) refuseUnlessOfDump(sql);
    try {
      this.#db.exec(sql);
    } catch (error) {
      const { message } = error as Error;
      if (!isRows && this.#createWithDoubleQuotes(sql, message)) return;
      throw new Error(`SQLite does not take the backup: ${message}, in: ${startOf(sql)}`, { cause: error });
    }
  }

  finish(): void {
    this.#db.exec("COMMIT");
    this.#db.close();
  }

  /**
   * Reads a database from its first page to its last.
   *
   * @param tables How many rows it must have.
   */
  static check(path: string, tables: Backup["tables"]): void {
    const db = new Database(path, { readOnly: true, fileMustExist: true });
    try {
      const problems = db.all("PRAGMA integrity_check").map((row) => String(row.integrity_check));
      if (problems[0] !== "ok") {
        throw new Error(
          `The database that the backup makes is not sound: ${problems.slice(0, shownProblems).join("; ")}`,
        );
      }
      for (const { name, rows } of tables ?? []) {
        const count = db.get(`SELECT count(*) AS count FROM ${quoteIdentifier(name)}`)!.count;
        if (count !== rows) {
          throw new Error(`The table ${name} has ${count} rows, and the backup says that it has ${rows}.`);
        }
      }
    } finally {
      db.close();
    }
  }

  /**
   * Creates what has texts in double quotes, and keeps them in its schema: a schema is read with them, only not executed.
   *
   * @returns False where they are not what is wrong.
   */
  #createWithDoubleQuotes(sql: string, problem: string): boolean {
    const newest = this.#db.get("SELECT ifnull(max(rowid), 0) AS rowid FROM sqlite_schema")!.rowid as number;
    if (!this.#executeInSingleQuotes(sql, problem)) return false;
    this.#db.exec("PRAGMA writable_schema=ON");
    // Others that come with it are SQLite's own.
    this.#db.run(
      "UPDATE sqlite_schema SET sql = ? WHERE rowid > ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      [sql, newest],
    );
    this.#db.exec("PRAGMA writable_schema=OFF");
    return true;
  }

  #executeInSingleQuotes(sql: string, problem: string): boolean {
    const attempt = withTextInSingleQuotes(sql, problem);
    if (attempt === undefined) return false;
    try {
      this.#db.exec(attempt);
      return true;
    } catch (error) {
      // The next one of several.
      return this.#executeInSingleQuotes(attempt, (error as Error).message);
    }
  }
}

/** What dumps consist of, ours and those of D1. */
const statementsOfDumps: ReadonlySet<string> = new Set(["ANALYZE", "CREATE", "DELETE", "INSERT"]);

/** What comes from elsewhere must not reach any file but its own: ATTACH and VACUUM INTO would. */
function refuseUnlessOfDump(sql: string): void {
  const [first = "", second = ""] = headOf(sql, 2);
  if (statementsOfDumps.has(first) || (first === "PRAGMA" && second === "DEFER_FOREIGN_KEYS")) return;
  throw new Error(`The backup has a statement in it that no dump has: ${startOf(sql)}`);
}

function startOf(sql: string): string {
  return printable(sql.slice(0, shownCharacters));
}
