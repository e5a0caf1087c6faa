/** What the procedures find in their `env`: the bindings of wrangler.toml that they use. */
export interface Env {
  /** The payment service (procedures/payment-worker in local use). */
  PAYMENT_API: Fetcher;
}
