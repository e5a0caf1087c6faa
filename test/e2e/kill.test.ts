import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/lib/dev-server.mjs";

const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-kill-"));
let server: DevServer | undefined;

const start = async () => {
  const envFile = join(scratchDir, "vars");
  writeFileSync(envFile, "");
  const configs = ["test/e2e/crash/wrangler.toml"];
  server = await startDevServer({ configs, envFile, scratchDir, persistTo: join(scratchDir, "state") });
};

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server!.url}/${path}`);
  if (!response.ok) throw new Error(await response.text());
  return response.json() as Promise<T>;
}

/** The transfers of a database, each with its amounts in the order of their rows. */
async function transfers(database: string): Promise<Map<number, number[]>> {
  const result = new Map<number, number[]>();
  for (const [transfer, amount] of await get<[number, number][]>(`${database}/Entries`)) {
    result.set(transfer, [...(result.get(transfer) ?? []), amount]);
  }
  return result;
}

/** Calls one after another until the server is gone, and adds the acknowledged ones. */
async function callUntilTheEnd(method: string, client: number, acknowledged: number[]): Promise<void> {
  for (let n = 0; ; n++) {
    const transfer = client * 1_000_000 + n;
    try {
      await get(`${method}/${transfer}`);
      acknowledged.push(transfer);
    } catch {
      return;
    }
  }
}

describe("after SIGKILL in the middle of transactions and a restart", () => {
  const acknowledged: number[] = [];
  const acknowledgedAlone: number[] = [];

  beforeAll(async () => {
    await start();
    for (const database of ["busy", "alone", "detached", "attached"]) {
      await get(`${database}/Open`);
      await get(`${database}/Transfer/1`);
    }
    const unanswered = ["detached/StopDetached/2", "attached/StopAttached/2", "detached/Transfer/3"].map(
      (path) => get(path).catch(() => "no answer"),
    );
    const clients = [
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((client) => callUntilTheEnd("busy/Transfer", client, acknowledged)),
      callUntilTheEnd("alone/WriteAlone", 9, acknowledgedAlone),
    ];
    while ((await get<string[]>("in-the-middle")).length < 2) await sleep(20);
    while (acknowledged.length <= 20 || acknowledgedAlone.length <= 5) await sleep(20);

    process.kill(-server!.pid, "SIGKILL");
    await server!.ended;
    await Promise.all(clients);
    expect(await Promise.all(unanswered)).toEqual(["no answer", "no answer", "no answer"]);
    await start();
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(scratchDir, { recursive: true, force: true });
  });

  it("every acknowledged transaction is there", async () => {
    const stored = await transfers("busy");
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(acknowledged.filter((transfer) => !stored.has(transfer))).toEqual([]);
  });

  it("every acknowledged write of a lone writer is there, each as a whole", async () => {
    const stored = await transfers("alone");
    expect(acknowledgedAlone.length).toBeGreaterThan(5);
    expect(acknowledgedAlone.filter((write) => !stored.has(write))).toEqual([]);
    for (const [write, amounts] of stored) expect({ write, amounts }).toEqual({ write, amounts: [-1, 1] });
  });

  it("every transaction is there as a whole or not at all", async () => {
    for (const [transfer, amounts] of await transfers("busy")) {
      expect({ transfer, amounts }).toEqual({ transfer, amounts: [-1, 1] });
    }
  });

  it("nothing is left of a transaction that waited detached, nor of those behind it", async () => {
    expect([...(await transfers("detached"))]).toEqual([[1, [-1, 1]]]);
  });

  it("nothing is left of a transaction whose physical transaction was open", async () => {
    expect([...(await transfers("attached"))]).toEqual([[1, [-1, 1]]]);
  });

  it("every database takes transactions again", async () => {
    for (const database of ["busy", "detached", "attached"]) {
      expect(await get(`${database}/Transfer/9`)).toEqual({ transfer: 9 });
      expect((await transfers(database)).get(9)).toEqual([-1, 1]);
    }
  });
});
