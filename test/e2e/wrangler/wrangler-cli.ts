import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

/** How a run of wrangler ended. */
export interface WranglerRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** Both, for what may stand in either. */
  output: string;
  /** What `--json` has printed. Throws with the whole output if that is no JSON. */
  json<T>(): T;
}

export interface WranglerOptions {
  /** Default: an empty folder. */
  cwd?: string;
  /** Environment variables beside those of the constructor; undefined removes one. */
  env?: Record<string, string | undefined>;
}

const runTimeoutMs = 120_000;

/** The real wrangler, as a user without any configuration of his own has it, in CI. */
export class WranglerCli {
  readonly #cwd: string;
  readonly #env: Record<string, string | undefined>;
  readonly #slots = new Slots(availableParallelism());

  /**
   * @param home An empty folder: the home of the user who calls.
   * @param env What this project's users set.
   */
  constructor(home: string, env: Record<string, string>) {
    this.#cwd = home;
    this.#env = {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: home,
      WRANGLER_LOG_PATH: join(home, "logs"),
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true", // with it goes the check for updates
      NO_COLOR: "1",
      CI: "1",
      ...env,
    };
  }

  /** Runs `wrangler d1 ...`. A failure is an answer, not an exception. */
  d1(args: string[], options: WranglerOptions = {}): Promise<WranglerRun> {
    return this.#slots.use(() => this.#run(["d1", ...args], options));
  }

  #run(args: string[], { cwd = this.#cwd, env = {} }: WranglerOptions): Promise<WranglerRun> {
    const child = spawn(process.execPath, [wranglerBin, ...args], {
      cwd,
      env: { ...this.#env, ...env } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: runTimeoutMs,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => {
        const output = `${stdout}\n${stderr}`;
        resolve({ exitCode, stdout, stderr, output, json: () => parseJson(stdout, output) });
      });
    });
  }
}

/** The path of the real wrangler. */
export const wranglerBin = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  ...["bin", "wrangler.js"],
);

function parseJson<T>(stdout: string, output: string): T {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`wrangler printed no JSON:\n${output}`, { cause });
  }
}

/** Lets no more run at once than there are processors: a start of wrangler takes a second of one. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
