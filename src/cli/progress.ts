import type { Terminal } from "./output.ts";
import { formatBytes } from "./text.ts";

export interface ProgressOptions {
  /** How many bytes there are to be. Without it only the time is shown. */
  totalBytes?: number;
}

const frameMs = 100;
const maxBarCharacters = 30;

/**
 * One line of a terminal that tells how far something is: a bar, or the seconds that it takes. Where stderr is no terminal, one line that
 * it has begun.
 */
export class Progress {
  readonly #stream: Terminal;
  readonly #label: string;
  readonly #totalBytes: number | undefined;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #bytes = 0;

  constructor(stream: Terminal, label: string, { totalBytes }: ProgressOptions = {}) {
    this.#stream = stream;
    this.#label = label;
    this.#totalBytes = totalBytes;
    if (stream.isTTY) {
      this.#draw();
      this.#timer = setInterval(() => this.#draw(), frameMs);
      this.#timer.unref();
    } else {
      stream.write(`${label}${totalBytes === undefined ? "" : ` (${formatBytes(totalBytes)})`} ...\n`);
    }
  }

  /** So many bytes more. */
  advance(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Takes the line away. May be repeated. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#stream.write("\r\u001b[K");
  }

  #draw(): void {
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    // A terminal that does not say how wide it is has none.
    const width = (this.#stream.columns || 80) - 1;
    this.#stream.write(`\r\u001b[K${this.#line(seconds, width).slice(0, width)}`);
  }

  #line(seconds: number, width: number): string {
    if (this.#totalBytes === undefined) return `${this.#label} ... ${seconds.toFixed(0)} s`;
    const share = this.#totalBytes === 0 ? 1 : Math.min(1, this.#bytes / this.#totalBytes);
    const numbers =
      `${Math.floor(share * 100)} %  ${formatBytes(this.#bytes)} of ${formatBytes(this.#totalBytes)}` +
      `  ${formatBytes(this.#bytes / Math.max(seconds, 0.001))}/s`;
    const free = width - this.#label.length - numbers.length - 4;
    const characters = Math.max(0, Math.min(maxBarCharacters, free));
    const done = Math.round(share * characters);
    return `${this.#label}  ${"█".repeat(done)}${"░".repeat(characters - done)}  ${numbers}`;
  }
}
