/** Connections that break under a checkout: the one to the payment service, and the one of the client. Straight on workerd, as http-connection.test.ts. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "../../support/bundle-worker.ts";

const token = "token-of-the-connection-tests";
const root = new URL("../../../", import.meta.url);

interface Payment {
  payment_method_id: string;
  amount: number;
  idempotency_key: string;
}

/** What the payment service does to a connection, by payment method; an idempotency key is charged when it comes again. */
const behaviours: Record<string, (response: ServerResponse, charge: string) => void> = {
  pm_reset: (response) => response.socket?.resetAndDestroy(),
  pm_closed: (response) => response.socket?.end(),
  pm_cut: (response, charge) => {
    response.writeHead(201, { "content-length": charge.length });
    response.write(charge.slice(0, 20), () => response.socket?.destroy());
  },
  pm_cut_chunk: (response, charge) => {
    response.writeHead(201);
    response.write(charge.slice(0, 20), () => response.socket?.resetAndDestroy());
  },
  pm_no_http: (response) => response.socket?.end("NO HTTP AT ALL\r\n\r\n"),
};

let miniflare: Miniflare;
let payments: Server;
let url: URL;
const asked: Payment[] = [];
const held = new Map<string, () => void>();

async function pay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const payment = JSON.parse(body) as Payment;
  const isAgain = asked.some(({ idempotency_key }) => idempotency_key === payment.idempotency_key);
  asked.push(payment);
  const charge = JSON.stringify({
    id: `ch_${payment.idempotency_key}`,
    status: "succeeded",
    amount: payment.amount,
  });
  const behaviour = behaviours[payment.payment_method_id];
  if (behaviour !== undefined && !isAgain) return behaviour(response, charge);
  const answer = () => response.writeHead(isAgain ? 200 : 201).end(charge);
  if (payment.payment_method_id === "pm_held") held.set(payment.idempotency_key, answer);
  else answer();
}

beforeAll(async () => {
  payments = createServer((request, response) => void pay(request, response)).listen(0, "127.0.0.1");
  await once(payments, "listening");
  const { port } = payments.address() as AddressInfo;
  miniflare = new Miniflare({
    name: "shop",
    modules: true,
    script: bundleWorker(new URL("test/worker.ts", root)),
    compatibilityDate: "2026-04-24",
    compatibilityFlags: ["nodejs_compat", "enable_request_signal"],
    host: "127.0.0.1",
    bindings: { API_TOKEN: token, DATABASE_NAME: "shop" },
    durableObjects: { DB: { className: "Shop", useSQLite: true } },
    serviceBindings: { PAYMENT_API: { external: { address: `127.0.0.1:${port}`, http: {} } } },
  });
  url = await miniflare.ready;
  await query(`${read("migrations/0001_shop.sql")}\n${read("procedures/seed.sql")}`);
});

afterAll(async () => {
  await miniflare.dispose();
  payments.closeAllConnections();
  payments.close();
});

const read = (path: string) => readFileSync(new URL(path, root), "utf8");

async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const path = "/client/v4/accounts/local/d1/database/shop/query";
  const { result, errors } = await post<{
    result: { results: Record<string, unknown>[] }[];
    errors: unknown[];
  }>(path, { sql });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return result.at(-1)!.results;
}

/** A user with a pen of 2,000 cents in the cart. @returns The id of the cart. */
async function cartOf(method: string): Promise<number> {
  const sql = `INSERT INTO user (name, payment_method_id, balance) VALUES ('Test', '${method}', 10000) RETURNING user_id`;
  const [user] = await query(sql);
  const added = await post<{ result: { cart_id: number } }>("/procedures/AddToCart", [user!.user_id, 2, 1]);
  return added.result.cart_id;
}

const checkout = (cart: number) =>
  post<{ result: unknown; errors: unknown[] }>("/procedures/Checkout", [cart]);

async function stateOf(cart: number) {
  const columns =
    "cart.status, user.balance, (SELECT count(*) FROM purchase WHERE purchase.cart_id = cart.cart_id) AS purchases";
  return (await query(`SELECT ${columns} FROM cart JOIN user USING (user_id) WHERE cart_id = ${cart}`))[0];
}

const untouched = { status: "open", balance: 10_000, purchases: 0 };
const purchased = { status: "purchased", balance: 8_000, purchases: 1 };

describe("a connection to the payment service", () => {
  it.each(Object.keys(behaviours))(
    "that breaks (%s) leaves nothing of the checkout, and the next one buys the cart",
    async (method) => {
      const cart = await cartOf(method);
      expect(await checkout(cart)).toMatchObject({ errors: [{ code: "PAYMENT_UNCERTAIN" }] });
      expect(await stateOf(cart)).toEqual(untouched);
      expect(await checkout(cart)).toMatchObject({
        result: { amount_charged: 2_000, remaining_balance: 8_000 },
      });
      expect(await stateOf(cart)).toEqual(purchased);
    },
  );
});

describe("a client that goes away", () => {
  it("while its checkout waits behind another one takes it out of the queue: nothing is bought, nobody is asked to pay", async () => {
    const [first, second, third] = [
      await cartOf("pm_held"),
      await cartOf("pm_abandoned"),
      await cartOf("pm_card"),
    ];
    const holder = checkout(first);
    while (held.size === 0) await sleep(10);
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, "connect");
    const args = JSON.stringify([second]);
    const head = `POST /procedures/Checkout HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${token}`;
    socket.write(`${head}\r\nContent-Length: ${args.length}\r\n\r\n${args}`);
    await sleep(300);
    const behind = checkout(third);
    await sleep(100);
    // A reset: workerd takes a mere end of the client's stream for a client that still reads.
    socket.resetAndDestroy();
    // Nothing else tells that the server has heard of it.
    await sleep(2_000);
    for (const answer of held.values()) answer();
    expect(await holder).toMatchObject({ result: { amount_charged: 2_000 } });
    expect(await behind).toMatchObject({ result: { amount_charged: 2_000 } });
    expect(await stateOf(second)).toEqual(untouched);
    expect(asked.filter(({ payment_method_id }) => payment_method_id === "pm_abandoned")).toEqual([]);
  });
});
