import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../failure.ts";
import { lastLines } from "../text.ts";
import { wranglerEnvironment } from "./wrangler-environment.ts";
import type { WranglerProject } from "./wrangler-project.ts";

const startTimeoutMs = 90_000;
/** Where it listens, as wrangler prints it. */
const readyAt = /Ready on (http:\/\/127\.0\.0\.1:\d+)/;
/** Milliseconds between two looks whether it answers, or has ended. */
const lookMs = 100;
const stopTimeoutMs = 5_000;

/** What a server is started with. */
export interface LocalServerOptions {
  /** A file with `API_TOKEN=...`. Not an argument: those show in `ps`. */
  tokenFile: string;
  /** For its logs and its registry. */
  scratchDir: string;
  signal: AbortSignal;
}

/** A project's own Worker, in `wrangler dev` on a free port of this machine, for as long as it is needed. */
export class LocalServer {
  readonly #child: ChildProcess;
  #url = "";
  #output = "";
  #hasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    child.once("error", (error) => {
      this.#output += error.message;
      this.#hasEnded = true;
    });
    child.once("exit", () => {
      this.#hasEnded = true;
    });
    // Also when this process ends in a way that awaits nothing.
    process.once("exit", this.#kill);
  }

  /** Starts it, and waits until it answers. @throws CliError */
  static async start(project: WranglerProject, options: LocalServerOptions): Promise<LocalServer> {
    const args = [
      ...[
        project.wranglerBin,
        "dev",
        "--config",
        project.configPath,
        "--persist-to",
        project.stateDir,
        "--local",
      ],
      // The system chooses as they listen: a port that is looked up before may be taken by then.
      ...["--ip", "127.0.0.1", "--port=0", "--inspector-port=0"],
      ...["--show-interactive-dev-session=false", ...envFiles(project, options.tokenFile)],
    ];
    const child = spawn(process.execPath, args, {
      cwd: dirname(project.configPath),
      env: wranglerEnvironment(options.scratchDir),
      stdio: ["ignore", "pipe", "pipe"],
      // Its own process group: wrangler starts workerd as a grandchild, and leaves it behind on some signals.
      detached: true,
    });
    const server = new LocalServer(child);
    try {
      await server.#untilItAnswers(options.signal);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Where it listens. */
  get url(): string {
    return this.#url;
  }

  /** Ends it with all that it has started, and waits until nothing of it works on the state any more. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const deadline = performance.now() + stopTimeoutMs;
    // The leader may be gone while workerd is still there.
    while (this.#signal(0) && performance.now() < deadline) await sleep(20);
    this.#kill();
    process.off("exit", this.#kill);
  }

  async #untilItAnswers(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    for (;;) {
      signal.throwIfAborted();
      if (this.#hasEnded) throw this.#failure("has ended while it started");
      if (performance.now() > deadline)
        throw this.#failure(`has not answered for ${startTimeoutMs / 1_000} s`);
      const url = readyAt.exec(this.#output)?.[1];
      if (url !== undefined && (await answers(url, signal))) {
        this.#url = url;
        return;
      }
      await sleep(lookMs);
    }
  }

  #failure(what: string): CliError {
    return new CliError(`\`wrangler dev\` of the project ${what}:\n${lastLines(this.#output)}`);
  }

  readonly #kill = () => {
    this.#signal("SIGKILL");
  };

  /** @returns False when nobody is left in the group. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return false;
    try {
      // Windows has no groups.
      process.kill(process.platform === "win32" ? pid : -pid, signal);
      return true;
    } catch {
      return false;
    }
  }
}

/** The token's file comes after those that wrangler would read by itself: with --env-file it does not. */
function envFiles({ configPath }: WranglerProject, tokenFile: string): string[] {
  const own = [".dev.vars"].map((name) => join(dirname(configPath), name)).filter((path) => existsSync(path));
  return [...own, tokenFile].flatMap((path) => ["--env-file", path]);
}

/** Whatever it answers: wrangler has requests wait until the Worker is there. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]),
    });
    await answer.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
