import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** docs/cli.md. */
export const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

/** The `console` blocks of the page: a command, and what it prints. */
export const blocks: readonly { command: string; output: string }[] = [
  ...page.matchAll(/^```console\n\$ npx d1-procedures (.+)\n([\s\S]*?)^```$/gm),
].map(([, command, output]) => ({ command: command!, output: output! }));

/** The id of a backup. */
export const backupId = /\d{8}T\d{9}Z-[0-9a-f]{8}/g;

/** Expects the page to show what a command has printed, but for what differs from run to run. */
export function expectOnPage(command: string, printed: string): void {
  const block = blocks.find((block) => block.command === command);
  expect(block, command).toBeDefined();
  expect(lines(printed), command).toBe(lines(block!.output));
}

function lines(text: string): string {
  return text
    .replaceAll(backupId, "ID")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "TIME")
    .replaceAll(/\/\S+\/(shop\.sqlite3|\.wrangler\/state)/g, "PATH/$1")
    .replaceAll(/[\d.]+ k?B\b/g, "SIZE")
    .replaceAll(/ {2,}/g, "  ");
}
