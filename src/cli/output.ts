import type { Writable } from "node:stream";
import { CliError } from "./failure.ts";
import { Progress, type ProgressOptions } from "./progress.ts";

/** A stream that may be a terminal. */
export type Terminal = Writable & { isTTY?: boolean; columns?: number };

/**
 * What the command prints. The result goes to stdout: with `--json` one document, of a failure too, and nothing else. Everything
 * on the way to it goes to stderr.
 */
export class Output {
  readonly #json: boolean;
  readonly #secrets: readonly string[];
  readonly #stdout: Writable;
  readonly #stderr: Terminal;

  /** @param secrets What must not be printed, whoever says it: an API may repeat the token that it refuses. */
  constructor(json: boolean, secrets: readonly string[], stdout: Writable, stderr: Terminal) {
    this.#json = json;
    this.#secrets = secrets;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** @param text The same for people. */
  result(document: object, text: string): void {
    this.#stdout.write(this.#safe(`${this.#json ? JSON.stringify(document, undefined, 2) : text}\n`));
  }

  /** Something to know on the way. */
  note(text: string): void {
    this.#stderr.write(this.#safe(`${text}\n`));
  }

  failure(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.note(`Error: ${message}`);
    if (this.#json) {
      const details = error instanceof CliError ? error.details : {};
      this.result({ error: { message, ...details } }, "");
    }
  }

  /** Begins something that takes a while. */
  progress(label: string, options?: ProgressOptions): Progress {
    return new Progress(this.#stderr, label, options);
  }

  #safe(text: string): string {
    // A short one might be a part of anything.
    const secrets = this.#secrets.filter((secret) => secret.length >= 8);
    return secrets.reduce((safe, secret) => safe.replaceAll(secret, "***"), text);
  }
}
