#!/usr/bin/env node
/** The command `d1-procedures`. */

import { BackupApi } from "./backup-api.ts";
import { CliError, exitCodes, InterruptedError } from "./failure.ts";
import { Output } from "./output.ts";
import { runProgram } from "./program.ts";
import { RestClient } from "./rest-client.ts";
import { readSettings } from "./settings.ts";

const { argv, env, stdin, stdout, stderr } = process;
const args = argv.slice(2);
const interruption = new AbortController();
const output = new Output(args.includes("--json"), [env.CLOUDFLARE_API_TOKEN ?? ""], stdout, stderr);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for what is tidied up.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort(new InterruptedError("Interrupted."));
  });
}

// `| head` has seen enough.
stdout.on("error", (error) => {
  if (Reflect.get(error, "code") !== "EPIPE") throw error;
});

try {
  await runProgram(
    args,
    (api) => {
      const { signal } = interruption;
      return {
        api: new BackupApi(new RestClient(readSettings(env, api), signal)),
        output,
        signal,
        stdin,
        stderr,
      };
    },
    { stdout, stderr },
  );
} catch (error) {
  process.exitCode = error instanceof CliError ? error.exitCode : exitCodes.failure;
  output.failure(error);
}
