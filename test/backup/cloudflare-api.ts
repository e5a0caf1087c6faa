import { vi } from "vitest";

/** One request that the API has got. */
export interface Seen {
  method: string;
  path: string;
  authorization: string | null;
  body: Record<string, unknown>;
}

/** What the API answers: a Response, or the `result` of a success. */
export type Answer = (seen: Seen) => Response | object | null;

/** An answer that tells a failure. */
export function failure(status: number, code: number, message: string): Response {
  return Response.json(
    { success: false, result: null, errors: [{ code, message }], messages: [] },
    { status },
  );
}

/**
 * Plays what Cloudflare answers, at https://cloudflare.test, and the R2 that its signed URLs lead to.
 *
 * @param answer For the requests to the API.
 * @param download For those to signed URLs.
 */
export function playCloudflare(answer: Answer, download: (url: URL) => Response): Seen[] {
  const seen: Seen[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const request = new Request(input as Request);
    const url = new URL(request.url);
    const body = request.method === "POST" ? await request.json<Record<string, unknown>>() : {};
    const { method, headers } = request;
    const entry = {
      method,
      path: url.pathname + url.search,
      authorization: headers.get("authorization"),
      body,
    };
    seen.push(entry);
    if (url.hostname === "dumps.test") return download(url);
    if (url.hostname !== "cloudflare.test") throw new Error(`Nobody plays ${url.hostname}`);
    const answered = answer(entry);
    return answered instanceof Response
      ? answered
      : Response.json({ success: true, result: answered, errors: [], messages: [] });
  });
  return seen;
}
