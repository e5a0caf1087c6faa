import { type KilledServer, request } from "../killed-server.ts";
import type { Transfer } from "./transfer.ts";
import type { PhaseReport, Place } from "./worker/phases.ts";
import type { TransferAnswer } from "./worker/transfer-all.ts";

/** The API has answered, with a failure. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** That of the database or of the procedure, or Cloudflare's. */
    readonly code: string | number,
    message: string,
  ) {
    super(message);
  }

  /** Nothing was done, for sure. */
  get didNothing(): boolean {
    return this.status === 429 || this.code === "PLANNED" || this.code === "TRANSACTION_TIMEOUT";
  }
}

interface Envelope {
  success: boolean;
  result: unknown;
  errors: { code: number; message: string; error?: { code?: string } }[];
}

export const token = "token-of-the-torture";

/** The REST API of the server that is killed. */
export class Api {
  /**
   * Whether a life of the server is over. Whoever was in the middle of something then is refused, and must not go on with it in
   * the next life: he would wait for a Workflow that nobody resumes before he has ended.
   */
  isOver = false;
  readonly #server: KilledServer;

  constructor(server: KilledServer) {
    this.#server = server;
  }

  /**
   * Sends a request below `/client/v4/accounts/local/d1/database`.
   *
   * @throws Refusal; TypeError when no answer came.
   */
  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#json<T>(path, { method: "POST", body: JSON.stringify(body) });
  }

  async get<T>(path: string): Promise<T> {
    return this.#json<T>(path, {});
  }

  /** The rows of each statement, all of one state. */
  async query<T extends Record<string, unknown>>(
    database: string,
    statements: (string | { sql: string; params: unknown[] })[],
  ): Promise<T[][]> {
    const batch = statements.map((statement) =>
      typeof statement === "string" ? { sql: statement } : statement,
    );
    const results = await this.post<{ results: T[] }[]>(`/${database}/query`, { batch });
    return results.map(({ results }) => results);
  }

  /** @param path Below the API of databases, or a URL. */
  async download(path: string): Promise<Uint8Array> {
    const response = await this.#fetch(path, {});
    if (!response.ok) throw await refusalOf(response);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** @returns The MD5 that the server has computed. */
  async upload(url: string, bytes: Uint8Array): Promise<void> {
    const response = await this.#fetch(url, { method: "PUT", body: bytes });
    if (!response.ok) throw await refusalOf(response);
    await response.arrayBuffer();
  }

  /**
   * Calls a procedure several times at once, from the Worker itself: far more calls than over HTTP share a commit.
   *
   * @returns What became of each, as soon as that is known.
   */
  async *transferAll(uuid: string, transfers: readonly Transfer[]): AsyncGenerator<TransferAnswer> {
    const url = `${await this.#url()}/transfers?${uuid}`;
    const { body } = await request(url, { method: "POST", body: JSON.stringify(transfers) });
    let text = "";
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split("\n");
      text = lines.pop()!;
      for (const line of lines) yield JSON.parse(line) as TransferAnswer;
    }
  }

  /** To be stopped there. */
  async want(places: readonly Place[]): Promise<void> {
    await this.#server.post("phases", places);
  }

  async phases(): Promise<PhaseReport> {
    return (await request(`${await this.#server.url()}/phases`, {})).json() as Promise<PhaseReport>;
  }

  async #json<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.#fetch(path, init);
    if (!response.ok) throw await refusalOf(response);
    return ((await response.json()) as Envelope).result as T;
  }

  /** Of the server that runs now, or starts. */
  #url(): Promise<string> {
    if (this.isOver) throw new TypeError("The server is being killed.");
    return this.#server.url();
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const server = await this.#url();
    const url = new URL(
      path.startsWith("http") ? path : `/client/v4/accounts/local/d1/database${path}`,
      server,
    );
    // A signed URL is of a server that listened somewhere else.
    url.port = new URL(server).port;
    return request(url, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
  }
}

async function refusalOf(response: Response): Promise<Error> {
  const text = await response.text();
  let envelope: Partial<Envelope>;
  try {
    envelope = JSON.parse(text) as Partial<Envelope>;
  } catch {
    // Not the API's: of a Worker that ends.
    return new TypeError(`Answered ${response.status} with no JSON: ${text.slice(0, 200)}`);
  }
  const [failure] = envelope.errors ?? [];
  return new Refusal(
    response.status,
    failure?.error?.code ?? failure?.code ?? "?",
    failure?.message ?? text.slice(0, 200),
  );
}
