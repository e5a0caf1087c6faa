/** The payment provider of docs/drizzle.md and docs/kysely.md: takes its time, and pays at most 1000. */
export async function pay(amount: number, signal: AbortSignal): Promise<boolean> {
  await scheduler.wait(1, { signal });
  return amount <= 1000;
}
