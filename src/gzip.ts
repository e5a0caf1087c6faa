import { createGunzip, createGzip, type Gunzip, type Gzip } from "node:zlib";

/**
 * gzip of streams of any size, with a bounded part of them in memory, beside which others are served. The runtime's own CompressionStream
 * and DecompressionStream take whatever is written and keep what nobody has read yet: all of a file, where its reader is the slower
 * side (workerd's streams/compression.c++ says that it "does not yet implement any backpressure"). Not for inside a storage transaction:
 * zlib's events would wait behind it.
 */

/** Bytes on either side after which others are let in: some ten milliseconds of work. */
const bytesBetweenPauses = 262_144;

/** Compresses. */
export function gzip(plain: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return streamOf(through(plain, createGzip()));
}

/** Decompresses. What is no gzip, or cut off, fails the stream. */
export function gunzip(compressed: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return streamOf(through(compressed, createGunzip()));
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  zlib: Gzip | Gunzip,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pauses = new Pauses();
  const fed = feed(source, zlib, pauses);
  try {
    for await (const chunk of zlib) {
      yield chunk;
      await pauses.after(chunk.length);
    }
  } finally {
    zlib.destroy();
    await fed;
  }
}

/** Never rejects: who reads at the other end hears of a failure. */
async function feed(source: AsyncIterable<Uint8Array>, zlib: Gzip | Gunzip, pauses: Pauses): Promise<void> {
  let goOn = () => {};
  for (const event of ["drain", "close"]) zlib.on(event, () => goOn());
  try {
    for await (const chunk of source) {
      if (!zlib.write(chunk) && !zlib.destroyed) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
      if (zlib.destroyed) return;
      await pauses.after(chunk.length);
    }
    zlib.end();
  } catch (error) {
    zlib.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Lets others in: the runtime looks for new requests only when it has no other event, and here one follows the other. */
class Pauses {
  #bytes = 0;

  async after(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < bytesBetweenPauses) return;
    this.#bytes = 0;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Reads on when it is read. (`ReadableStream.from()` is not in the types of the runtime.) */
function streamOf(chunks: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  });
}
