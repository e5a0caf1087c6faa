/** docs/quickstart.md, file by file and command by command, against `wrangler dev` with the Worker of the page. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { useDevServer } from "../test-server.ts";
import { blocksOf, consoleOf, readPage, runInShell } from "./shell-page.ts";

const page = readPage("quickstart.md");
const project = fileURLToPath(new URL("../../docs/quickstart", import.meta.url));
const token = "token-of-the-quickstart";

const folder = mkdtempSync(join(tmpdir(), "d1-procedures-quickstart-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("docs/quickstart.md", () => {
  const server = useDevServer({ configs: [join(project, "wrangler.toml")], secrets: { API_TOKEN: token } });

  it.each([
    "wrangler.toml",
    "databases.toml",
    "migrations/0001_accounts.sql",
    "src/procedures.ts",
    "src/index.ts",
  ])("shows %s as it is", (file) => {
    const blocks = ["toml", "sql", "ts"].flatMap((language) => blocksOf(page, language));
    expect(blocks).toContain(readFileSync(join(project, file), "utf8"));
  });

  it("leads to the answers that it shows", { timeout: 120_000 }, async () => {
    for (const file of ["databases.toml", "migrations"]) {
      cpSync(join(project, file), join(folder, file), { recursive: true });
    }
    writeFileSync(join(folder, ".dev.vars"), `API_TOKEN=${token}\n`);
    const [, , prepare] = blocksOf(page, "sh");
    const there = (script: string) => script.replaceAll("http://127.0.0.1:8787", server().url);
    await runInShell(there(prepare!), folder, {});

    const commands = consoleOf(page);
    expect(commands).toHaveLength(5);
    for (const { command, output } of commands) {
      const printed = await runInShell(there(command), folder, { API_TOKEN: token });
      expect(printed.trim(), command).toBe(output);
    }
  });
});
