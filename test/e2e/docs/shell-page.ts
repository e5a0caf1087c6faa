import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { wranglerBin } from "../wrangler/wrangler-cli.ts";

/** curl does not wait for ever, and npx finds the wrangler of this project, whatever the folder. */
const functions = `curl() { command curl -sS --max-time 30 "$@"; }
npx() { shift; node "${wranglerBin}" "$@"; }`;

/** The text of a page of docs/. */
export function readPage(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
}

/** The code of the fenced blocks of one language. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) => code!);
}

/** The commands of the `console` blocks, each with what it prints. */
export function consoleOf(page: string): { command: string; output: string }[] {
  return blocksOf(page, "console").flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((entry) => ({
        command: entry.slice(0, entry.indexOf("\n")),
        output: entry.slice(entry.indexOf("\n") + 1).trim(),
      })),
  );
}

/** Runs the lines of a page in bash, each of which must succeed, and gives what they print. */
export async function runInShell(script: string, cwd: string, env: Record<string, string>): Promise<string> {
  const options = {
    cwd,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", CI: "1", ...env },
    timeout: 100_000,
  };
  const { stdout } = await promisify(execFile)("bash", ["-e", "-c", `${functions}\n${script}`], options);
  return stdout;
}
