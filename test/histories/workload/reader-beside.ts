import type { ProcedureDatabase } from "../../../src/procedures.ts";
import type { Key } from "../checker/history.ts";
import type { Part } from "./calls.ts";
import { elementsOf, readStatement } from "./lists.ts";

/**
 * Code of a procedure that reads beside its transaction, whenever that says so: at once, in the same event, so that
 * the rows of the transaction are in the database at that moment.
 */
export class ReaderBeside {
  readonly #db: ProcedureDatabase;
  readonly #parts: Part[] = [];
  #wake!: (key: Key | undefined) => void;
  #woken!: Promise<Key | undefined>;
  readonly #running: Promise<void>;

  /** To be made outside of the transaction: what it starts inside belongs to it. */
  constructor(db: ProcedureDatabase) {
    this.#db = db;
    this.#sleep();
    this.#running = this.#read();
    this.#running.catch(() => {}); // a call that is cancelled does not ask for its end
  }

  wake(key: Key): void {
    const wake = this.#wake;
    this.#sleep();
    wake(key);
  }

  /** @returns What it has read, each time as a transaction of its own. */
  async end(): Promise<Part[]> {
    this.#wake(undefined);
    await this.#running;
    return this.#parts;
  }

  #sleep(): void {
    this.#woken = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #read(): Promise<void> {
    const reads: Promise<void>[] = [];
    for (;;) {
      const key = await this.#woken;
      if (key === undefined) break;
      const read = this.#readList(key);
      read.catch(() => {}); // told below
      reads.push(read);
    }
    await Promise.all(reads);
  }

  async #readList(key: Key): Promise<void> {
    const row = await readStatement(this.#db, key).first<{ elements: string }>();
    this.#parts.push({ outcome: "ok", steps: [{ do: "read", key, elements: elementsOf(row!) }] });
  }
}
