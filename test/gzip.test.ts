import { describe, expect, it } from "vitest";
import { gunzip, gzip } from "../src/gzip.ts";

const chunk = new TextEncoder().encode("INSERT INTO book VALUES ('a title');\n".repeat(2_000));

/** A source that counts what was read of it, and whether it was given up. */
function source(chunks: number, fail?: Error) {
  const counts = { read: 0, ended: false };
  async function* read() {
    try {
      for (; counts.read < chunks; counts.read++) yield chunk;
      if (fail) throw fail;
    } finally {
      counts.ended = true;
    }
  }
  return { counts, stream: read() };
}

function textOf(stream: ReadableStream): Promise<string> {
  return new Response(stream).text();
}

describe("gzip of a stream", () => {
  it("comes back as it was, also by the runtime's own", async () => {
    const plain = await new Blob(Array(50).fill(chunk)).text();
    expect(await textOf(gunzip(gzip(source(50).stream)))).toBe(plain);
    const natively = gzip(source(50).stream).pipeThrough(new DecompressionStream("gzip"));
    expect(await textOf(natively)).toBe(plain);
    expect(await textOf(gunzip(gzip(source(0).stream)))).toBe("");
  });

  it("reads no more of its source than somebody reads of it", async () => {
    const { counts, stream } = source(10_000);
    const plain = gunzip(gzip(stream)).getReader();
    await plain.read();
    let soon: number;
    do {
      soon = counts.read;
      await scheduler.wait(100);
    } while (counts.read > soon);
    // What fits into the buffers of two streams, of 740 MB.
    expect(counts.read).toBeLessThan(1_000);
    await plain.cancel();
    expect(counts.ended).toBe(true);
  });

  it("lets timers fire, and requests in, while it works", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    const { counts, stream } = source(300);
    for await (const _ of gzip(stream));
    clearInterval(timer);
    expect(counts.read).toBe(300);
    // 22 MB are 84 times as much as it does without a pause.
    expect(ticks).toBeGreaterThan(40);
  });

  it("fails as its source does", async () => {
    const { stream } = source(3, new Error("connection lost"));
    await expect(textOf(gzip(stream))).rejects.toThrow("connection lost");
  });

  it.each([
    ["is cut off", (bytes: Uint8Array) => bytes.slice(0, -9)],
    ["is no gzip", () => chunk],
    ["has another checksum", (bytes: Uint8Array) => bytes.with(-8, bytes.at(-8)! ^ 1)],
  ])("fails when what is decompressed %s", async (_what, damage) => {
    const whole = new Uint8Array(await new Response(gzip(source(3).stream)).arrayBuffer());
    const damaged = new Blob([damage(whole)]).stream();
    await expect(textOf(gunzip(damaged))).rejects.toThrow();
  });
});
