import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DevServer, startDevServer } from "../../scripts/lib/dev-server.mjs";

/** What the Worker answers with when it fails. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";

  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

export interface DiskServerOptions {
  disk: string;
  scratchDir: string;
  signal: AbortSignal;
}

/** The server whose databases are on the small disk. */
export class DiskServer {
  readonly #server: DevServer;

  constructor(server: DevServer) {
    this.#server = server;
  }

  static async start({ disk, scratchDir, signal }: DiskServerOptions): Promise<DiskServer> {
    const envFile = join(scratchDir, "vars");
    writeFileSync(envFile, "");
    // For its explorer wrangler writes into each object that starts, and on a full disk none would start, not even for reads.
    process.env.X_LOCAL_EXPLORER = "false";
    const configs = ["torture/disk-full/wrangler.toml"];
    const persistTo = join(disk, "state");
    const server = await startDevServer({ configs, envFile, scratchDir, persistTo, signal, pastProxy: true });
    return new DiskServer(server);
  }

  /** @throws WorkerError */
  async post<T>(path: string, ...args: unknown[]): Promise<T> {
    const signal = AbortSignal.timeout(60_000);
    const options = { method: "POST", body: JSON.stringify(args), signal };
    const response = await fetch(`${this.#server.url}/${path}`, options);
    const answer = (await response.json()) as unknown;
    if (response.ok) return answer as T;
    const { message, code } = answer as WorkerError;
    throw new WorkerError(message, code);
  }

  kill(): Promise<void> {
    process.kill(-this.#server.pid, "SIGKILL");
    return this.#server.ended;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** A file that takes up room on the disk until it is removed. */
export class Ballast {
  readonly #path: string;

  constructor(disk: string) {
    this.#path = join(disk, "ballast");
  }

  take(bytes: number): void {
    writeFileSync(this.#path, Buffer.alloc(bytes));
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

export function freeBytes(disk: string): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}
