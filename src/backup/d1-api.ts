import { z } from "zod";
import { DatabaseError } from "../errors.ts";
import type { BackupEnv } from "./backup-env.ts";

/** Where the Worker's own API seems to be. No request to it leaves the Worker. */
const ownOrigin = "https://d1-procedures.internal";

const envelopeSchema = z.object({
  success: z.boolean(),
  result: z.unknown(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).nullish(),
});

const databaseSchema = z.object({ uuid: z.string(), name: z.string() });

/** A database, as the API tells of it. */
export type ApiDatabase = z.infer<typeof databaseSchema>;

const stateSchema = z.object({ bookmark: z.string(), restored_at: z.string().optional() });

/** The state of a database, as only the API of this project tells it. */
export type DatabaseState = z.infer<typeof stateSchema>;

const fileSchema = z.object({
  signed_url: z.string(),
  bookmark: z.string().optional(),
  taken_at: z.string().optional(),
  tables: z.array(z.object({ name: z.string(), rows: z.number() })).optional(),
});

/** The file of a finished export. Only the API of this project tells more than the URL. */
type ApiFile = z.infer<typeof fileSchema>;

/** D1 tells of the file inside of another `result`; its documentation shows it outside, too. */
const exportSchema = z.object({
  at_bookmark: z.string().optional(),
  status: z.string().optional(),
  error: z.string().nullish(),
  signed_url: z.string().optional(),
  result: fileSchema.partial().nullish(),
});

/** How far an export is. */
type ApiExportState =
  | { state: "active" }
  | { state: "complete"; file: ApiFile }
  | { state: "failed"; problem: string };

/** The API has refused a request, or has failed. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** The request itself is wrong: to repeat it changes nothing. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && ![408, 409, 425, 429].includes(this.status);
  }
}

/** Sends requests somewhere: over the internet, or to the Worker itself. */
type Send = (request: Request) => Promise<Response>;

/** D1's REST API as far as a backup needs it: that of this Worker, or that of Cloudflare. */
export class D1Api {
  readonly #baseUrl: string;
  readonly #token: string;
  readonly #send: Send;

  constructor(baseUrl: string, token: string, send: Send) {
    this.#baseUrl = baseUrl;
    this.#token = token;
    this.#send = send;
  }

