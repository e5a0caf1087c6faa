import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CliError } from "../failure.ts";
import { lastLines } from "../text.ts";
import type { BucketFile, BucketReply, BucketRequest, LocalNames } from "./bucket-process.ts";
import { wranglerEnvironment } from "./wrangler-environment.ts";
import type { WranglerProject } from "./wrangler-project.ts";

/**
 * Puts files into the bucket BACKUPS of a project's local state.
 *
 * @returns What the project's configuration calls the account and the database.
 * @throws CliError
 */
export async function storeInLocalBucket(
  { wranglerModule, configPath, stateDir }: WranglerProject,
  files: BucketFile[],
  scratchDir: string,
  signal: AbortSignal,
): Promise<LocalNames> {
  // Beside this file, when both are built.
  const child = fork(fileURLToPath(new URL("./bucket-process.js", import.meta.url)), {
    env: wranglerEnvironment(scratchDir),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    signal,
  });
  let printed = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const reply = await new Promise<BucketReply>((resolve, reject) => {
    child.once("message", (message) => resolve(message as BucketReply));
    child.once("error", reject);
    child.once("exit", () =>
      reject(new CliError(`wrangler has ended while it opened the bucket:\n${lastLines(printed)}`)),
    );
    child.send({ wranglerModule, configPath, stateDir, files } satisfies BucketRequest);
  });
  if (reply.kind === "stored") return reply.names;
  throw new CliError(`The backup cannot be put into the local bucket: ${reply.message}`);
}
