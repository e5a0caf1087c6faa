import { createHash } from "node:crypto";
import { CliError } from "../failure.ts";

/** What a stream must be. */
export interface ExpectedBytes {
  /** For the message of one that is not. */
  name: string;
  bytes: number;
  sha256: string;
}

/**
 * Passes a stream on, and fails at its end unless it is the one that is expected. One that is longer fails at once.
 *
 * @throws CliError that says what is wrong. What was passed on before is not to be used.
 */
export async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  { name, bytes, sha256 }: ExpectedBytes,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    if (received > bytes) throw notAsStored(name, `has more than its ${bytes} bytes`);
    hash.update(chunk);
    onBytes?.(chunk.length);
    yield chunk;
  }
  if (received < bytes) throw notAsStored(name, `broke off: ${received} bytes came instead of ${bytes}`);
  if (hash.digest("hex") !== sha256) throw notAsStored(name, "has another SHA-256 than when it was stored");
}

function notAsStored(name: string, problem: string): CliError {
  return new CliError(`${name} ${problem}. Nothing was kept of it; try again, or use another backup.`);
}
