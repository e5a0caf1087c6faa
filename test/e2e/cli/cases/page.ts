import { expect, it } from "vitest";
import { backupId, blocks, expectOnPage, page } from "../page.ts";
import { runHere } from "../run-here.ts";
import type { Suite } from "../suite.ts";

/** What it takes seconds to try is compared by a test of its own: see restore-locally.ts. */
export const localCommand = "backup restore shop latest --local --yes";

export function pageCases(suite: () => Suite): void {
  it("shows what its commands print", async () => {
    const { api, makeDir, run } = suite();
    await api.createDatabase("shop");
    await api.query(
      "shop",
      "CREATE TABLE product (name TEXT); INSERT INTO product VALUES ('pen'), ('ink'); CREATE TABLE cart (x); INSERT INTO cart VALUES (1)",
    );
    const cwd = makeDir("page");
    let id = "";
    const commands = blocks.map(({ command }) => command);
    expect(commands).toContain(localCommand);
    for (const command of commands.filter((command) => command !== localCommand)) {
      const { exitCode, stdout, stderr } = await run(command.replaceAll(backupId, () => id).split(" "), {
        cwd,
      });
      expect(exitCode, stderr).toBe(0);
      expectOnPage(command, stdout);
      id ||= stdout.match(backupId)![0];
    }
  });

  it("names every option", async () => {
    const { stdout: help } = await runHere(["backup", "--help"]);
    const commands = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, command]) => command!);
    expect(commands).toEqual(["create", "list", "restore", "download"]);
    for (const command of commands) {
      const { stdout } = await runHere(["backup", command, "--help"]);
      const options = [...stdout.matchAll(/--[a-z-]+(?= |$)/gm)].map(([option]) => option);
      for (const option of options.filter((option) => option !== "--help")) expect(page).toContain(option);
    }
  });
}
