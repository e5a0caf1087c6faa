/** Counts bytes and makes their SHA-256 as they pass. */
export class Digest {
  readonly #stream = new crypto.DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();
  #bytes = 0;

  /** How many there were so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    await this.#writer.write(bytes);
  }

  async finish(): Promise<{ bytes: number; sha256: string }> {
    await this.#writer.close();
    return { bytes: this.#bytes, sha256: toHex(await this.#stream.digest) };
  }

  /** For a digest that nobody will ask for. */
  abandon(): void {
    this.#stream.digest.catch(() => {});
    this.#writer.abort().catch(() => {});
  }
}

/** What passes, counted by a digest. */
export async function* digested(
  stream: ReadableStream<Uint8Array>,
  digest: Digest,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) {
    await digest.add(chunk);
    yield chunk;
  }
}

export function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
