import type { Append, Read, Step } from "../checker/history.ts";
import type { CallResult, Part } from "./calls.ts";

/** What a call has done so far, noted beside the data step by step. */
export class Trace {
  readonly #parts: Part[] = [];
  /** The open transaction, and the blocks that are open inside it. */
  #blocks: Step[][] = [[]];

  note(step: Append | Read): void {
    this.#blocks.at(-1)!.push(step);
  }

  enterBlock(): void {
    this.#blocks.push([]);
  }

  leaveBlock(kept: boolean): void {
    const steps = this.#blocks.pop()!;
    this.#blocks.at(-1)!.push(...(kept ? steps : [{ undone: steps }]));
  }

  /** `txn.rollback()`: what the innermost block has done is undone, and it goes on. */
  rolledBack(): void {
    const steps = this.#blocks.pop()!;
    this.#blocks.push([{ undone: steps }]);
  }

  /** The open transaction has been committed, and the next one begins. */
  committed(): void {
    this.#end("ok");
  }

  /** The call has ended, and its open transaction with it. */
  result(outcome: "ok" | "fail"): CallResult {
    this.#end(outcome);
    return { parts: this.#parts };
  }

  #end(outcome: "ok" | "fail"): void {
    const steps = this.#blocks.flat();
    if (steps.length > 0) this.#parts.push({ outcome, steps });
    this.#blocks = [[]];
  }
}
