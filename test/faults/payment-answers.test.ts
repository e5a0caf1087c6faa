/** What a payment service may do to a checkout beyond what procedures/payment-worker does: each answer by hand, at its moment. */
import { describe, expect, it } from "vitest";
import migration from "../../migrations/0001_shop.sql?raw";
import type { Env } from "../../procedures/env.ts";
import Procedures from "../../procedures/index.ts";
import seed from "../../procedures/seed.sql?raw";
import type { ProcedureContext } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A shop with an open cart of 2,000 cents, whose payments go where the test says. */
async function shop(database: TestDatabase, fetch: Fetch) {
  await database.engine.runScript(migration + seed);
  await database.query(
    "INSERT INTO user (user_id, name, payment_method_id, balance) VALUES (90, 'Test', 'pm_card', 10000)",
  );
  await database.query("INSERT INTO cart (cart_id, user_id) VALUES (90, 90)");
  await database.query("INSERT INTO cart_item (cart_id, product_id, quantity) VALUES (90, 2, 1)");
  const env = { PAYMENT_API: { fetch } } as unknown as Env;
  return {
    checkout: () => new Procedures(database.db(), env, {} as ProcedureContext).Checkout(90),
    state: () =>
      database.query(
        "SELECT cart.status, user.balance, (SELECT count(*) FROM purchase) FROM cart JOIN user USING (user_id) WHERE cart_id = 90",
      ),
  };
}

const untouched = [["open", 10_000, 0]];
const purchased = [["purchased", 8_000, 1]];

const charge = { id: "ch_1", status: "succeeded", amount: 2_000 };
const uncertain = { error: { code: "PAYMENT_UNCERTAIN", retryable: true } };

/** A body that breaks off after its first half. */
function cutOff(text: string): ReadableStream {
  const half = new TextEncoder().encode(text.slice(0, text.length / 2));
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error("Network connection lost."));
      else controller.enqueue(half);
      sent = true;
    },
  });
}

const answers: [what: string, answer: () => Promise<Response>][] = [
  ["cannot be reached", () => Promise.reject(new Error("Network connection lost."))],
  [
    "is cut off in the middle of its answer",
    async () => new Response(cutOff(JSON.stringify(charge)), { status: 201 }),
  ],
  [
    "is cut off in the middle of a decline",
    async () => new Response(cutOff('{"status":"declined"}'), { status: 402 }),
  ],
  [
    "answers with half of a JSON",
    async () => new Response(JSON.stringify(charge).slice(0, -5), { status: 201 }),
  ],
  ["answers with nothing", async () => new Response(null, { status: 204 })],
  ["answers with null", async () => Response.json(null, { status: 200 })],
  ["answers with an array", async () => Response.json([charge], { status: 201 })],
  [
    "tells of a charge without an id",
    async () => Response.json({ ...charge, id: undefined }, { status: 201 }),
  ],
  [
    "tells of a charge of another amount",
    async () => Response.json({ ...charge, amount: 1_999 }, { status: 201 }),
  ],
  [
    "tells of a charge whose amount is a text",
    async () => Response.json({ ...charge, amount: "2000" }, { status: 201 }),
  ],
  [
    "tells of a charge that is pending",
    async () => Response.json({ ...charge, status: "pending" }, { status: 200 }),
  ],
  ["declines without a reason", async () => Response.json({ status: "declined" }, { status: 402 })],
  [
    "tells of a conflict without a charge",
    async () => Response.json({ status: "conflict" }, { status: 409 }),
  ],
  [
    "is busy",
    async () => Response.json({ status: "busy" }, { status: 503, headers: { "retry-after": "1" } }),
  ],
  [
    "sends elsewhere",
    async () => new Response(null, { status: 302, headers: { location: "https://elsewhere/" } }),
  ],
];

describe("a payment service that", () => {
  it.each(answers)(
    "%s leaves nothing of the checkout, and a retry with its key buys the cart",
    (_what, answer) =>
      inDatabase(async (database) => {
        const keys: unknown[] = [];
        let isBroken = true;
        const { checkout, state } = await shop(database, async (_url, { body }) => {
          keys.push(JSON.parse(String(body)).idempotency_key);
          return isBroken ? answer() : Response.json(charge, { status: 200 });
        });
        expect(await checkout()).toMatchObject(uncertain);
        expect(await state()).toEqual(untouched);
        isBroken = false;
        expect(await checkout()).toEqual({ amount_charged: 2_000, remaining_balance: 8_000 });
        expect(await state()).toEqual(purchased);
        expect(keys).toEqual([keys[0], keys[0]]);
      })(),
  );
});

describe("an answer that comes when the transaction has ended", () => {
  /** Writes one row, asks for a payment without a look at the signal, and writes another one when it is answered. */
  function payUnheeding(database: TestDatabase, answer: Promise<void>, timeoutMs: number) {
    const db = database.db();
    const write = (name: string) => db.prepare("INSERT INTO log VALUES (?)").bind(name).run();
    let late: Promise<unknown> | undefined;
    const result = db.transaction(
      async (txn) => {
        await write("ordered");
        await answer;
        late = write("paid");
        // Nor does it look at what became of its own statements.
        await late.catch(() => {});
        await txn.commit().catch(() => {});
        return { paid: true };
      },
      { timeoutMs },
    );
    return { result, late: () => late };
  }

  it.each(["attached", "detached"] as const)(
    "writes nothing, neither by itself nor into the transaction that is open by then (%s)",
    (how) =>
      inDatabase(async (database) => {
        await database.db().exec("CREATE TABLE log (name)");
        const answer = Promise.withResolvers<void>();
        const unheeding = payUnheeding(database, answer.promise, 20);
        expect(await unheeding.result).toMatchObject({ error: { code: "TRANSACTION_TIMEOUT" } });
        const next = database.db();
        const outcome = await next.transaction(async () => {
          await next.prepare("INSERT INTO log VALUES ('next')").run();
          if (how === "detached") await scheduler.wait(5);
          answer.resolve();
          for (let tick = 0; tick < 50; tick++) await undefined;
          if (how === "detached") await scheduler.wait(5);
          await next.prepare("INSERT INTO log VALUES ('next again')").run();
          return { rows: await next.prepare("SELECT name FROM log").raw() };
        });
        expect(outcome).toEqual({ rows: [["next"], ["next again"]] });
        await expect(unheeding.late()).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
        expect(await database.column("SELECT name FROM log")).toEqual(["next", "next again"]);
      })(),
  );

  it(
    "does not matter to the checkouts behind it, which go on before it comes",
    inDatabase(async (database) => {
      await database.db().exec("CREATE TABLE log (name)");
      const answer = Promise.withResolvers<void>();
      const hanging = Array.from({ length: 3 }, () => payUnheeding(database, answer.promise, 15));
      const behind = database.query("INSERT INTO log VALUES ('behind all')");
      for (const { result } of hanging)
        expect(await result).toMatchObject({ error: { code: "TRANSACTION_TIMEOUT" } });
      await behind;
      answer.resolve();
      await scheduler.wait(5);
      for (const { late } of hanging)
        await expect(late()).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
      expect(await database.column("SELECT name FROM log")).toEqual(["behind all"]);
    }),
  );
});
