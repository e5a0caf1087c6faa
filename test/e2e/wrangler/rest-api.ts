import { createHash } from "node:crypto";

/** How far an import or an export is. */
export interface Transfer {
  status: "active" | "complete" | "error";
  at_bookmark: string;
  error?: string;
  result?: { filename: string; signed_url: string };
}

type Row = Record<string, unknown>;

/** D1's REST API over plain `fetch`: to set the stage for wrangler, and to look at what it has done. */
export class RestApi {
  readonly #databases: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#databases = `${url}/client/v4/accounts/local/d1/database`;
    this.#token = token;
  }

  /** Creates a database, by default under a name that no other has. */
  async createDatabase(name = `db-${crypto.randomUUID()}`): Promise<{ name: string; uuid: string }> {
    return this.#send("POST", "", { name });
  }

  /** Runs SQL; all rows of the last statement. */
  async query<T = Row>(database: string, sql: string, params: unknown[] = []): Promise<T[]> {
    const results = await this.#send<{ results: T[] }[]>("POST", `/${database}/query`, { sql, params });
    return results.at(-1)!.results;
  }

  /** Imports an SQL file, and waits for its end. */
  async import(database: string, sql: string | Buffer): Promise<void> {
    const etag = createHash("md5").update(sql).digest("hex");
    const path = `/${database}/import`;
    type Upload = { upload_url: string; filename: string };
    const { upload_url, filename } = await this.#send<Upload>("POST", path, { action: "init", etag });
    const uploaded = await fetch(upload_url, { method: "PUT", body: sql });
    if (!uploaded.ok) throw new Error(await uploaded.text());
    let transfer = await this.#send<Transfer>("POST", path, { action: "ingest", etag, filename });
    while (transfer.status === "active") {
      transfer = await this.#send("POST", path, { action: "poll", current_bookmark: transfer.at_bookmark });
    }
    if (transfer.status === "error") throw new Error(transfer.error);
  }

  /** The dump of a database. */
  async export(database: string): Promise<string> {
    return this.download(await this.startExport(database));
  }

  /** Waits until an export has ended. Resolves to the URL of the dump. */
  async startExport(database: string): Promise<string> {
    const path = `/${database}/export`;
    let transfer = await this.#send<Transfer>("POST", path, { output_format: "polling" });
    while (transfer.status === "active") {
      const current_bookmark = transfer.at_bookmark;
      transfer = await this.#send("POST", path, { output_format: "polling", current_bookmark });
    }
    if (transfer.status === "error") throw new Error(transfer.error);
    return transfer.result!.signed_url;
  }

  async download(signedUrl: string): Promise<string> {
    const file = await fetch(signedUrl);
    if (!file.ok) throw new Error(await file.text());
    return file.text();
  }

  /** Backs a database up, and waits for its end. */
  async backUp(database: string): Promise<{ id: string; taken_at: string }> {
    const path = `/${database}/backup`;
    type Status = {
      status: string;
      instance_id: string;
      error?: string;
      backup?: { id: string; taken_at: string };
    };
    let made = await this.#send<Status>("POST", path, undefined);
    while (made.status === "active") {
      made = await this.#send<Status>("POST", `${path}?instance_id=${made.instance_id}`, undefined);
    }
    if (made.backup === undefined) throw new Error(made.error);
    return made.backup;
  }

  async #send<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await fetch(this.#databases + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { success: boolean; result: T; errors: { message: string }[] };
    if (!answer.success) throw new Error(`${method} ${path}: ${answer.errors[0]?.message}`);
    return answer.result;
  }
}
