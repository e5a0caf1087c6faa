import { type ChildProcess, spawn } from "node:child_process";

/** How a run of the command ended. */
export interface CliRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** What `--json` has printed: all of stdout is one document. */
  json<T = Record<string, unknown>>(): T;
}

export interface CliOptions {
  cwd?: string;
  /** Beside PATH. */
  env?: Record<string, string>;
  /** Is told of the process as soon as it runs. */
  onStart?: (child: ChildProcess) => void;
}

const runTimeoutMs = 100_000;

/** The built command, as its users run it. */
export class Cli {
  readonly #path: string;
  readonly #cwd: string;

  constructor(path: string, cwd: string) {
    this.#path = path;
    this.#cwd = cwd;
  }

  /** Runs `d1-procedures ...`, without a terminal. A failure is an answer, not an exception. */
  run(args: string[], { cwd = this.#cwd, env = {}, onStart }: CliOptions = {}): Promise<CliRun> {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [this.#path, ...args], {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: runTimeoutMs,
    });
    onStart?.(child);
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        printed[name] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => {
        resolve({ exitCode, ...printed, json: () => JSON.parse(printed.stdout) });
      });
    });
  }
}
