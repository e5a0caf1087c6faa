import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectDir } from "../../scripts/lib/dev-server.mjs";
import type { Campaign, CampaignContext, CampaignReport } from "../campaign.ts";
import type { DiskMessage } from "./small-disk.ts";

/** How to get a mount namespace of one's own, in which nobody else sees the small disk, and which is gone with its last process. */
const namespaces = [
  // For everybody, where the kernel lets users have namespaces.
  ["unshare", "--user", "--map-root-user", "--mount"],
  // For root, where it does not.
  ["unshare", "--mount"],
];

/** The real runtime on a small disk that fills up: what is kept, what is refused, and does it recover? */
export const diskFull: Campaign = {
  name: "disk-full",
  about: "the real runtime on a disk that is full: writes fail as a whole, reads go on, and it recovers",
  options: { rounds: 3, clients: 8, megabytes: 12 },
  async run(context) {
    const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-disk-"));
    try {
      for (const namespace of namespaces) {
        const report = await runInside(namespace, scratchDir, context);
        if (report !== undefined) return report;
      }
      return {
        cases: { rounds: 0 },
        failures: [
          "This machine lets nobody mount a small disk: it takes unshare (of util-linux), and Linux with user namespaces, or root.",
        ],
      };
    } finally {
      rmSync(scratchDir, { recursive: true, force: true });
    }
  },
};

/** Undefined: the disk could not be mounted in such a namespace. */
function runInside(
  namespace: string[],
  scratchDir: string,
  { seed, options, progress, signal }: CampaignContext,
): Promise<CampaignReport | undefined> {
  const [command, ...args] = [
    ...[
      ...namespace,
      process.execPath,
      "--import",
      "./torture/typescript.mjs",
      "torture/disk-full/small-disk.ts",
    ],
    ...[scratchDir, JSON.stringify({ seed, ...options })],
  ];
  const child = spawn(command!, args, { cwd: projectDir, stdio: ["ignore", "pipe", "pipe"] });
  // Asked, not killed: it has a server to stop.
  const interrupted = () => child.kill("SIGTERM");
  signal.addEventListener("abort", interrupted);
  let report: CampaignReport | undefined;
  let isMounted = false;
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  createInterface(child.stdout).on("line", (line) => {
    const message = JSON.parse(line) as DiskMessage;
    if ("mounted" in message) isMounted = true;
    else if ("progress" in message) progress(message.progress);
    else report = message.report;
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? resolve(undefined) : reject(error),
    );
    child.once("close", () => {
      signal.removeEventListener("abort", interrupted);
      if (report !== undefined || !isMounted) resolve(report);
      else reject(new Error(`The round ended without a report:\n${errors}`));
    });
  });
}
