import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import page from "../../docs/operations.md?raw";
import { BackupSteps } from "../../src/backup/backup-steps.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { pruneBackups } from "../../src/backup/prune-backups.ts";
import { takeBackup } from "../../src/backup/take-backup.ts";
import { Exporter } from "../../src/database/export/exporter.ts";
import { PollTimers } from "../../src/database/transfers.ts";
import { DatabaseError } from "../../src/errors.ts";
import { exportPartBytes, maxQueuedJobs, queueTimeoutMs, retryAfterSeconds } from "../../src/limits.ts";
import { stored } from "../backup/backups.ts";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { inDatabase } from "../support/in-database.ts";
import { logged, retrying } from "./operations/retrying.ts";
import source from "./operations/retrying.ts?raw";

describe("docs/operations.md", () => {
  everySnippetRuns(page, { "retrying.ts": source });

  it("tells the limits of the queue", () => {
    expect(page).toContain(`${maxQueuedJobs.toLocaleString("en")} writes wait already`);
    expect(page).toContain(`it has waited ${queueTimeoutMs / 1_000} s: \`QUEUE_TIMEOUT\``);
    expect(page.match(/Retry-After: \d+/g)).toEqual(Array(6).fill(`Retry-After: ${retryAfterSeconds}`));
  });
});

describe("retrying() of docs/operations.md", () => {
  const busy = () => new DatabaseError("OVERLOADED", "busy");

  it("gives up what may have been done, and what is no error of the database", async () => {
    const failures = [
      new DatabaseError("COMMIT_FAILED", "?"),
      Object.assign(new Error("reset"), { retryable: true }),
    ];
    for (const failure of failures) {
      const call = vi.fn(() => Promise.reject(failure));
      await expect(retrying(call)).rejects.toBe(failure);
      expect(call).toHaveBeenCalledTimes(1);
    }
    const returning = vi.fn(async () => ({ error: failures[0] }));
    expect(await retrying(returning)).toEqual({ error: failures[0] });
    expect(returning).toHaveBeenCalledTimes(1);
  });

  it("ends after so many attempts, with the last error, thrown or returned", async () => {
    const throwing = vi.fn(() => Promise.reject(busy()));
    await expect(retrying(throwing, 2)).rejects.toMatchObject({ code: "OVERLOADED" });
    const returning = vi.fn(async () => ({ error: busy() }));
    expect(await retrying(returning, 2)).toMatchObject({ error: { code: "OVERLOADED" } });
    expect([throwing, returning].map((call) => call.mock.calls.length)).toEqual([2, 2]);
  });

  it("calls again what a full queue has refused, until it has room", async () => {
    const answers = [
      () => Promise.reject(busy()),
      async () => ({ error: busy() }),
      async () => ({ total: 1 }),
    ];
    expect(await retrying<object>(() => answers.shift()!())).toEqual({ total: 1 });
    expect(answers).toEqual([]);
  });
});

describe("logged() of docs/operations.md", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("writes the code of an error, thrown or returned, or ok", async () => {
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    await expect(logged("A", () => Promise.reject(new DatabaseError("OVERLOADED", "")))).rejects.toThrow();
    await logged("B", async () => ({ error: Object.assign(new Error(), { code: "OUT_OF_STOCK" }) }));
    await logged("C", async () => 1);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "procedure", name: "A", outcome: "OVERLOADED" },
      { name: "B", outcome: "OUT_OF_STOCK" },
      { name: "C", outcome: "ok", ms: expect.any(Number) },
    ]);
  });
});

/** A bucket that counts what is billed: R2 calls writes and lists Class A, reads Class B, and deletes are free. */
function counted(bucket: R2Bucket) {
  const counts = { A: 0, B: 0 };
  const classOf = new Map<unknown, "A" | "B">([
    ...(["put", "list", "createMultipartUpload"] as const).map((method) => [method, "A"] as const),
    ...(["get", "head"] as const).map((method) => [method, "B"] as const),
  ]);
  const proxy = new Proxy(bucket, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const billed = classOf.get(key);
        if (billed !== undefined) counts[billed]++;
        return value.apply(target, args);
      };
    },
  });
  return { proxy, counts };
}

/** What the page says of a row: operations of Class A and B. */
function told(what: string): { A: number; B: number } {
  const [, A, B] = new RegExp(`^\\| ${what} \\| (\\d+) \\| (\\d+) \\|$`, "m").exec(page) ?? [];
  return { A: Number(A), B: Number(B) };
}

describe("the R2 operations in docs/operations.md", () => {
  it("are those of a look whether a database has changed", async () => {
    const { proxy, counts } = counted(env.BACKUPS);
    const backup = await stored("SELECT 1;");
    await new BackupStore(proxy).newest(backup.database_uuid);
    expect(counts).toEqual(told("look whether a database has changed"));
  });

  it(
    "are those of an export",
    inDatabase(async ({ engine, state }) => {
      const { proxy, counts } = counted(env.DUMPS);
      const exporter = new Exporter(engine, state.storage.sql, { DUMPS: proxy }, new PollTimers());
      const { status } = await exporter.start(`exports/${crypto.randomUUID()}`, {});
      expect(status).toBe("complete");
      expect(counts).toEqual(told("export"));
    }),
  );

  it("are those of a backup that is stored, in as many steps as the page says", async () => {
    const { proxy, counts } = counted(env.BACKUPS);
    const uuid = crypto.randomUUID();
    const key = `exports/${uuid}`;
    await env.DUMPS.put(key, "SELECT 1;");
    const dumps = counted(env.DUMPS);
    const open = async () => ({ body: (await dumps.proxy.get(key))!.body, length: undefined });
    const steps = new BackupSteps(
      {
        database: async () => ({ uuid, name: "library" }),
        startExport: async () => "bookmark",
        pollExport: async () => ({ state: "complete", file: { open } }),
      },
      proxy,
      crypto.randomUUID(),
      "schedule",
    );
    const names: string[] = [];
    const step = {
      do: (name: string, _config: unknown, work: () => Promise<unknown>) => {
        names.push(name);
        return work();
      },
    } as unknown as Parameters<typeof takeBackup>[0];
    await takeBackup(step, steps);
    expect({ A: counts.A + dumps.counts.A, B: counts.B + dumps.counts.B }).toEqual(
      told("download and store"),
    );
    // And the one that deletes.
    expect(page.replaceAll(/\s+/g, " ")).toContain(
      `one instance of a Workflow with ${names.length + 1} steps`,
    );
  });

  it("are those of deleting what is no longer kept", async () => {
    const { proxy, counts } = counted(env.BACKUPS);
    const { database_uuid } = await stored("SELECT 1;");
    const retention = { hourly: 24, daily: 30, monthly: 12 };
    await pruneBackups(new BackupStore(proxy), database_uuid, retention, Date.now());
    expect(counts).toEqual(told("delete what is no longer kept"));
  });

  it("are told for files that need no second part", () => {
    expect(page).toContain(`one file up to ${exportPartBytes / 1024 ** 2} MiB`);
    const changed = [
      "look whether a database has changed",
      "export",
      "download and store",
      "delete what is no longer kept",
    ];
    const perMonth = changed.map((row) => told(row).A).reduce((sum, count) => sum + count) * 730;
    expect(perMonth).toBe(5_110);
  });
});
