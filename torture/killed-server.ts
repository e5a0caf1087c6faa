import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DevServer, startDevServer } from "../scripts/lib/dev-server.mjs";

/** Milliseconds after which a request counts as one that is never answered: all that is asked for ends long before. */
const answerTimeoutMs = 90_000;

/**
 * Sends a request that is to be answered.
 *
 * @throws Error that names the request when there is no answer, or not all of it; TypeError when the connection ends.
 */
export async function request(url: string | URL, init: RequestInit): Promise<Response> {
  const { method = "GET" } = init;
  const noAnswer = new AbortController();
  const timer = setTimeout(() => {
    noAnswer.abort(new Error(`${method} ${url} is not answered within ${answerTimeoutMs / 1000} s.`));
  }, answerTimeoutMs);
  timer.unref();
  return fetch(url, { ...init, signal: noAnswer.signal });
}

/** The real runtime with its databases on disk, killed now and then, and started again. */
export class KilledServer {
  kills = 0;
  readonly #scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-torture-"));
  readonly #config: string;
  #server: Promise<DevServer>;
  #killing = Promise.resolve();
  #ended = new AbortController();

  /**
   * @param config Of the Worker: a path of the project.
   * @param secrets Of the Worker, by name.
   */
  constructor(config: string, secrets: Record<string, string> = {}) {
    this.#config = config;
    const vars = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(this.#scratchDir, "vars"), vars.join(""), { mode: 0o600 });
    this.#server = this.#start();
    this.#server.catch(() => {}); // who waits for it hears of it
  }

  /** Where everything is on disk. */
  get stateDir(): string {
    return join(this.#scratchDir, "state");
  }

  /** Of the server that runs, or starts. */
  async url(): Promise<string> {
    return (await this.#server).url;
  }

  /** What the server that runs has printed so far. */
  async output(): Promise<string> {
    return (await this.#server).output();
  }

  /**
   * Sends a request as soon as the server runs.
   *
   * @throws Error when it ends before it has answered, or answers with an error.
   */
  async post(path: string, body: unknown = null): Promise<unknown> {
    const response = await request(`${await this.url()}/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as unknown;
    if (response.ok) return answer;
    const { name, message } = answer as Error;
    throw Object.assign(new Error(message), { name });
  }

  /**
   * Kills it with SIGKILL, and starts it again. Whoever asks from now on waits for the next one.
   *
   * @param whileDead Done in between.
   */
  async kill(whileDead?: () => Promise<void>): Promise<void> {
    const server = await this.#server;
    const dead = server.ended.then(() => whileDead?.());
    this.#server = dead.then(() => this.#start());
    this.#server.catch(() => {});
    process.kill(-server.pid, "SIGKILL");
    this.kills++;
    await this.#server;
  }

  /** Kills it several times, each time so many milliseconds after it has begun to answer again. */
  killAfter(delaysMs: readonly number[]): void {
    this.#killing = this.#killEach(delaysMs).catch((error: Error) => {
      if (!this.#ended.signal.aborted) throw error;
    });
    this.#killing.catch(() => {}); // end() tells of it
  }

  /** Lets it be killed no more. @throws What kept it from starting again. */
  async spare(): Promise<void> {
    this.#ended.abort();
    await this.#killing;
    this.#ended = new AbortController();
  }

  async end(): Promise<void> {
    try {
      await this.spare();
    } finally {
      await this.#server.then(
        (server) => server.stop(),
        () => {},
      );
      rmSync(this.#scratchDir, { recursive: true, force: true });
    }
  }

  async #killEach(delaysMs: readonly number[]): Promise<void> {
    for (const delayMs of delaysMs) {
      await this.#server;
      await sleep(delayMs, undefined, { signal: this.#ended.signal });
      await this.kill();
    }
  }

  #start(): Promise<DevServer> {
    return startDevServer({
      configs: [this.#config],
      envFile: join(this.#scratchDir, "vars"),
      scratchDir: this.#scratchDir,
      persistTo: this.stateDir,
      pastProxy: true,
    });
  }
}
