import { access, open, rename, rm } from "node:fs/promises";
import { CliError, UsageError } from "../failure.ts";

/**
 * A file that appears when it is whole: until then it is `<file>.part`. Whoever makes one discards it in the end: nothing is left then of
 * one that was not finished.
 */
export class PartFile {
  /** Where to write. */
  readonly path: string;
  /** Where to put the gzip file that it is made from. */
  readonly gzipPath: string;
  readonly #file: string;
  readonly #force: boolean;

  private constructor(file: string, force: boolean) {
    this.#file = file;
    this.path = `${file}.part`;
    this.gzipPath = `${this.path}.gz`;
    this.#force = force;
  }

  /**
   * Creates the part, which is empty.
   *
   * @param force A file of that name is replaced at the end. Otherwise it is refused now.
   * @throws UsageError, CliError
   */
  static async create(file: string, force: boolean): Promise<PartFile> {
    const part = new PartFile(file, force);
    await part.#refuseExisting();
    if (force) await part.discard();
    try {
      await (await open(part.path, "wx")).close();
    } catch (error) {
      if (codeOf(error) !== "EEXIST")
        throw new CliError(`${part.path} cannot be written: ${messageOf(error)}`, { cause: error });
      throw new UsageError(
        `${part.path} exists: another download writes it, or one was ended by force. Delete it, or add --force.`,
      );
    }
    return part;
  }

  /** Makes it the file. What is on disk then is whole also after a crash of the machine. */
  async finish(): Promise<void> {
    const written = await open(this.path, "r+");
    try {
      await written.sync();
    } finally {
      await written.close();
    }
    // Again: it may have come in the meantime.
    await this.#refuseExisting();
    await rename(this.path, this.#file);
  }

  /** Deletes what is there of it, and what SQLite has beside a database that it writes. */
  async discard(): Promise<void> {
    for (const path of [this.path, this.gzipPath, `${this.path}.lock`]) {
      await rm(path, { recursive: true, force: true });
    }
  }

  async #refuseExisting(): Promise<void> {
    if (this.#force || !(await exists(this.#file))) return;
    throw new UsageError(
      `${this.#file} exists. Add --force to replace it, or give another name with --output.`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
