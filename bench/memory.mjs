import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * The resident memory of a process group in MB, as `ps` tells it: the server, and workerd that it started.
 *
 * @param {number} group
 * @returns {Promise<string>} "?" where there is no such `ps`.
 */
export async function memoryOfGroup(group) {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-eo", "pgid=,rss=,comm="]);
    let kilobytes = 0;
    for (const line of stdout.split("\n")) {
      const [pgid, rss, command] = line.trim().split(/\s+/);
      if (Number(pgid) === group && command?.startsWith("workerd")) kilobytes += Number(rss);
    }
    return (kilobytes / 1024).toFixed(0);
  } catch {
    return "?";
  }
}
