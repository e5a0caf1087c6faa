import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Backup } from "../../../src/backup/backup.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

/** A backup, and the file that belongs to it. */
export interface FakeBackup {
  backup: Backup;
  gzip: Buffer;
}

/** A backup whose manifest is that of this SQL. */
export function fakeBackup(sql: string, changes: Partial<Backup> = {}): FakeBackup {
  const gzip = gzipSync(sql);
  return {
    gzip,
    backup: {
      format_version: 1,
      id: "20261121T140003120Z-5f3a9c01",
      database_uuid: "11111111-1111-4111-8111-111111111111",
      database_name: "shop",
      reason: "schedule",
      taken_at: "2026-11-21T14:00:03.120Z",
      bookmark: "b",
      tables: null,
      sql_bytes: Buffer.byteLength(sql),
      sql_sha256: sha256(sql),
      gzip_bytes: gzip.length,
      gzip_sha256: sha256(gzip),
      ...changes,
    },
  };
}

/** An API that answers what a test says: what a real one would not, or not when it is wanted. */
export class FakeApi {
  readonly #server = createServer((request, response) => {
    const path = request.url!.replace(/^\/client\/v4\/accounts\/local\/d1\/database/, "");
    this.requests.push(`${request.method} ${path}`);
    request.resume();
    const handler = this.#handlers.find(([pattern]) => pattern.test(path))?.[1];
    if (handler) handler(request, response);
    else
      answer(response, 404, { success: false, result: null, errors: [{ code: 7404, message: "not found" }] });
  });
  readonly #handlers: [RegExp, Handler][] = [];
  /** What was asked for so far. */
  readonly requests: string[] = [];

  /** Answers paths like this. The first that matches counts. */
  on(path: RegExp, handler: Handler): this {
    this.#handlers.push([path, handler]);
    return this;
  }

  /** Answers with Cloudflare's envelope around this. */
  onResult(path: RegExp, result: () => unknown): this {
    return this.on(path, (_, response) =>
      answer(response, 200, { success: true, result: result(), errors: [] }),
    );
  }

  /** Has this backup. */
  withBackup({ backup, gzip }: FakeBackup, download: Handler = (_, response) => response.end(gzip)): this {
    return this.on(/\/download\?/, download).onResult(new RegExp(`/backup/${backup.id}$`), () => backup);
  }

  /** @returns The address for CLOUDFLARE_API_BASE_URL. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/client/v4`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
