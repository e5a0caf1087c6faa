import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";

/** docs/wrangler.md. */
export const page = readFileSync(new URL("../../../docs/wrangler.md", import.meta.url), "utf8");

/** The `console` blocks of the page: a command, and what it prints. */
const blocks = new Map(
  [...page.matchAll(/^```console\n\$ npx wrangler d1 (.+)\n([\s\S]*?)^```$/gm)].map(([, command, output]) => [
    command!,
    output!,
  ]),
);

/**
 * Expects the page to show what a command has printed. What differs from run to run is left aside; a line `...` of the page
 * stands for any lines.
 *
 * @param command As on the page, from what comes after `npx wrangler d1`.
 * @param names What the test has called things, and what the page calls them.
 */
export function expectOnPage(command: string, printed: string, names: Record<string, string> = {}): void {
  let actual = printed;
  for (const [name, nameOnPage] of Object.entries(names)) actual = actual.replaceAll(name, nameOnPage);
  expect(blocks.keys()).toContain(command);
  const parts = lines(blocks.get(command)!).split(/^\.\.\.$\n?/m);
  if (parts.length === 1) expect(lines(actual)).toBe(parts[0]);
  else expect(lines(actual)).toMatch(new RegExp(`^${parts.map(escapePattern).join("[\\s\\S]*")}$`));
}

/** The commands on the page that no source of a test names. */
export function untestedCommands(): string[] {
  const dir = new URL("cases/", import.meta.url);
  const sources = readdirSync(dir).map((file) => readFileSync(new URL(file, dir), "utf8"));
  return [...blocks.keys()].filter(
    (command) =>
      !sources.some(
        (source) => source.includes(JSON.stringify(command)) || source.includes(`\`${command}\``),
      ),
  );
}

/** Without what differs from run to run: ids, times, durations, sizes, paths, colours. */
function lines(text: string): string {
  return text
    .replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g"), "")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/\b[0-9a-f]{32}\b/g, "MD5")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/http:\S+\/files\/\S+/g, "URL")
    .replaceAll(/in [\d.]+ms/g, "in MS")
    .replaceAll(
      /("(?:\w*[dD]uration\w*|size_after|file_size|database_size|num_tables)": )[\d.]+/g,
      "$1NUMBER",
    )
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
