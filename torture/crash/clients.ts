import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../test/histories/random.ts";
import { type Api, Refusal } from "./api.ts";
import type { Ledger, LifeState } from "./ledger.ts";
import { accounts, openingBalance, type ToldTransfer, type Transfer, type TransferKind } from "./transfer.ts";

/** What a client does, each as often as its weight says. A bundle is several calls at once. */
export type Habits = readonly (readonly [weight: number, action: TransferKind | "look" | "bundle"])[];

const bundleSize = 16;
const bundled = ["plain", "plain", "plain", "nested", "refused", "once"] as const;

const insertOne = "INSERT INTO posting (key, account, amount) VALUES (?, ?, ?)";
const insertBoth = "INSERT INTO posting (key, account, amount) VALUES (?1, ?2, -?4), (?1, ?3, ?4)";
const look = `SELECT (SELECT count(*) FROM posting) AS postings, (SELECT sum(balance) FROM account) AS total,
  (SELECT count(DISTINCT batch) FROM imported) AS batches`;

/** One of those who use a database at once: asks, waits for the answer, asks again, until the server is gone. */
export class Client {
  readonly #api: Api;
  readonly #ledger: Ledger;
  readonly #name: string;
  readonly #random: Random;
  readonly #habits: Habits;

  /** @param name Nobody else's, in no life. */
  constructor(api: Api, ledger: Ledger, name: string, random: Random, habits: Habits) {
    this.#api = api;
    this.#ledger = ledger;
    this.#name = name;
    this.#random = random;
    this.#habits = habits;
  }

  async run(life: LifeState): Promise<void> {
    for (let n = 0; !life.over; n++) {
      const action = this.#random.weighted(this.#habits);
      try {
        const key = `${this.#name}-${n}`;
        if (action === "look") await this.#look();
        else if (action === "bundle") await this.#bundle(key);
        else await askFor(this.#api, this.#ledger.name, this.#plan(key, action));
      } catch (error) {
        if (life.over) return;
        this.#ledger.problem(`${this.#name} (${action}): ${(error as Error).message}`);
        await sleep(100);
      }
    }
  }

  /** Each of them is acknowledged by itself. */
  async #bundle(key: string): Promise<void> {
    const transfers = Array.from({ length: bundleSize }, (_, n) =>
      this.#plan(`${key}-${n}`, this.#random.pick(bundled)),
    );
    for await (const { key, code, message } of this.#api.transferAll(this.#ledger.uuid, transfers)) {
      const transfer = this.#ledger.transfers.get(key)!;
      if (message === undefined) transfer.outcome = "acknowledged";
      else if (code === "PLANNED") transfer.outcome = "refused";
      else throw new Error(message);
    }
  }

  #plan(key: string, how: TransferKind): ToldTransfer {
    const from = this.#random.between(1, accounts);
    const transfer: ToldTransfer = {
      key,
      from,
      to: (from % accounts) + 1,
      amount: this.#random.between(1, 9),
      how,
      waitMs: this.#random.between(1, 30),
      outcome: "unknown",
    };
    this.#ledger.transfers.set(key, transfer);
    return transfer;
  }

  /** What a reader sees is whole, and is never taken back. */
  async #look(): Promise<void> {
    const [rows] = await this.#api.query<{ postings: number; total: number; batches: number }>(
      this.#ledger.name,
      [look],
    );
    const { postings, total, batches } = rows![0]!;
    if (postings % 2 !== 0 || total !== accounts * openingBalance || batches > 1)
      this.#ledger.problem(`a reader sees half of something: ${JSON.stringify(rows)}`);
    this.#ledger.postingsSeen = Math.max(this.#ledger.postingsSeen, postings);
  }
}

/**
 * Asks for a transfer, and notes what the answer says.
 *
 * @throws What leaves the outcome open.
 */
export async function askFor(api: Api, database: string, transfer: ToldTransfer): Promise<void> {
  try {
    await send(api, database, transfer);
    transfer.outcome = "acknowledged";
  } catch (error) {
    if (!(error instanceof Refusal && error.didNothing)) throw error;
    transfer.outcome = "refused";
  }
}

async function send(api: Api, database: string, transfer: ToldTransfer): Promise<void> {
  const { outcome: _, ...asked } = transfer;
  const { key, from, to, amount, how }: Transfer = asked;
  switch (how) {
    case "batch":
      await api.query(database, [
        { sql: insertOne, params: [key, from, -amount] },
        { sql: insertOne, params: [key, to, amount] },
      ]);
      return;
    case "lone":
      await api.query(database, [{ sql: insertBoth, params: [key, from, to, amount] }]);
      return;
    default:
      await api.post(`/${database}/procedures/Transfer`, [asked]);
  }
}
