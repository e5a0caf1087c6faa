import { exports } from "cloudflare:workers";
import type { Envelope } from "../../src/http/envelope.ts";

/** The token in vitest.config.ts. */
export const token = "token-of-the-tests";

/** Sends a request to the Worker under test, with the token unless `init` says otherwise. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
  return exports.default.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
}

/** Posts a JSON body. */
export async function post(path: string, body: unknown): Promise<Response> {
  return send(path, { method: "POST", body: JSON.stringify(body) });
}

/** Calls a procedure and gives the status, the envelope and the headers of the answer. */
export async function callProcedure(name: string, ...args: unknown[]) {
  const response = await post(`/procedures/${name}`, args);
  return { status: response.status, headers: response.headers, envelope: await response.json<Envelope>() };
}
