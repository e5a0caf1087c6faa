import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { type Contents, readContents } from "./contents.ts";
import { uncommittedFrames } from "./wal.ts";

/** What the files of a killed server look like. */
export interface FilesReport {
  files: number;
  /** Databases whose log ends in the middle of a transaction. */
  midTransaction: number;
  problems: string[];
}

/** Looks at every SQLite file of a server that is dead: another SQLite opens a copy, with its log, and checks it. */
export class SqliteFiles {
  readonly #dir: string;
  /** When each was looked at: the time of its last change. */
  readonly #seen = new Map<string, number>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Those that have changed since the last look. */
  check(): FilesReport {
    const report: FilesReport = { files: 0, midTransaction: 0, problems: [] };
    for (const name of readdirSync(this.#dir, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".sqlite")) continue;
      const path = join(this.#dir, name);
      const wal = `${path}-wal`;
      const changed = Math.max(
        ...[path, wal].filter((file) => existsSync(file)).map((file) => statSync(file).mtimeMs),
      );
      if (this.#seen.get(path) === changed) continue;
      this.#seen.set(path, changed);
      report.files++;
      if (existsSync(wal) && uncommittedFrames(readFileSync(wal)) > 0) report.midTransaction++;
      for (const problem of integrityProblems(path))
        report.problems.push(`${relative(this.#dir, path)}: ${problem}`);
    }
    return report;
  }
}

function integrityProblems(path: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), "d1-procedures-copy-"));
  const copy = join(dir, basename(path));
  try {
    for (const suffix of ["", "-wal"]) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    }
    const database = new sqlite.Database(copy);
    try {
      // Without it SQLite wants memory that is shared with other processes, which this build has not.
      database.all("PRAGMA locking_mode = EXCLUSIVE");
      const check = database.all("PRAGMA integrity_check").map((row) => String(Object.values(row)[0]));
      const keys = database.all("PRAGMA foreign_key_check");
      return [
        ...check.filter((line) => line !== "ok").map((line) => `integrity_check: ${line}`),
        ...keys.map((row) => `foreign_key_check: ${JSON.stringify(row)}`),
      ];
    } finally {
      database.close();
    }
  } catch (error) {
    return [`cannot be opened: ${(error as Error).message}`];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What a dump has in it, when SQLite has executed it. */
export async function contentsOfDump(sql: string): Promise<Contents> {
  const database = new sqlite.Database();
  try {
    database.exec(sql);
    return await readContents(async (statements) => statements.map((statement) => database.all(statement)));
  } finally {
    database.close();
  }
}
