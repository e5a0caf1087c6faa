import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { freePort, projectDir, serverEnvironment, stopGroup } from "../../../scripts/lib/dev-server.mjs";

export const examplesDir = join(projectDir, "examples");

/** The examples: the folders that have a package.json. */
export const exampleNames = readdirSync(examplesDir).filter((name) =>
  existsSync(join(examplesDir, name, "package.json")),
);

/** What a run leaves behind, and what a user would not copy. */
const leftBehind = new Set(["node_modules", ".wrangler", ".dev.vars"]);

/** Copies an example, as a user would. */
export function copyExample(name: string, folder: string): void {
  const filter = (path: string) => !leftBehind.has(basename(path));
  cpSync(join(examplesDir, name), folder, { recursive: true, filter });
}

/** The packages that the code of an example imports. */
export function importsOf(name: string): string[] {
  const sources = readdirSync(join(examplesDir, name), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.split("/").some((part) => leftBehind.has(part)))
    .map((path) => readFileSync(join(examplesDir, name, path), "utf8"));
  const specifiers = sources.flatMap((text) => [...text.matchAll(/(?:from |import\()"([^".]+)"/g)]);
  const packages = specifiers.map(([, specifier]) => /^(@[^/]+\/)?[^/]+/.exec(specifier!)![0]);
  return [...new Set(packages)].filter((name) => !name.startsWith("cloudflare:")).sort();
}

/** `npm run dev` in the folder of an example, once it has said that it is ready. */
export async function runDev(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const inspectorPort = await freePort();
  const child = spawn("npm", ["run", "dev", "--", `--inspector-port=${inspectorPort}`], {
    cwd: folder,
    env: { ...serverEnvironment(join(folder, ".wrangler")), PORT: String(port), CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own: npm starts a shell, which starts Node, which starts wrangler.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const stop = () => stopGroup(child.pid, ended);

  const url = `http://127.0.0.1:${port}`;
  let output = "";
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes(`${url} is ready.`)) resolve();
      });
    }
    const giveUp = (problem: string) => reject(new Error(`npm run dev ${problem}:\n\n${output}`));
    ended.then(() => giveUp("has ended"));
    setTimeout(() => giveUp("is not ready after two minutes"), 120_000).unref();
  });
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
