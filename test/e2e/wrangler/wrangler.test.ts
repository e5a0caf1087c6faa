/**
 * The real wrangler, as its users run it, against the project's own Worker in `wrangler dev`. One server for all: each
 * test has databases of its own. They run side by side, for most of their time is wrangler's start.
 */

import { afterAll, describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/limits.ts";
import { accessCases } from "./cases/access.ts";
import { databaseCases } from "./cases/databases.ts";
import { executeCommandCases } from "./cases/execute-command.ts";
import { executeFileCases } from "./cases/execute-file.ts";
import { exportCases } from "./cases/export.ts";
import { insightsCases } from "./cases/insights.ts";
import { migrationsCases } from "./cases/migrations.ts";
import { readsDuringExportCases } from "./cases/reads-during-export.ts";
import { timeTravelCases } from "./cases/time-travel.ts";
import { page, untestedCommands } from "./page.ts";
import { readOnlyToken, token, useSuite } from "./suite.ts";

const suite = useSuite();

// A run of wrangler waits until those of other tests leave it a processor.
vi.setConfig({ testTimeout: 150_000 });

// Those that take several runs in a row come first.
describe.concurrent("wrangler d1 migrations", () => migrationsCases(suite));
describe.concurrent("wrangler d1 export", () => exportCases(suite));
describe.concurrent("wrangler d1 execute --file", () => executeFileCases(suite));
describe.concurrent("wrangler d1 create, list, info, delete", () => databaseCases(suite));
describe.concurrent("wrangler d1 execute --command", () => executeCommandCases(suite));
describe.concurrent("wrangler d1 insights", () => insightsCases(suite));
describe.concurrent("wrangler d1 time-travel", () => timeTravelCases(suite));
describe.concurrent("a user of wrangler", () => accessCases(suite));
describe.concurrent("while wrangler d1 export runs", () => readsDuringExportCases(suite));

describe("docs/wrangler.md", () => {
  it("shows outputs that a test compares with those of wrangler", () => {
    expect(untestedCommands()).toEqual([]);
  });

  const limitRows = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map(([, name, value]) => ({
    name: name!,
    value: Number(value!.replaceAll(",", "")),
  }));

  it.each(limitRows)("tells the value that $name has", ({ name, value }) => {
    expect(value).toBe(Reflect.get(limits, name));
  });
});

afterAll(() => {
  // In what the server printed while all of this went on.
  expect(suite().server.output()).not.toContain(token);
  expect(suite().server.output()).not.toContain(readOnlyToken);
});
