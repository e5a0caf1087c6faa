/**
 * What a host of contenders answers over HTTP, be it the Worker or a Node server: `POST /<action>/<contender>/<database>`.
 *
 * - `/query` `{ sql }`: the rows of a statement.
 * - `/load` {@link Load}: lets clients ask from inside the host, and answers what they saw.
 * - `/call/.../<workload>/<operation>`: one operation with its arguments, as a client outside asks for it.
 */

import type { Load } from "../harness/load.ts";
import type { Round } from "../harness/statistics.ts";
import type { Row } from "../workloads/steps.ts";

export interface LoadReport {
  groups: Record<string, Round>;
  problems: string[];
}

/** One contender and one of its databases, as the harness sees them. */
export class HostClient {
  readonly url: string;
  readonly #contender: string;

  constructor(url: string, contender: string) {
    this.url = url;
    this.#contender = contender;
  }

  query(database: string, sql: string, timeoutMs = 120_000): Promise<Row[]> {
    return this.ask<Row[]>("query", database, { sql }, timeoutMs);
  }

  load(database: string, load: Load): Promise<LoadReport> {
    return this.ask<LoadReport>("load", database, load, load.ms + 60_000);
  }

  /** Where a client outside sends an operation of a workload. */
  callPath(database: string, workload: string): string {
    return `/call/${this.#contender}/${database}/${workload}`;
  }

  async ask<T>(action: string, database: string, body: unknown, timeoutMs: number): Promise<T> {
    const path = `${action}/${this.#contender}/${database}`;
    const response = await fetch(`${this.url}/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: Error) => {
      // Named, where fetch would say nothing but "failed" after minutes.
      throw new Error(`${path}: no answer (${cause.message}) within ${timeoutMs} ms`, { cause });
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 1000)}`);
    return JSON.parse(text) as T;
  }
}
