/** A user's own test project, run by vitest as a user runs it: test/testing/project, which docs/testing.md shows. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";

const project = fileURLToPath(new URL("../testing/project", import.meta.url));
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

interface TestResult {
  file: string;
  title: string;
  status: string;
  failureMessages: string[];
}

const directory = await mkdtemp(join(tmpdir(), "d1-procedures-isolated-tests-"));
let results: TestResult[] = [];

beforeAll(async () => {
  const report = join(directory, "report.json");
  // Hooks that run all at once, and tests in any order: neither may matter.
  const order = ["--sequence.hooks=parallel", "--sequence.shuffle.tests"];
  const args = [
    vitest,
    "run",
    "--config=../in-repository.config.ts",
    "--reporter=json",
    `--outputFile=${report}`,
    ...order,
  ];
  // It exits with 1, because tests fail, as they should.
  await promisify(execFile)(process.execPath, args, { cwd: project, maxBuffer: 10_000_000 }).catch(() => {});
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as {
    testResults: { name: string; assertionResults: Omit<TestResult, "file">[] }[];
  };
  results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((result) => ({ ...result, file: basename(name) })),
  );
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const resultsOf = (file: string) => results.filter((result) => result.file === file);

it("each mistake fails its own test with words that help, and is undone", () => {
  const of = (title: string) => resultsOf("failing.spec.ts").find((result) => result.title === title);
  expect(of("leaves a call under way")?.failureMessages.join()).toContain(
    "still busy with Procedures.Buy(), which was cancelled and undone",
  );
  expect(of("writes while others run")?.failureMessages.join()).toContain("Leave out `.concurrent`");
  expect(of("fails after it has written")?.failureMessages.join()).toContain("expected 1 to be 2");
  expect(of("does not run")?.status).toBe("skipped");
  expect(of("finds everything as it was")?.status).toBe("passed");
});

it("the tests of the docs pass", () => {
  expect(resultsOf("shop.spec.ts").map(({ status }) => status)).toEqual(Array(9).fill("passed"));
});

it("a Worker that imports the helpers of tests does not start, and says why", async () => {
  const { outputFiles } = buildSync({
    stdin: {
      contents:
        'import { seed } from "./index.ts"; export default { fetch: (_, env) => seed(env.DB, "DROP TABLE customer") };',
      resolveDir: fileURLToPath(new URL("../../src/testing", import.meta.url)),
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["cloudflare:*", "node:*"],
    write: false,
  });
  const said: string[] = [];
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]!.text,
    compatibilityDate: "2026-04-24",
    compatibilityFlags: ["nodejs_compat"],
    handleRuntimeStdio: (_stdout: Readable, stderr: Readable) =>
      void stderr.on("data", (chunk: Buffer) => said.push(String(chunk))),
  });
  await expect(worker.ready).rejects.toThrow(/failed to start/);
  expect(said.join("")).toContain("d1-procedures/testing works in test files only");
  await worker.dispose().catch(() => {});
});
