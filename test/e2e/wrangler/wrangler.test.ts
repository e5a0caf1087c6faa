/**
 * The real wrangler, as its users run it, against the project's own Worker in `wrangler dev`. One server for all: each
 * test has databases of its own. They run side by side, for most of their time is wrangler's start.
 */

import { afterAll, describe, expect } from "vitest";
import { accessCases } from "./cases/access.ts";
import { databaseCases } from "./cases/databases.ts";
import { executeCommandCases } from "./cases/execute-command.ts";
import { executeFileCases } from "./cases/execute-file.ts";
import { exportCases } from "./cases/export.ts";
import { insightsCases } from "./cases/insights.ts";
import { migrationsCases } from "./cases/migrations.ts";
import { timeTravelCases } from "./cases/time-travel.ts";
import { readOnlyToken, token, useSuite } from "./suite.ts";

const suite = useSuite();

describe.concurrent("wrangler d1 export", () => exportCases(suite));
describe.concurrent("wrangler d1 execute --file", () => executeFileCases(suite));
describe.concurrent("wrangler d1 migrations", () => migrationsCases(suite));
describe.concurrent("wrangler d1 execute --command", () => executeCommandCases(suite));
describe.concurrent("wrangler d1 create, list, info, delete", () => databaseCases(suite));
describe.concurrent("wrangler d1 time-travel", () => timeTravelCases(suite));
describe.concurrent("wrangler d1 insights", () => insightsCases(suite));
describe.concurrent("a user of wrangler", () => accessCases(suite));

afterAll(() => {
  // In what the server printed while all of this went on.
  expect(suite().server.output()).not.toContain(token);
  expect(suite().server.output()).not.toContain(readOnlyToken);
});
