/** What a client asks for. */
export interface ChargeRequest {
  payment_method_id: string;
  /** Cents. */
  amount: number;
  idempotency_key: string;
}

/** Reads a request body; a string says what is wrong with it. */
export function parseChargeRequest(body: unknown): ChargeRequest | string {
  if (typeof body !== "object" || body === null) return "The body must be a JSON object.";
  const { payment_method_id, amount, idempotency_key } = body as Record<string, unknown>;
  if (typeof payment_method_id !== "string" || !/^pm_\w{1,60}$/.test(payment_method_id)) {
    return "payment_method_id must look like pm_card.";
  }
  if (typeof amount !== "number" || !Number.isSafeInteger(amount) || amount < 1) {
    return "amount must be a positive integer, in cents.";
  }
  if (typeof idempotency_key !== "string" || !/^[\w-]{8,255}$/.test(idempotency_key)) {
    return "idempotency_key must be 8 to 255 letters, digits, _ or -.";
  }
  return { payment_method_id, amount, idempotency_key };
}
