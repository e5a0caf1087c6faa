import { Worker } from "node:worker_threads";
import type { Backup } from "../../backup/backup.ts";
import { CliError, InterruptedError } from "../failure.ts";

/** What the thread is asked for, one after the other. */
export type SqliteRequest = { kind: "write"; sql: Uint8Array } | { kind: "finish"; tables: Backup["tables"] };

/** How that went. */
export type SqliteReply = { kind: "done" } | { kind: "failed"; message: string };

/**
 * Writes a SQLite database from a dump, in a thread of its own: SQLite works without a pause, for seconds where it makes an index or checks
 * a large file, and Ctrl-C must work meanwhile.
 */
export class SqliteWriter {
  readonly #thread: Worker;
  readonly #signal: AbortSignal;
  readonly #died: Promise<never>;

  /** @param path Of an empty file. */
  constructor(path: string, signal: AbortSignal) {
    this.#signal = signal;
    // Beside this file, when both are built.
    this.#thread = new Worker(new URL("./sqlite-thread.js", import.meta.url), { workerData: path });
    this.#died = new Promise<never>((_, reject) => {
      this.#thread.once("error", reject);
      this.#thread.once("exit", () => reject(new CliError("The thread that writes the database has ended.")));
      signal.addEventListener("abort", () => reject(new InterruptedError("Interrupted.")), { once: true });
    });
    // Asked for when something is written.
    this.#died.catch(() => {});
  }

  /** Executes what is whole of the statements so far. @throws CliError */
  write(sql: Uint8Array): Promise<void> {
    return this.#ask({ kind: "write", sql });
  }

  /**
   * Executes the rest, and checks the database: with SQLite's own check, and by the number of rows.
   *
   * @throws CliError
   */
  finish(tables: Backup["tables"]): Promise<void> {
    return this.#ask({ kind: "finish", tables });
  }

  /** Ends the thread, wherever it is. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }

  async #ask(request: SqliteRequest): Promise<void> {
    this.#signal.throwIfAborted();
    const replied = new Promise<SqliteReply>((resolve) => this.#thread.once("message", resolve));
    this.#thread.postMessage(request);
    const reply = await Promise.race([replied, this.#died]);
    if (reply.kind === "failed") throw new CliError(reply.message);
  }
}
