/** Bytes that are read at once. */
const readBytes = 1_048_576;

/** The part of an SQL file that is in memory: what was read and is not executed yet. */
export class SqlFileWindow {
  readonly #reader: ReadableStreamBYOBReader;
  #bytes = new Uint8Array();
  #whole = false;

  constructor(file: ReadableStream<Uint8Array>) {
    this.#reader = file.getReader({ mode: "byob" });
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The window ends where the file ends. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Drops the first bytes. */
  consume(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
  }

  /** Reads on. */
  async extend(): Promise<void> {
    const { value } = await this.#reader.readAtLeast(readBytes, new Uint8Array(readBytes));
    const read = value ?? new Uint8Array();
    this.#whole = read.length < readBytes;
    if (this.#bytes.length === 0) {
      this.#bytes = read;
      return;
    }
    const joined = new Uint8Array(this.#bytes.length + read.length);
    joined.set(this.#bytes);
    joined.set(read, this.#bytes.length);
    this.#bytes = joined;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}
