import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { projectDir } from "../../scripts/lib/dev-server.mjs";
import type { LoadReport } from "./host.ts";
import type { HttpLoad } from "./http-clients.ts";
import type { NodeHostSettings } from "./node-host.ts";

/** A contender in a Node process. */
export class NodeHost {
  readonly url: string;
  readonly #child: ChildProcess;

  static async start(settings: NodeHostSettings): Promise<NodeHost> {
    const child = forkScript("./node-host.ts", [JSON.stringify(settings)]);
    const { port } = await messageOf<{ port: number }>(child, 30_000);
    return new NodeHost(child, `http://127.0.0.1:${port}`);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    const request = { method: "POST", body: "null", signal: AbortSignal.timeout(5_000) };
    await fetch(`${this.url}/stop/all/all`, request).catch(() => {});
    setTimeout(() => this.#child.kill("SIGKILL"), 5_000).unref();
    await ended;
  }
}

/** The process of the clients outside. */
export class HttpClients {
  readonly #child: ChildProcess = forkScript("./http-clients.ts", []);

  async run(load: HttpLoad): Promise<LoadReport> {
    this.#child.send(load);
    const answer = await messageOf<{ report: LoadReport } | { error: string }>(
      this.#child,
      load.load.ms + 60_000,
    );
    if ("error" in answer) throw new Error(answer.error);
    return answer.report;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

function forkScript(path: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(path, import.meta.url)), args, {
    cwd: projectDir,
    execArgv: ["--import", "./torture/typescript.mjs"],
  });
}

function messageOf<T>(child: ChildProcess, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      settle();
    };
    const onMessage = (message: unknown) => end(() => resolve(message as T));
    const onExit = (code: number | null) =>
      end(() => reject(new Error(`The process has ended with ${code}.`)));
    const timer = setTimeout(
      () => end(() => reject(new Error(`The process has said nothing for ${timeoutMs} ms.`))),
      timeoutMs,
    );
    child.on("message", onMessage).on("exit", onExit);
  });
}
