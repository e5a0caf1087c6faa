/** The payment service; README.md in this folder is its manual. */

import { WorkerEntrypoint } from "cloudflare:workers";
import type { Charge, ChargeRecord } from "./charge-record.ts";
import { type ChargeRequest, parseChargeRequest } from "./charge-request.ts";

export { ChargeRecord } from "./charge-record.ts";

/** The longest that a payment method may take, in milliseconds. */
const maxDelayMs = 60_000;

interface PaymentEnv {
  CHARGES: DurableObjectNamespace<ChargeRecord>;
}

export default class PaymentWorker extends WorkerEntrypoint<PaymentEnv> {
  override async fetch(request: Request): Promise<Response> {
    const [, resource, key] = new URL(request.url).pathname.split("/");
    if (resource !== "charges") return notFound();
    if (request.method === "GET" && key) return this.#find(key);
    if (request.method !== "POST" || key) return notFound();

    const chargeRequest = parseChargeRequest(await request.json().catch(() => undefined));
    if (typeof chargeRequest === "string") {
      return Response.json({ status: "invalid", message: chargeRequest }, { status: 400 });
    }
    return this.#charge(chargeRequest);
  }

  async #find(key: string): Promise<Response> {
    const charge = await this.#record(key).find();
    return charge ? Response.json(charge) : notFound();
  }

  async #charge(request: ChargeRequest): Promise<Response> {
    const record = this.#record(request.idempotency_key);
    // First of all: what was charged stays charged, even if the card would be declined today.
    const earlier = await record.find();
    if (earlier) return answer(earlier, false, request);

    const method = request.payment_method_id;
    if (method === "pm_declined") {
      return Response.json(
        { status: "declined", decline_code: "card_declined", message: "The card was declined." },
        { status: 402 },
      );
    }
    if (method === "pm_error") return internalError();
    if (method === "pm_garbage") return new Response("<html>OK</html>", { status: 201 });
    if (method === "pm_hang") {
      await scheduler.wait(maxDelayMs);
      return internalError();
    }
    await scheduler.wait(delayMs(method));
    const { charge, isNew } = await record.charge(request);
    if (method === "pm_lost_answer") return internalError();
    return answer(charge, isNew, request);
  }

  #record(key: string): DurableObjectStub<ChargeRecord> {
    return this.env.CHARGES.get(this.env.CHARGES.idFromName(key));
  }
}

function answer(charge: Charge, isNew: boolean, request: ChargeRequest): Response {
  if (charge.amount !== request.amount) {
    const message = "This idempotency key was used for a charge of another amount.";
    return Response.json({ status: "conflict", message, charge }, { status: 409 });
  }
  return Response.json(charge, { status: isNew ? 201 : 200 });
}

/** `pm_slow_1000` takes 1000 ms, others none. */
function delayMs(method: string): number {
  const ms = Number(/^pm_slow_(\d+)$/.exec(method)?.[1] ?? 0);
  return Math.min(ms, maxDelayMs);
}

function notFound(): Response {
  return Response.json({ status: "not_found", message: "No such charge or route." }, { status: 404 });
}

function internalError(): Response {
  return Response.json({ status: "error", message: "The payment service failed." }, { status: 500 });
}
