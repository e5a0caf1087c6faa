import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runHere } from "../run-here.ts";
import type { Suite } from "../suite.ts";

const page = readFileSync(new URL("../../../../docs/cli.md", import.meta.url), "utf8");

/** The `console` blocks of the page: a command, and what it prints. */
const blocks = [...page.matchAll(/^```console\n\$ npx d1-procedures (.+)\n([\s\S]*?)^```$/gm)].map(
  ([, command, output]) => ({ command: command!, output: output! }),
);

const id = /\d{8}T\d{9}Z-[0-9a-f]{8}/g;

/** Without what differs from run to run. */
function lines(text: string): string {
  return text
    .replaceAll(id, "ID")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "TIME")
    .replaceAll(/\/\S+\/(shop\.sqlite3|\.wrangler\/state)/g, "PATH/$1")
    .replaceAll(/[\d.]+ k?B\b/g, "SIZE")
    .replaceAll(/ {2,}/g, "  ");
}

export function pageCases(suite: () => Suite): void {
  it("shows commands that print what they do", async () => {
    const { api, makeProject, run } = suite();
    await api.createDatabase("shop");
    await api.query(
      "shop",
      "CREATE TABLE product (name TEXT); INSERT INTO product VALUES ('pen'), ('ink'); CREATE TABLE cart (x); INSERT INTO cart VALUES (1)",
    );
    const cwd = makeProject();
    let idHere = "";
    expect(blocks.length).toBeGreaterThan(5);
    for (const { command, output } of blocks) {
      const args = command.replaceAll(id, () => idHere).split(" ");
      const { exitCode, stdout, stderr } = await run(args, { cwd });
      expect(exitCode, stderr).toBe(0);
      expect(lines(stdout), command).toBe(lines(output));
      idHere ||= stdout.match(id)![0];
    }
  });

  it("names every option", async () => {
    const { stdout: help } = await runHere(["backup", "--help"]);
    const commands = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, command]) => command!);
    expect(commands).toEqual(["create", "list", "restore", "download"]);
    for (const command of commands) {
      const { stdout } = await runHere(["backup", command, "--help"]);
      for (const [option] of stdout.matchAll(/--[a-z-]+(?= |$)/gm)) {
        if (option !== "--help") expect(page).toContain(`${option}`);
      }
    }
  });
}
