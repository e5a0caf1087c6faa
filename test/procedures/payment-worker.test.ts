import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

function post(body: unknown): Promise<Response> {
  return env.PAYMENT_API.fetch("https://payment-api/charges", {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function charge(changes: Record<string, unknown> = {}) {
  return { payment_method_id: "pm_card", amount: 900, idempotency_key: crypto.randomUUID(), ...changes };
}

describe("payment-api", () => {
  it("charges, and answers the same charge when it is asked again with the key", async () => {
    const request = charge();
    const first = await post(request);
    expect(first.status).toBe(201);
    const made = await first.json();
    expect(made).toMatchObject({ id: expect.stringMatching(/^ch_/), status: "succeeded", amount: 900 });
    const second = await post(request);
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual(made);
  });

  it("makes one charge of ten requests that come at once with one key", async () => {
    const request = charge({ payment_method_id: "pm_slow_30" });
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(request)));
    const ids = await Promise.all(answers.map(async (answer) => (await answer.json<{ id: string }>()).id));
    expect(new Set(ids).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("refuses a key that was charged with another amount, and tells the charge", async () => {
    const request = charge();
    await post(request);
    const answer = await post({ ...request, amount: 901 });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ status: "conflict", charge: { amount: 900 } });
  });

  it("does not remember a declined attempt", async () => {
    const request = charge({ payment_method_id: "pm_declined" });
    expect((await post(request)).status).toBe(402);
    expect((await post({ ...request, payment_method_id: "pm_card" })).status).toBe(201);
  });

  it("finds a charge by its key", async () => {
    const request = charge();
    const url = `https://payment-api/charges/${request.idempotency_key}`;
    expect((await env.PAYMENT_API.fetch(url)).status).toBe(404);
    await post(request);
    expect(await (await env.PAYMENT_API.fetch(url)).json()).toMatchObject({ amount: 900 });
  });

  it.each([
    ["no JSON", "{"],
    ["null", null],
    ["a fraction of a cent", charge({ amount: 0.5 })],
    ["a negative amount", charge({ amount: -1 })],
    ["an amount as text", charge({ amount: "900" })],
    ["no payment method", charge({ payment_method_id: undefined })],
    ["a short key", charge({ idempotency_key: "k" })],
  ])("refuses %s", async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ status: "invalid" });
  });
});
