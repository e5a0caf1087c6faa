import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { freePort } from "../../scripts/lib/dev-server.mjs";
import { bundleWorker } from "../../test/support/bundle-worker.ts";

export interface Runtime {
  /** The Worker's own socket: nothing of Miniflare is between it and a client. */
  url: string;
  inspectorPort: number | undefined;
  /** The process of workerd. */
  pid: () => number;
  stop: () => Promise<void>;
}

/** workerd with the Worker of the bench, its databases on disk. */
export async function startRuntime(directory: string, options: { inspect?: boolean } = {}): Promise<Runtime> {
  const before = new Set(childrenOf(process.pid));
  const port = await freePort();
  const inspectorPort = options.inspect ? await freePort() : undefined;
  const miniflare = new Miniflare({
    name: "d1-procedures-bench",
    modules: [
      {
        type: "ESModule",
        path: "worker.js",
        contents: bundleWorker(new URL("./worker.ts", import.meta.url)),
      },
    ],
    compatibilityDate: "2026-04-24",
    compatibilityFlags: ["nodejs_compat"],
    host: "127.0.0.1",
    durableObjects: {
      OURS: { className: "OursDatabase", useSQLite: true },
      PLAIN: { className: "PlainDatabase", useSQLite: true },
    },
    durableObjectsPersist: join(directory, "do"),
    d1Databases: { D1: "bench", D1_BATCH: "bench-batch" },
    d1Persist: join(directory, "d1"),
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
    ...(inspectorPort === undefined ? {} : { inspectorPort }),
  });
  await miniflare.ready;
  return {
    url: `http://127.0.0.1:${port}`,
    inspectorPort,
    pid: () => childrenOf(process.pid).find((pid) => !before.has(pid)) ?? -1,
    stop: () => miniflare.dispose(),
  };
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync("ps", ["-eo", "ppid=,pid=,comm="], { encoding: "utf8" }).split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([ppid, , command]) => Number(ppid) === parent && command?.startsWith("workerd"))
    .map(([, pid]) => Number(pid));
}
