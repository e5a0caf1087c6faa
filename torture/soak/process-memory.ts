import { readdirSync, readFileSync } from "node:fs";

/** A process of the server. */
export interface ProcessState {
  pid: number;
  name: string;
  args: readonly string[];
  residentBytes: number;
  /** Of the kernel: R runs, S sleeps, D waits for the disk. */
  state: string;
  /** Clock ticks of CPU so far. */
  cpuTicks: number;
}

/** The processes of a group, from /proc: none where there is none. */
export function processesOf(group: number): ProcessState[] {
  let pids: string[];
  try {
    pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
  return pids.flatMap((pid) => {
    try {
      // The name may hold spaces and parentheses; the fields after the last one are numbers, but for the state.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const end = stat.lastIndexOf(")");
      const [state, , processGroup, ...rest] = stat.slice(end + 2).split(" ");
      if (Number(processGroup) !== group) return [];
      const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      return {
        pid: Number(pid),
        name: stat.slice(stat.indexOf("(") + 1, end),
        args: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"),
        residentBytes: Number(resident?.[1] ?? 0) * 1_024,
        state: state!,
        cpuTicks: Number(rest[8]) + Number(rest[9]),
      };
    } catch {
      return []; // it has ended meanwhile
    }
  });
}
