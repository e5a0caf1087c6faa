import type { DevServer } from "../../scripts/lib/dev-server.mjs";

interface Request {
  what: string;
  body: unknown;
  since: number;
}

/** The server, and the requests that it has not answered. */
export class SoakServer {
  readonly pid: number;
  readonly #server: DevServer;
  readonly #requests = new Set<Request>();

  constructor(server: DevServer) {
    this.pid = server.pid;
    this.#server = server;
  }

  /** What it has printed last. */
  get lastLines(): string {
    const lines = this.#server.output().split("\n");
    return lines
      .filter((line) => line.trim() !== "" && !/ 200 OK /.test(line))
      .slice(-40)
      .join("\n");
  }

  /** @throws Error when it answers with an error, or not in time. */
  async post<T>(what: string, body: unknown = null, timeoutMs?: number): Promise<T> {
    const request = { what, body, since: Date.now() };
    this.#requests.add(request);
    try {
      const signal = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) };
      const options = { method: "POST", body: JSON.stringify(body), ...signal };
      const response = await fetch(`${this.#server.url}/${what}`, options);
      const text = await response.text();
      if (!response.ok) throw new Error(`${what} of ${JSON.stringify(body)}: ${text.slice(0, 500)}`);
      return JSON.parse(text) as T;
    } finally {
      this.#requests.delete(request);
    }
  }

  /** The requests without an answer. */
  unanswered(): { what: string; body: unknown; ageMs: number }[] {
    return [...this.#requests].map(({ what, body, since }) => ({ what, body, ageMs: Date.now() - since }));
  }
}
