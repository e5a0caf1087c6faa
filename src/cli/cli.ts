#!/usr/bin/env node
/** The command `d1-procedures`: its process. */

import { exitCodes, InterruptedError } from "./failure.ts";
import { run } from "./run.ts";

const { argv, env, stdin, stdout, stderr } = process;
const interruption = new AbortController();

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

process.exitCode = await run(argv.slice(2), { env, signal: interruption.signal, stdin, stdout, stderr });
