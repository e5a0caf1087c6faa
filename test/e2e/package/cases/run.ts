import { join } from "node:path";
import { expect, it } from "vitest";
import packageJson from "../../../../package.json" with { type: "json" };
import { startDevServer } from "../../../../scripts/lib/dev-server.mjs";
import { consoleOf, runInShell } from "../../docs/shell-page.ts";
import { chapter, type Installed } from "../installed.ts";

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

  it("has a command line, which tells its version", async () => {
    const { exitCode, output } = await installed().project.run(
      "node_modules/.bin/d1-procedures",
      "--version",
    );
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: `${packageJson.version}\n` });
  });
}
