/** The import rules of biome.json bite: a forbidden import is an error of `npm run lint`. */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const forbidden = [
  ["src/client/a.ts", "../database/engine.ts"],
  ["src/client/b.ts", "../http/http-app.ts"],
  ["src/client/c.ts", "../index.ts"],
  ["src/http/a.ts", "../database/engine.ts"],
  ["src/http/b.ts", "../worker.ts"],
  ["src/http/d1-rest/a.ts", "../../database/engine.ts"],
  ["src/database/a.ts", "../client/connect.ts"],
  ["src/database/b.ts", "../http/http-app.ts"],
  ["src/catalog/a.ts", "../http/http-app.ts"],
  ["src/catalog/b.ts", "../database/engine.ts"],
  ["src/http/c.ts", "../catalog/catalog.ts"],
  ["src/d1/a.ts", "../client/connect.ts"],
  ["src/d1/b.ts", "../database/engine.ts"],
  ["src/kysely/a.ts", "../database/engine.ts"],
  ["src/kysely/b.ts", "../client/connect.ts"],
  ["src/kysely/c.ts", "../index.ts"],
  ["src/client/k.ts", "../kysely/index.ts"],
  ["src/database/k.ts", "../kysely/procedure-dialect.ts"],
  ["src/index.ts", "./kysely/procedure-dialect.ts"],
  ["src/client/t.ts", "../testing/seed.ts"],
  ["src/database/t.ts", "../testing/isolation/level.ts"],
  ["src/protocol.ts", "./client/connect.ts"],
  ["src/errors.ts", "./database/engine.ts"],
] as const;

const allowed = [
  ["src/client/d.ts", "../protocol.ts"],
  ["src/client/e.ts", "../d1/statements.ts"],
  ["src/http/d1-rest/b.ts", "../../client/database-link.ts"],
  ["src/catalog/c.ts", "../catalog-protocol.ts"],
  ["src/database/c.ts", "../open-transaction.ts"],
  ["src/kysely/d.ts", "../procedures.ts"],
  ["src/kysely/e.ts", "./driven-transaction.ts"],
  ["src/worker.ts", "./database/define-database.ts"],
] as const;

const dir = mkdtempSync(join(tmpdir(), "d1-procedures-imports-"));
let report = "";

beforeAll(() => {
  copyFileSync(fileURLToPath(new URL("../../biome.json", import.meta.url)), join(dir, "biome.json"));
  for (const [file, imported] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), `import { x } from "${imported}";\nx();\n`);
  }
  const biome = fileURLToPath(new URL("../../node_modules/@biomejs/biome/bin/biome", import.meta.url));
  const args = ["lint", "--vcs-enabled=false", "--max-diagnostics=none", "--colors=off", "."];
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: dir, encoding: "utf8" });
  report = `${stdout}${stderr}`;
});

afterAll(() => rmSync(dir, { recursive: true }));

/** Whether Biome reports an import of this file. */
function isReported(file: string): boolean {
  return report
    .split("\n")
    .some((line) => line.startsWith(`${file}:`) && line.includes("noRestrictedImports"));
}

it("every file was looked at", () => {
  expect(report).toContain(`Checked ${forbidden.length + allowed.length + 1} files`);
});

it.each(forbidden)("%s may not import %s", (file) => {
  expect(isReported(file)).toBe(true);
});

it.each(allowed)("%s may import %s", (file) => {
  expect(isReported(file)).toBe(false);
});
