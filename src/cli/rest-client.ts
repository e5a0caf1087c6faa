import { z } from "zod";
import { CliError, type FailureDetails, InterruptedError, NoAnswerError } from "./failure.ts";
import type { Settings } from "./settings.ts";
import { printable } from "./text.ts";

/** What an answer of the API says, if it tells a success. */
export interface Answer {
  result?: unknown;
  result_info?: unknown;
}

/** Milliseconds that an answer may take. A poll waits up to 10 s in the API. */
const answerTimeoutMs = 60_000;

/** Characters of an answer that a message shows. */
const shownCharacters = 200;

/** Cloudflare's envelope. */
const envelopeSchema = z.object({
  success: z.boolean(),
  result: z.unknown().optional(),
  result_info: z.unknown().optional(),
  errors: z
    .array(z.object({ code: z.number().optional().catch(undefined), message: z.string() }))
    .default([]),
});

/** The D1 REST API over `fetch`. */
export class RestClient {
  readonly #databases: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  /** @param signal Ends whatever is under way. */
  constructor({ baseUrl, accountId, token }: Settings, signal: AbortSignal) {
    this.#databases = `${baseUrl}/accounts/${encodeURIComponent(accountId)}/d1/database`;
    this.#token = token;
    this.#signal = signal;
  }

  /**
   * Asks for JSON.
   *
   * @param path What comes after `.../d1/database`.
   * @throws CliError for an answer that tells a failure, and for none. {@link isOnTheWay} tells which may be asked again.
   */
  async send(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(answerTimeoutMs)]);
    const response = await this.#fetch(method, path, signal, body);
    const text = await response.text().catch((error) => {
      throw this.#noAnswer(error);
    });
    const answer = readEnvelope(text);
    if (answer === undefined) throw noEnvelope(response.status, text);
    if (!response.ok || !answer.success) throw failureOf(response.status, answer.errors[0]);
    return answer;
  }

  /** Asks for a file. */
  async open(path: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#fetch("GET", path, this.#signal);
    if (response.ok && response.body !== null) return response.body as AsyncIterable<Uint8Array>;
    const text = await response.text();
    const answer = readEnvelope(text);
    throw answer === undefined
      ? noEnvelope(response.status, text)
      : failureOf(response.status, answer.errors[0]);
  }

  async #fetch(method: string, path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    try {
      return await fetch(this.#databases + path, {
        method,
        headers,
        signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw this.#noAnswer(error);
    }
  }

  #noAnswer(error: unknown): CliError {
    if (this.#signal.aborted) return new InterruptedError("Interrupted.");
    const { origin } = new URL(this.#databases);
    return new NoAnswerError(
      `No answer from ${origin} (${reasonOf(error)}). Is the server running? CLOUDFLARE_API_BASE_URL or --api says where it is.`,
      { cause: error },
    );
  }
}

/** Whether a failure says nothing about what was asked for, so that it may be asked again. */
export function isOnTheWay(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  const status = error instanceof CliError ? error.details.status : undefined;
  return status === 429 || (status !== undefined && status >= 500 && status !== 501);
}

/** What is behind the "fetch failed" of a failure of the network. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) {
    const code: unknown = Reflect.get(cause, "code");
    return cause.message || (typeof code === "string" ? code : cause.name);
  }
  return error.message;
}

function readEnvelope(text: string): z.infer<typeof envelopeSchema> | undefined {
  try {
    return envelopeSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function noEnvelope(status: number, text: string): CliError {
  return new CliError(
    `The answer (status ${status}) is not one of D1's REST API. Does the address end in /client/v4? It begins with: ` +
      printable(text.slice(0, shownCharacters)),
    { status },
  );
}

function failureOf(
  status: number,
  error: { code?: number | undefined; message: string } | undefined,
): CliError {
  const details: FailureDetails = { status, ...(error?.code !== undefined && { code: error.code }) };
  return new CliError(`${printable(error?.message ?? `Status ${status}`)}${hintFor(status)}`, details);
}

function hintFor(status: number): string {
  switch (status) {
    case 401:
      return " CLOUDFLARE_API_TOKEN must be the secret API_TOKEN of the Worker.";
    case 403:
      return " Is CLOUDFLARE_ACCOUNT_ID the ACCOUNT_ID of the Worker, and CLOUDFLARE_API_TOKEN its API_TOKEN?";
    default:
      return "";
  }
}