  async database(accountId: string, database: string): Promise<ApiDatabase> {
    return databaseSchema.parse((await this.#request("GET", databasePath(accountId, database))).result);
  }

  /** Only the API of this project knows it. */
  async stateOf(accountId: string, database: string): Promise<DatabaseState> {
    const path = `${databasePath(accountId, database)}?fields=bookmark,restored_at`;
    return stateSchema.parse((await this.#request("GET", path)).result);
  }

  /** All databases of the account, page by page. */
  async *databases(accountId: string): AsyncGenerator<ApiDatabase> {
    for (let page = 1; ; page++) {
      const path = `${databasesPath(accountId)}?page=${page}&per_page=${listedAtOnce}`;
      const databases = z.array(databaseSchema).parse((await this.#request("GET", path)).result);
      yield* databases;
      if (databases.length < listedAtOnce) return;
    }
  }

  /** @returns The id that the export is polled with. */
  async startExport(accountId: string, database: string): Promise<string> {
    const { at_bookmark, error } = await this.#export(accountId, database, {});
    if (at_bookmark !== undefined) return at_bookmark;
    throw new ApiError(502, `The export was not started: ${error ?? "the answer has no at_bookmark"}.`);
  }

  async pollExport(accountId: string, database: string, atBookmark: string): Promise<ApiExportState> {
    const answer = await this.#export(accountId, database, { current_bookmark: atBookmark });
    const file = fileSchema.safeParse({ signed_url: answer.signed_url, ...answer.result });
    if (file.success) return { state: "complete", file: file.data };
    if (answer.status === "error") return { state: "failed", problem: answer.error ?? "no reason was told" };
    return { state: "active" };
  }

  /** Downloads the file of an export. Undefined: it is no longer there. */
  async download(signedUrl: string): Promise<Response | undefined> {
    const isHere = new URL(signedUrl).origin === new URL(this.#baseUrl).origin;
    // The URL is its own permission: the token is not for whoever keeps the files.
    const response = await (isHere ? this.#send : fetch)(new Request(signedUrl));
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new ApiError(response.status, `The export could not be downloaded: HTTP ${response.status}.`);
  }

  async #export(accountId: string, database: string, body: object) {
    const path = `${databasePath(accountId, database)}/export`;
    const { result } = await this.#request("POST", path, { output_format: "polling", ...body });
    return exportSchema.parse(result);
  }

  async #request(method: string, path: string, body?: object) {
    const response = await this.#send(
      new Request(`${this.#baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const envelope = envelopeSchema.safeParse(await response.json().catch(() => undefined));
    if (response.ok && envelope.success && envelope.data.success) return envelope.data;
    const told = envelope.data?.errors?.map(({ code, message }) => `${message} [code: ${code}]`).join("; ");
    throw new ApiError(
      response.ok ? 502 : response.status,
      `${method} ${path}: HTTP ${response.status}: ${told || "no answer of D1's API"}`,
    );
  }
}

/** Databases that are asked for at once. */
const listedAtOnce = 1_000;

function databasesPath(accountId: string): string {
  return `/accounts/${encodeURIComponent(accountId)}/d1/database`;
}

function databasePath(accountId: string, database: string): string {
  return `${databasesPath(accountId)}/${encodeURIComponent(database)}`;
}

/** Whether backups are of databases behind another API than the Worker's own. */
export function isElsewhere({ BACKUP_API_BASE_URL }: BackupEnv): boolean {
  return Boolean(BACKUP_API_BASE_URL);
}

/**
 * The API that the configuration says: the Worker's own, reached without leaving it, or another one.
 *
 * @param ctx Of the Worker, for its own `fetch`.
 * @throws DatabaseError INVALID_ARGUMENT, NO_TOKEN_CONFIGURED, INVALID_BINDING
 */
export function openApi(env: BackupEnv, ctx: object): D1Api {
  const { BACKUP_API_BASE_URL, BACKUP_API_TOKEN, API_TOKEN } = env;
  if (BACKUP_API_BASE_URL) {
    if (!/^https?:\/\/[^/]/.test(BACKUP_API_BASE_URL)) {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        "BACKUP_API_BASE_URL is no URL. That of Cloudflare is https://api.cloudflare.com/client/v4",
      );
    }
    if (!BACKUP_API_TOKEN) throw noToken("BACKUP_API_TOKEN");
    return new D1Api(BACKUP_API_BASE_URL.replace(/\/+$/, ""), BACKUP_API_TOKEN, (request) => fetch(request));
  }
  if (!API_TOKEN) throw noToken("API_TOKEN");
  const worker = ownWorker(ctx);
  return new D1Api(`${ownOrigin}/client/v4`, API_TOKEN, (request) => worker.fetch(request));
}

function ownWorker(ctx: object): Pick<Fetcher, "fetch"> {
  const { exports } = ctx as { exports?: { default?: Pick<Fetcher, "fetch"> } };
  if (exports?.default !== undefined) return exports.default;
  throw new DatabaseError(
    "INVALID_BINDING",
    "A backup asks the REST API of its own Worker, and the Worker has no default export to ask: " +
      "export default { fetch: createHttpApp().fetch }. It also needs compatibility_date 2025-11-17 or later.",
  );
}

function noToken(name: string): DatabaseError {
  return new DatabaseError(
    "NO_TOKEN_CONFIGURED",
    `Backups need the secret ${name}: \`npx wrangler secret put ${name}\`, or a line \`${name}=...\` in .dev.vars.`,
  );
}
