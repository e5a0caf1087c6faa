import { BackupApi } from "./backup-api.ts";
import type { Context } from "./context.ts";
import { CliError, exitCodes, InterruptedError } from "./failure.ts";
import { Output, type Terminal } from "./output.ts";
import { runProgram } from "./program.ts";
import { RestClient } from "./rest-client.ts";
import { readSettings } from "./settings.ts";

/** What a run has of its process. */
export interface RunEnvironment extends Pick<Context, "signal" | "stdin" | "stderr"> {
  env: NodeJS.ProcessEnv;
  stdout: Terminal;
}

/**
 * Runs the command line.
 *
 * @param args What was typed after the name of the program.
 * @returns The exit code. Whatever fails was told on stderr.
 */
export async function run(
  args: readonly string[],
  { env, signal, stdin, stdout, stderr }: RunEnvironment,
): Promise<number> {
  const output = new Output(args.includes("--json"), [env.CLOUDFLARE_API_TOKEN ?? ""], stdout, stderr);
  const open = (api: string | undefined): Context => {
    const client = new RestClient(readSettings(env, api), signal);
    return { api: new BackupApi(client), output, signal, stdin, stderr };
  };
  try {
    await runProgram(args, open, { stdout, stderr });
    return exitCodes.success;
  } catch (thrown) {
    // What is ended by the signal has errors of its own for that.
    const isInterrupted = signal.aborted && !(thrown instanceof InterruptedError);
    const error = isInterrupted ? new InterruptedError("Interrupted.", { cause: thrown }) : thrown;
    output.failure(error);
    return error instanceof CliError ? error.exitCode : exitCodes.failure;
  }
}
