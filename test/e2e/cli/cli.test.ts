/** The built command line against the project's own Worker in `wrangler dev`. One server for all: each test has databases of its own. */

import { afterAll, describe, expect, vi } from "vitest";
import { accessCases } from "./cases/access.ts";
import { backupCases } from "./cases/backups.ts";
import { downloadCases } from "./cases/download.ts";
import { pageCases } from "./cases/page.ts";
import { restoreCases } from "./cases/restore.ts";
import { restoreLocallyCases } from "./cases/restore-locally.ts";
import { sqliteCases } from "./cases/sqlite.ts";
import { readOnlyToken, token, useSuite } from "./suite.ts";

const suite = useSuite();

// A run waits until those of other tests leave it a processor.
vi.setConfig({ testTimeout: 150_000 });

// Those that take longest come first.
describe.concurrent("docs/cli.md", () => pageCases(suite));
describe.concurrent("backup restore --local", () => restoreLocallyCases(suite));
describe.concurrent("backup download --format sqlite", () => sqliteCases(suite));
describe.concurrent("backup restore", () => restoreCases(suite));
describe.concurrent("backup create, list", () => backupCases(suite));
describe.concurrent("backup download", () => downloadCases(suite));
describe.concurrent("a user of the command line", () => accessCases(suite));

afterAll(() => {
  // In what the server printed while all of this went on.
  expect(suite().server.output()).not.toContain(token);
  expect(suite().server.output()).not.toContain(readOnlyToken);
});
