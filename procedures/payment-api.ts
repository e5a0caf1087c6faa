import { PaymentConflictError, type PaymentDetails, PaymentUncertainError } from "./errors.ts";

/** One charge to make. */
export interface Payment {
  paymentMethodId: string;
  /** Cents, positive. */
  amount: number;
  /** The service makes at most one charge for one key, however often it is asked. */
  idempotencyKey: string;
}

/** What the service decided: charged, or refused for the reason in `details`. */
export type PaymentOutcome = { ok: true; chargeId: string } | { ok: false; details: PaymentDetails };

/** The payment service, reached through a service binding: no public address, no secret. */
export class PaymentAPI {
  readonly #service: Fetcher;

  constructor(service: Fetcher) {
    this.#service = service;
  }

  /**
   * Asks for one charge.
   *
   * @param signal Ends the wait when it aborts. The service may charge all the same: the key settles that.
   * @throws PaymentUncertainError when it cannot be told whether money moved.
   * @throws PaymentConflictError when the key has been charged with another amount.
   */
  async processPayment(payment: Payment, signal: AbortSignal): Promise<PaymentOutcome> {
    const { status, body } = await this.#post(payment, signal);
    switch (status) {
      case 200: // charged by an earlier request with this key
      case 201: {
        const charge = readCharge(body);
        // Only an answer about this very amount is proof of payment.
        if (charge?.amount !== payment.amount) throw notUnderstood(status);
        return { ok: true, chargeId: charge.id };
      }
      case 402: {
        const details = readDecline(body);
        if (details === undefined) throw notUnderstood(status);
        return { ok: false, details };
      }
      case 409: {
        const charge = readCharge(field(body, "charge"));
        if (charge === undefined) throw notUnderstood(status);
        throw new PaymentConflictError(charge);
      }
      default:
        throw notUnderstood(status);
    }
  }

  async #post(payment: Payment, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
    try {
      const response = await this.#service.fetch("https://payment-api/charges", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          payment_method_id: payment.paymentMethodId,
          amount: payment.amount,
          idempotency_key: payment.idempotencyKey,
        }),
        signal,
      });
      return { status: response.status, body: parseJson(await response.text()) };
    } catch (cause) {
      // Unreachable, cut off in the middle, or given up by the signal: the request may have arrived.
      throw new PaymentUncertainError("The payment service did not answer.", { cause });
    }
  }
}

function notUnderstood(status: number): PaymentUncertainError {
  return new PaymentUncertainError(`The payment service gave an answer that makes no sense (${status}).`);
}

/** `undefined` for what is not JSON: each answer is then judged by its fields. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readCharge(body: unknown): { id: string; amount: number } | undefined {
  const id = field(body, "id");
  const amount = field(body, "amount");
  if (field(body, "status") !== "succeeded" || typeof id !== "string" || typeof amount !== "number") {
    return undefined;
  }
  return { id, amount };
}

function readDecline(body: unknown): PaymentDetails | undefined {
  const code = field(body, "decline_code");
  const message = field(body, "message");
  if (field(body, "status") !== "declined" || typeof code !== "string" || typeof message !== "string") {
    return undefined;
  }
  return { decline_code: code, message };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
