import type { TransferStatus } from "../admin-protocol.ts";
import { DatabaseError, messageOf } from "../errors.ts";
import { transferPollMs } from "../limits.ts";

/** Ended transfers that are remembered. */
const maxEnded = 16;

interface Transfer<Result> {
  status: TransferStatus<Result>;
  ended: Promise<void>;
}

/** A poll that waits for the end of its transfer. */
interface Waiting {
  giveUp: () => void;
  /** Milliseconds since 1970. */
  deadline: number;
  timer: ReturnType<typeof setTimeout>;
}

/** The patience of all polls of an object. */
export class PollTimers {
  readonly #waiting = new Set<Waiting>();

  /** Waits for the end of a transfer, or for a while. */
  async endOrPatience(ended: Promise<void>): Promise<void> {
    let waiting: Waiting | undefined;
    const patience = new Promise<void>((giveUp) => {
      waiting = { giveUp, deadline: Date.now() + transferPollMs, timer: setTimeout(giveUp, transferPollMs) };
      this.#waiting.add(waiting);
    });
    await Promise.race([ended, patience]);
    clearTimeout(waiting!.timer);
    this.#waiting.delete(waiting!);
  }

  /** Keeps them from falling due meanwhile: see WriteMutex.withoutTimers. */
  async pauseDuring<T>(work: () => Promise<T>): Promise<T> {
    for (const waiting of this.#waiting) clearTimeout(waiting.timer);
    try {
      return await work();
    } finally {
      for (const waiting of this.#waiting) {
        // No longer than at first: the clock may have been set back.
        const leftMs = Math.min(transferPollMs, waiting.deadline - Date.now());
        waiting.timer = setTimeout(waiting.giveUp, Math.max(0, leftMs));
      }
    }
  }
}

/** Tells of a transfer what it is doing. */
export type Report = (message: string) => void;

/** Imports, or exports: long work that its client polls. It goes on when the client goes away. */
export class Transfers<Result> {
  readonly #transfers = new Map<string, Transfer<Result>>();
  readonly #polls: PollTimers;

  constructor(polls: PollTimers) {
    this.#polls = polls;
  }

  /** The id of the one that is under way. */
  get activeId(): string | undefined {
    return [...this.#transfers.values()].find(({ status }) => status.status === "active")?.status.id;
  }

  get active(): boolean {
    return this.activeId !== undefined;
  }

  knows(id: string): boolean {
    return this.#transfers.has(id);
  }

  /** Starts the work, and answers as {@link poll} does. */
  start(work: (report: Report, id: string) => Promise<Result>): Promise<TransferStatus<Result>> {
    const id = crypto.randomUUID();
    const messages: string[] = [];
    const transfer: Transfer<Result> = {
      status: { id, status: "active", messages },
      ended: Promise.resolve(),
    };
    const end = async () => {
      try {
        const result = await work((message) => messages.push(message), id);
        transfer.status = { id, status: "complete", messages, result };
      } catch (error) {
        transfer.status = { id, status: "error", messages, error: messageOf(error) };
      }
    };
    transfer.ended = end();
    this.#transfers.set(id, transfer);
    this.#forgetOldest();
    return this.#statusOf(transfer);
  }

  /**
   * The status of a transfer when it ends, or after a while.
   *
   * @throws DatabaseError UNKNOWN_TRANSFER
   */
  async poll(id: string): Promise<TransferStatus<Result>> {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) throw unknownTransfer(id);
    return this.#statusOf(transfer);
  }

  async #statusOf(transfer: Transfer<Result>): Promise<TransferStatus<Result>> {
    await this.#polls.endOrPatience(transfer.ended);
    const { status } = transfer;
    const told = { ...status, messages: [...status.messages] };
    // Each message is told once.
    status.messages.length = 0;
    return told;
  }

  #forgetOldest(): void {
    for (const [id, { status }] of this.#transfers) {
      if (this.#transfers.size <= maxEnded) return;
      if (status.status !== "active") this.#transfers.delete(id);
    }
  }
}

/** The answer to a poll of what this object does not know. */
export function unknownTransfer(id: string): DatabaseError {
  return new DatabaseError(
    "UNKNOWN_TRANSFER",
    `No import or export ${JSON.stringify(String(id).slice(0, 100))} is known: it ended long ago, or the database restarted meanwhile. ` +
      "What had not ended by then has left nothing: start it again.",
  );
}
