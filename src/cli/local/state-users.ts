import { execFile } from "node:child_process";
import { readdir, readlink, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";

/**
 * Tells which processes have files or folders below a folder open: a running `wrangler dev` has, of the state that it works on.
 *
 * @returns Their ids. Empty also where the system does not tell, as Windows does not.
 */
export async function processesUsing(dir: string): Promise<number[]> {
  const path = await realpath(dir).catch(() => undefined);
  if (path === undefined) return [];
  return process.platform === "linux" ? fromProc(path) : fromLsof(path);
}

async function fromProc(dir: string): Promise<number[]> {
  const names = await readdir("/proc");
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const uses = await Promise.all(pids.map((pid) => usesDir(pid, dir)));
  return pids.filter((_, index) => uses[index]);
}

/** Of other people's processes the system does not tell. */
async function usesDir(pid: number, dir: string): Promise<boolean> {
  const fds = join("/proc", String(pid), "fd");
  const open = await readdir(fds).catch(() => []);
  const targets = await Promise.all(open.map((fd) => readlink(join(fds, fd)).catch(() => "")));
  return targets.some((target) => target === dir || target.startsWith(dir + sep));
}

async function fromLsof(dir: string): Promise<number[]> {
  // It exits with 1 where there are none, and where it is missing nobody knows.
  const { stdout } = await promisify(execFile)("lsof", ["-t", "+D", dir]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter(Boolean).map(Number);
}
