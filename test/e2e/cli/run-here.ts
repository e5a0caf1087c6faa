import { Readable, Writable } from "node:stream";
import { run } from "../../../src/cli/run.ts";
import type { CliRun } from "./cli.ts";

/** Runs the command line in this process: for what needs none of its own. */
export async function runHere(args: string[], env: Record<string, string> = {}): Promise<CliRun> {
  const stdout = new Collector();
  const stderr = new Collector();
  const signal = new AbortController().signal;
  const exitCode = await run(args, { env, signal, stdin: Readable.from([]), stdout, stderr });
  return { exitCode, stdout: stdout.text, stderr: stderr.text, json: () => JSON.parse(stdout.text) };
}

/** A stream of text that is no terminal. */
export class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
