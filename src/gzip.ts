import { createGunzip, createGzip, type Gunzip, type Gzip } from "node:zlib";

/**
 * gzip of streams of any size, with a bounded part of them in memory. The runtime's own CompressionStream and DecompressionStream take
 * whatever is written and keep what nobody has read yet: all of a file, where its reader is the slower side (workerd's
 * streams/compression.c++ says that it "does not yet implement any backpressure").
 */

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
  const fed = feed(source, zlib);
  try {
    for await (const chunk of zlib) yield chunk;
  } finally {
    zlib.destroy();
    await fed;
  }
}

/** Never rejects: who reads at the other end hears of a failure. */
async function feed(source: AsyncIterable<Uint8Array>, zlib: Gzip | Gunzip): Promise<void> {
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
    }
    zlib.end();
  } catch (error) {
    zlib.destroy(error instanceof Error ? error : new Error(String(error)));
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
