import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientsOf, Measuring, perSecond, ratio, row } from "./measuring.mjs";
import { memoryOfGroup } from "./memory.mjs";
import { startBench } from "./start.mjs";

/**
 * Statements through D1's client API, on this project and on the local D1 binding.
 *
 * @param {Measuring} measuring
 */
export async function clientApi(measuring) {
  for (const [workload, title] of Object.entries({
    read: "Single-row read, prepare().bind().first()",
    write: "Single-row write, prepare().bind().run()",
    batch: "batch() of 10 single-row writes",
    "10000-rows": "Result of 10,000 rows, all()",
  })) {
    console.log(`\n${title} (calls per second)`);
    for (const clients of workload === "10000-rows" ? [1] : [1, 8, 64]) {
      const { ours, d1 } = await measuring.inTurn(
        { ours: `ours/${workload}`, d1: `d1/${workload}` },
        clients,
      );
      row(clientsOf(clients), {
        ours: perSecond(ours),
        d1: perSecond(d1),
        "ours/d1": ratio(ours.rate, d1.rate),
        "p99 ms": `${ours.p99.toFixed(0)} and ${d1.p99.toFixed(0)}`,
      });
    }
  }

  console.log("\nMemory of the server after 10 s of 10,000-row results, 4 clients (resident, MB)");
  for (const contender of ["ours", "d1"]) row(contender, await memoryOfLargeResults(contender));
}

/**
 * In a server of its own: memory tells of a process, not of a contender in it.
 *
 * @param {string} contender
 */
async function memoryOfLargeResults(contender) {
  const scratchDir = await mkdtemp(join(tmpdir(), "d1-procedures-bench-"));
  const server = await startBench(scratchDir);
  try {
    const measuring = new Measuring(server);
    await measuring.ask(`${contender}/set-up`);
    const before = await memoryOfGroup(server.pid);
    let peak = 0;
    for (let round = 0; round < 10; round++) {
      await measuring.ask(`${contender}/10000-rows`, 4, 1_000);
      peak = Math.max(peak, Number(await memoryOfGroup(server.pid)));
    }
    return { before, most: String(peak), grown: String(peak - Number(before)) };
  } finally {
    await server.stop();
    await rm(scratchDir, { recursive: true, force: true });
  }
}
