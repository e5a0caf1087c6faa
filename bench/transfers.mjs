import { clientsOf, perSecond, ratio, row } from "./measuring.mjs";
import { memoryOfGroup } from "./memory.mjs";

/** @typedef {import("./measuring.mjs").Measuring} Measuring */

const accounts = 100_000;
const startBalance = 1_000_000;

/**
 * Procedures with transactions, against a plain Durable Object and awaited D1 statements.
 *
 * @param {Measuring} measuring
 */
export async function transfers(measuring) {
  console.log(`Transfer: 2 SELECT + 2 UPDATE, ${accounts.toLocaleString("en")} accounts (calls per second)`);
  for (const clients of [1, 8, 64]) {
    const { ping, ours, plain, d1 } = await measuring.inTurn(
      { ping: "ours/ping", ours: "ours/transfer", plain: "plain/transfer", d1: "d1/transfer" },
      clients,
    );
    row(clientsOf(clients), {
      ping: perSecond(ping),
      ours: perSecond(ours),
      plain: perSecond(plain),
      "d1, 4 awaits": perSecond(d1),
      "ours/plain": ratio(ours.rate, plain.rate),
      "ours/d1": ratio(ours.rate, d1.rate),
      "ours/ping": ratio(ours.rate, ping.rate),
    });
  }
  for (const contender of ["ours", "plain", "d1"]) {
    const total = await measuring.ask(`${contender}/total`);
    // Awaited D1 statements are no transaction: updates of other clients are lost, and money with them.
    const note =
      total === accounts * startBalance
        ? "every cent is there"
        : `${total - accounts * startBalance} lost or made`;
    console.log(`  money in ${contender}: ${note}`);
  }

  console.log(
    "\nReads beside a transaction that holds uncommitted rows for 500 ms (64 clients; ms, the runtime's clock has steps of 1 ms)",
  );
  for (const contender of ["ours", "plain"]) {
    const idle = await measuring.median(`${contender}/read`, 64, 400);
    const held = await measuring.median(`${contender}/read-while-held`, 64, 500);
    row(contender, {
      "idle p99": idle.p99.toFixed(2),
      "held p99": held.p99.toFixed(2),
      "held max": held.max.toFixed(1),
      "held/idle p99": ratio(held.p99, idle.p99),
      "reads while held": String(held.calls),
    });
  }

  console.log("\nA transaction of 100 writes, with and without one external wait (1 client)");
  const { without, withWait } = await measuring.inTurn(
    { without: "ours/100-writes", withWait: "ours/100-writes-wait" },
    1,
  );
  row("ours", {
    "without ms": (1000 / without.rate).toFixed(2),
    "with ms": (1000 / withWait.rate).toFixed(2),
    "with/without": ratio(without.rate, withWait.rate),
  });

  console.log("\nA look-up of a compiled statement");
  row("ours", { us: Number(await measuring.ask("ours/compiler-hit")).toFixed(3) });

  console.log("\nMemory of the server over transfers with 64 clients (resident, MB)");
  const before = await memoryOfGroup(measuring.server.pid);
  const steps = [];
  let done = 0;
  while (done < 100_000) {
    done += (await measuring.ask("ours/transfer", 64, 2000)).calls;
    steps.push(`${(done / 1000).toFixed(0)}k: ${await memoryOfGroup(measuring.server.pid)}`);
  }
  console.log(`  before: ${before}   ${steps.join("   ")}`);
}
