import { join } from "node:path";
import { expect, it } from "vitest";
import packageJson from "../../../../package.json" with { type: "json" };
import { startDevServer } from "../../../../scripts/lib/dev-server.mjs";
import { consoleOf, runInShell } from "../../docs/shell-page.ts";
import { chapter, type Installed } from "../installed.ts";

const testConfig = `import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

export default defineConfig({ plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })] });
`;

const tests = `import { env } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { isolateDatabase } from "d1-procedures/testing";
import { expect, it } from "vitest";

isolateDatabase(env.DB);
const { Procedures } = connect(env.DB);

it("opens an account", async () => {
  expect(await Procedures.Open(100)).toEqual({ id: 1, balance: 100 });
});

it("finds no account of another test", async () => {
  expect((await Procedures.Transfer(1, 2, 70)).error.message).toContain("no such table: account");
});
`;

export function runCases(installed: () => Installed): void {
  it("answers in wrangler dev as README.md shows", async () => {
    const { project } = installed();
    const scratchDir = join(project.folder, "server");
    const configs = [join(project.folder, "wrangler.toml")];
    const server = await startDevServer({ configs, scratchDir, persistTo: join(scratchDir, "state") });
    try {
      const calls = consoleOf(chapter);
      expect(calls).toHaveLength(4);
      for (const { command, output } of calls) {
        const here = command.replaceAll("http://127.0.0.1:8787", server.url);
        expect((await runInShell(here, project.folder, {})).trim(), command).toBe(output);
      }
    } finally {
      await server.stop();
    }
  });

  it("runs in the tests of its user, and isolates them", async () => {
    const { project } = installed();
    project.write("vitest.config.mjs", testConfig);
    project.write("test/bank.test.ts", tests);
    const { exitCode, output } = await project.run("node_modules/vitest/vitest.mjs", "run");
    expect(output).toContain("2 passed");
    expect(exitCode).toBe(0);
  });

  it("has a command line, which tells its version", async () => {
    const { exitCode, output } = await installed().project.run(
      "node_modules/.bin/d1-procedures",
      "--version",
    );
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: `${packageJson.version}\n` });
  });
}
