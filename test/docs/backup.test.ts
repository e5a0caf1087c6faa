import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import page from "../../docs/backup.md?raw";
import { backupSchema } from "../../src/backup/backup.ts";
import type { Outcome } from "../../src/backup/report.ts";
import { restoreReportSchema } from "../../src/backup/restore.ts";
import * as limits from "../../src/limits.ts";
import configuration from "../../wrangler.toml?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import * as worker from "./backup/worker.ts";
import workerSource from "./backup/worker.ts?raw";

function blocksOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) => code!);
}

describe("docs/backup.md", () => {
  everySnippetRuns(page, { "worker.ts": workerSource });

  it("has a Worker that answers, and starts backups", async () => {
    const health = new Request("http://localhost/health");
    expect((await worker.default.fetch(health, env, createExecutionContext())).status).toBe(200);
    const ids: string[] = [];
    const workflow = { create: async ({ id }: { id: string }) => ids.push(id) } as unknown as Workflow;
    const scheduledTime = Date.parse("2026-11-21T14:00:00.000Z");
    await worker.default.scheduled({ scheduledTime }, { ...env, BACKUP_WORKFLOW: workflow }, { exports });
    expect(ids).toEqual([`${env.DATABASE_ID}-20261121T14`]);
    for (const { prototype } of [worker.BackupWorkflow, worker.RestoreWorkflow]) {
      expect(prototype.run).toBeTypeOf("function");
    }
  });

  it("has the configuration of wrangler.toml", () => {
    const [toml] = blocksOf("toml");
    const paragraphs = toml!.replace("[vars]\n", "").split("\n\n");
    expect(paragraphs).toHaveLength(5);
    for (const paragraph of paragraphs) expect(configuration).toContain(paragraph.trim());
  });

  it("shows a backup as the API tells it", () => {
    const [, answer] = blocksOf("json");
    const { result } = JSON.parse(answer!) as { result: { backup: unknown } };
    expect(backupSchema.strict().parse(result.backup)).toEqual(result.backup);
  });

  it("shows a restore as the API tells it", () => {
    const [, , answer] = blocksOf("json");
    const { result } = JSON.parse(answer!) as { result: { restore: unknown } };
    expect(restoreReportSchema.strict().parse(result.restore)).toEqual(result.restore);
  });

  it("has JSON only", () => {
    expect(blocksOf("json").map((block) => typeof JSON.parse(block))).toEqual(Array(4).fill("object"));
  });

  it("tells how often steps are tried, and for how long", () => {
    const seconds = (ms: number) => (ms < 600_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`);
    const pause = `${seconds(limits.backupRetryDelayMs)}, then twice as long each time`;
    const rows = [
      ["start the export", limits.backupRetries + 1, pause, limits.backupStartTimeoutMs],
      [
        "wait for the export",
        `${limits.backupPolls + 1} polls`,
        seconds(limits.backupPollDelayMs),
        limits.backupPollTimeoutMs,
      ],
      ["store it in R2", limits.backupRetries + 1, pause, limits.backupStoreTimeoutMs],
    ] as const;
    for (const [step, tries, first, timeoutMs] of rows) {
      expect(page).toContain(`| ${step} | ${tries} | ${first} | ${seconds(timeoutMs)} each |`);
    }
    expect(limits.backupExports).toBe(3);
  });

  it("names the outcomes that are logged", () => {
    const outcomes: Record<Outcome["outcome"], true> = {
      stored: true,
      restored: true,
      failed: true,
      pruned: true,
      "step-failed": true,
      "not-pruned": true,
      "not-started": true,
      scheduled: true,
    };
    for (const outcome of Object.keys(outcomes)) {
      expect(page).toMatch(new RegExp(`\`${outcome}\`|"outcome": "${outcome}"`));
    }
  });
});
