import { DatabaseError, messageOf } from "../errors.ts";
import { maxHttpBodyBytes, maxJsonDepth } from "../limits.ts";

/**
 * Reads a body and sees that it is JSON. Reads no byte more than the limit: a chunked body announces no length, and
 * a wrong Content-Length is only a claim.
 *
 * @param whenEmpty What no body stands for. Without it, one is required.
 * @throws DatabaseError PAYLOAD_TOO_LARGE; BAD_REQUEST for what is no JSON, or nests too deep.
 */
export async function readJsonBytes(request: Request, whenEmpty?: string): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length")) > maxHttpBodyBytes) throw tooLarge();
  const bytes = await readAtMost(request.body, maxHttpBodyBytes);
  if (bytes.length === 0 && whenEmpty !== undefined) return new TextEncoder().encode(whenEmpty);
  if (bytes.length === 0) throw new DatabaseError("BAD_REQUEST", "The body is empty; it must be JSON.");
  if (isDeeperThan(maxJsonDepth, parseJson(bytes))) {
    throw new DatabaseError(
      "BAD_REQUEST",
      `The body nests arrays or objects more than ${maxJsonDepth} deep.`,
    );
  }
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new DatabaseError("BAD_REQUEST", `The body is not JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Level by level: to recurse is what must not happen with a value too deep. */
function isDeeperThan(depth: number, value: unknown): boolean {
  let level = [value].filter(isObject);
  for (let reached = 0; level.length > 0; reached++) {
    if (reached === depth) return true;
    level = level.flatMap((object) => Object.values(object).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

async function readAtMost(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function tooLarge(): DatabaseError {
  return new DatabaseError("PAYLOAD_TOO_LARGE", `The body is larger than ${maxHttpBodyBytes} bytes.`);
}
