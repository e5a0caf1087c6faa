import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { report } from "../../src/backup/report.ts";
import { watchLog } from "./instances.ts";

let log: ReturnType<typeof watchLog>;

beforeEach(() => {
  log = watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const failed = {
  event: "restore",
  outcome: "failed",
  databaseId: "a-database",
  instanceId: "an-instance",
  backupId: "a-backup",
  error: "R2 is down",
} as const;

describe("what became of a backup", () => {
  it("is a line of JSON: a failure among the errors, the rest not", () => {
    const scheduled = { event: "backup", outcome: "scheduled", started: 1, unchanged: 2, failed: 0 } as const;
    report({}, failed);
    report({}, scheduled);
    expect(log.errors()).toEqual([failed]);
    expect(log.lines()).toEqual([scheduled, failed]);
  });

  it("is a data point where there is a dataset for it", () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const BACKUP_METRICS = { writeDataPoint: (point?: AnalyticsEngineDataPoint) => void points.push(point!) };
    report({ BACKUP_METRICS }, failed);
    const stored = { databaseId: "d".repeat(100), instanceId: "i", backupId: "b", sqlBytes: 42 };
    report({ BACKUP_METRICS }, { event: "backup", outcome: "stored", ...stored });
    expect(points).toEqual([
      { indexes: ["a-database"], blobs: ["restore", "failed", "a-database"], doubles: [0] },
      { indexes: ["d".repeat(32)], blobs: ["backup", "stored", "d".repeat(100)], doubles: [42] },
    ]);
  });
});
