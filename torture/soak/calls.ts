import type { DatabaseClient } from "../../src/client/client-types.ts";
import type { ProceduresOf } from "../../src/procedures.ts";
import type { Random } from "../../test/histories/random.ts";
import { accounts, type SoakProcedures, type Transfer } from "./soak-procedures.ts";

export type SoakClient = DatabaseClient<ProceduresOf<typeof SoakProcedures>>;

/** What a call may do to the client's count of transfers. */
export type Effect = "none" | "one transfer";

/** A call that a client makes. */
export interface SoakCall {
  name: string;
  effect: Effect;
  /** Codes, or messages, of the failures that are its purpose. */
  mayFailWith?: RegExp;
  /** @returns An error, where it is returned; what else it returns does not matter. */
  run(db: SoakClient): Promise<unknown>;
}

type MakeCall = (random: Random, client: number) => SoakCall;

/** Each kind of call, and how many of some thousand are of it. */
const kinds: [weight: number, make: MakeCall][] = [
  [330, (random, client) => transferCall("transfer", transferOf(random, client))],
  [
    80,
    (random, client) =>
      transferCall("transfer that waits", { ...transferOf(random, client), waitMs: random.between(1, 15) }),
  ],
  [
    40,
    (random, client) =>
      transferCall(
        "transfer that throws",
        { ...transferOf(random, client), waitMs: random.between(0, 2), fails: true },
        /^fails as planned$/,
      ),
  ],
  [
    10,
    (random, client) =>
      transferCall(
        "transfer that times out",
        { ...transferOf(random, client), waitMs: 200, timeoutMs: 15 },
        /^TRANSACTION_TIMEOUT$/,
      ),
  ],
  [15, cancelledTransfer],
  [
    240,
    (random) =>
      plain("read", (db) => db.prepare("SELECT * FROM account WHERE id = ?").bind(account(random)).first()),
  ],
  // More texts than compiled statements are kept, and fewer than insights know: the warm-up sees all of them.
  [
    60,
    (random) => {
      const n = random.between(0, 1_500);
      return plain("read with literals", (db) =>
        db.prepare(`SELECT ${n}, balance FROM account WHERE id = ${n % accounts}`).raw(),
      );
    },
  ],
  [80, batch],
  [
    30,
    (random) =>
      plain("script", (db) =>
        db.exec(
          `INSERT INTO note (body) VALUES ('${random.between(0, 500)}');\nUPDATE note SET body = 'script' WHERE id = 1`,
        ),
      ),
  ],
  [50, (random) => plain("nested blocks", (db) => db.Procedures.Nested(`${random.between(0, 1e9)}`))],
  [20, () => plain("pinned transaction", (db) => db.Procedures.Pinned())],
  [
    30,
    () => ({
      ...plain("statement that fails", (db) => db.prepare("INSERT INTO client (id) VALUES (0)").run()),
      mayFailWith: /UNIQUE constraint failed/,
    }),
  ],
  [
    10,
    () => plain("large read", (db) => db.prepare("SELECT hex(zeroblob(400000)) FROM account LIMIT 5").raw()),
  ],
  [3, (random) => plain("large result", (db) => db.Procedures.Large(random.between(2, 8)))],
  [
    1,
    () => ({
      ...plain("result too large", (db) => db.Procedures.Large(40)),
      mayFailWith: /limited to 32MiB|LIMIT_EXCEEDED/,
    }),
  ],
];

/** The next call of a client. */
export function nextCall(random: Random, client: number): SoakCall {
  return random.weighted(kinds)(random, client);
}

/** Ends the object that all clients of its database work with. */
export const crash: SoakCall = {
  ...plain("crash", (db) => db.Procedures.Crash()),
  mayFailWith: /^ended by the plan$/,
};

function account(random: Random): number {
  return random.between(0, accounts - 1);
}

function transferOf(random: Random, client: number): Transfer {
  return { client, from: account(random), to: account(random), amount: random.between(1, 10) };
}

function transferCall(name: string, transfer: Transfer, mayFailWith?: RegExp): SoakCall {
  const call = {
    name,
    effect: "one transfer" as const,
    run: (db: SoakClient) => db.Procedures.Transfer(transfer),
  };
  return mayFailWith === undefined ? call : { ...call, mayFailWith };
}

function plain(name: string, run: (db: SoakClient) => Promise<unknown>): SoakCall {
  return { name, effect: "none", run };
}

function cancelledTransfer(random: Random, client: number): SoakCall {
  const transfer = { ...transferOf(random, client), waitMs: 40 };
  const afterMs = random.between(0, 30);
  return {
    name: "cancelled transfer",
    effect: "one transfer",
    mayFailWith: /^cancelled as planned$/,
    async run(db) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Error("cancelled as planned")), afterMs);
      try {
        return await db.withSignal(controller.signal).Procedures.Transfer(transfer);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function batch(random: Random): SoakCall {
  const body = `${random.between(0, 1e9)}`;
  return plain("batch", (db) => {
    const note = db.prepare("INSERT INTO note (body) VALUES (?) RETURNING id");
    return db.batch([note.bind(body), db.prepare("SELECT count(*) FROM note"), note.bind(body.repeat(20))]);
  });
}
