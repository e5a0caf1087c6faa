import { ShopError } from "./shop-error";

export interface Payment {
  card: string;
  amount: number;
  /** The provider charges once for each key, however often it is asked. */
  key: string;
}

/**
 * Asks the provider for a charge.
 *
 * @throws ShopError PAYMENT_UNCERTAIN when nobody knows whether it has charged: ask again with the same key.
 */
export async function charge(
  provider: Fetcher,
  { card, amount, key }: Payment,
  signal: AbortSignal,
): Promise<{ id: string } | { declined: string }> {
  const request = {
    method: "POST",
    headers: { "idempotency-key": key },
    body: JSON.stringify({ card, amount }),
    signal,
  };
  const response = await provider.fetch("https://payments/charges", request).catch(() => undefined);
  if (response?.status === 402) return { declined: (await response.json<{ reason: string }>()).reason };
  if (!response?.ok) {
    throw new ShopError("PAYMENT_UNCERTAIN", 503, "The payment provider does not answer. Try again.");
  }
  return response.json<{ id: string }>();
}
