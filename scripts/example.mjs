/**
 * `npm run example -- shop`: starts an example with the package as it is here. `npm run example -- shop test` runs its tests.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "./lib/dev-server.mjs";

const folder = join(projectDir, "examples");
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "package.json")));

const [name, script = "dev", ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  const problem = name === undefined ? "Which example?" : `There is no example ${name}.`;
  console.error(`${problem} Write: npm run example -- ${names.join(", or ")}`);
  process.exit(2);
}

npm(projectDir, "run", "--silent", "build", "--", "--logLevel=error");
// In place of an install: everything else that an example needs is in the node_modules of this repository.
const link = join(folder, "node_modules", "d1-procedures");
if (!existsSync(link)) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(projectDir, link, "junction");
}
npm(join(folder, name), "run", script, "--", ...args);

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function npm(cwd, ...args) {
  const { status } = spawnSync("npm", args, { cwd, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}
