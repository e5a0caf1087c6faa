import { DatabaseError, messageOf } from "../errors.ts";
import { maxHttpBodyBytes } from "../limits.ts";

/**
 * Reads a JSON body, and no byte more than the limit: a chunked body announces no length, and a wrong
 * Content-Length is only a claim.
 *
 * @throws DatabaseError PAYLOAD_TOO_LARGE or BAD_REQUEST.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  if (Number(request.headers.get("content-length")) > maxHttpBodyBytes) throw tooLarge();
  const bytes = await readAtMost(request.body, maxHttpBodyBytes);
  if (bytes.length === 0) throw new DatabaseError("BAD_REQUEST", "The body is empty; it must be JSON.");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new DatabaseError("BAD_REQUEST", `The body is not JSON: ${messageOf(cause)}`, { cause });
  }
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
