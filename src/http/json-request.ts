import type { MiddlewareHandler } from "hono";
import type { ZodError } from "zod";
import { DatabaseError } from "../errors.ts";
import type { HttpContext } from "./http-env.ts";
import { readJsonBytes } from "./request-body.ts";

/**
 * Reads a JSON body within its limits, before the validator does: Hono's own reads a body of any size, and refuses
 * one that does not say that it is JSON, as `curl -d` does not.
 *
 * @param isOptional No body is `{}`.
 */
export function jsonRequest(isOptional: boolean): MiddlewareHandler<HttpContext> {
  return async (c, next) => {
    const { raw } = c.req;
    const body = await readJsonBytes(raw, isOptional ? "{}" : undefined);
    c.set("clientSignal", raw.signal);
    const headers = new Headers(raw.headers);
    headers.set("content-type", "application/json");
    c.req.raw = new Request(raw.url, { method: raw.method, headers, body });
    await next();
  };
}

/** What a validator found. */
type Validation = { success: true; target: string } | { success: false; target: string; error: ZodError };

/**
 * The hook of all routes: a request that does not fit its schema is refused, and told where.
 *
 * @throws DatabaseError BAD_REQUEST
 */
export function refuseInvalid(validation: Validation): undefined {
  if (validation.success) return;
  const { path, message } = validation.error.issues[0]!;
  throw new DatabaseError("BAD_REQUEST", `${describePlace(validation.target, path)}: ${message}`);
}

function describePlace(target: string, path: PropertyKey[]): string {
  if (path.length === 0) return target === "json" ? "The body is not valid" : "The request is not valid";
  const name = path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    "",
  );
  return `The property '${name}' is not valid`;
}
