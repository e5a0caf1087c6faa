import { DatabaseError } from "./errors.ts";
import { exportPartBytes, exportUploadTimeoutMs } from "./limits.ts";

/** What an upload may be told beside its key. */
export interface MultipartUploadOptions {
  httpMetadata?: R2HTTPMetadata;
  /** Is told the number of each part that R2 has. */
  onPart?: (number: number) => void;
}

/**
 * A file on its way to R2, of unknown length: in parts of one size, as R2 wants them, of which one is in memory. Nobody sees it
 * before {@link finish}.
 */
export class MultipartUpload {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #options: MultipartUploadOptions;
  readonly #part = new Uint8Array(exportPartBytes);
  #filled = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[] = [];
  #bytes = 0;

  constructor(bucket: R2Bucket, key: string, options: MultipartUploadOptions = {}) {
    this.#bucket = bucket;
    this.#key = key;
    this.#options = options;
  }

  /** @throws DatabaseError INTERNAL_ERROR when R2 does not answer. */
  async add(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (this.#filled + rest.length >= exportPartBytes) {
      const fitting = exportPartBytes - this.#filled;
      this.#part.set(rest.subarray(0, fitting), this.#filled);
      await this.#uploadPart(this.#part);
      rest = rest.subarray(fitting);
      this.#filled = 0;
    }
    this.#part.set(rest, this.#filled);
    this.#filled += rest.length;
  }

  /** Makes it one file. @returns Its bytes. */
  async finish(): Promise<number> {
    const last = this.#part.subarray(0, this.#filled);
    if (this.#upload === undefined) {
      await inTime(this.#bucket.put(this.#key, last, this.#r2Options));
      return last.length;
    }
    if (last.length > 0) await this.#uploadPart(last);
    await inTime(this.#upload.complete(this.#parts));
    return this.#bytes;
  }

  /** Nobody waits for it: R2 may be what has failed, and ends an upload by itself after some days. */
  abort(): void {
    this.#upload?.abort().catch(() => {});
  }

  async #uploadPart(part: Uint8Array): Promise<void> {
    this.#upload ??= await inTime(this.#bucket.createMultipartUpload(this.#key, this.#r2Options));
    const number = this.#parts.length + 1;
    this.#parts.push(await inTime(this.#upload.uploadPart(number, part)));
    this.#bytes += part.length;
    this.#options.onPart?.(number);
  }

  get #r2Options(): { httpMetadata?: R2HTTPMetadata } {
    const { httpMetadata } = this.#options;
    return httpMetadata === undefined ? {} : { httpMetadata };
  }
}

/** Every other writer waits for an export. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `R2 did not answer for ${exportUploadTimeoutMs} ms; the upload was given up.`;
      reject(new DatabaseError("INTERNAL_ERROR", message));
    }, exportUploadTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
