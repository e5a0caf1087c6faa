import type { ExportResult } from "../../admin-protocol.ts";
import { DatabaseError } from "../../errors.ts";
import { exportPartBytes, exportUploadTimeoutMs } from "../../limits.ts";
import type { Report } from "../transfers.ts";

/** A file on its way to R2, of unknown length: in parts of one size, as R2 wants them. */
export class DumpUpload {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #report: Report;
  readonly #encoder = new TextEncoder();
  readonly #part = new Uint8Array(exportPartBytes);
  #filled = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[] = [];
  #bytes = 0;

  constructor(bucket: R2Bucket, key: string, report: Report) {
    this.#bucket = bucket;
    this.#key = key;
    this.#report = report;
  }

  async add(text: string): Promise<void> {
    let bytes = this.#encoder.encode(text);
    while (this.#filled + bytes.length >= exportPartBytes) {
      const fitting = exportPartBytes - this.#filled;
      this.#part.set(bytes.subarray(0, fitting), this.#filled);
      await this.#uploadPart(this.#part);
      bytes = bytes.subarray(fitting);
      this.#filled = 0;
    }
    this.#part.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  async finish(): Promise<ExportResult> {
    const last = this.#part.subarray(0, this.#filled);
    if (this.#upload === undefined) {
      await inTime(this.#bucket.put(this.#key, last));
      this.#bytes = last.length;
    } else {
      if (last.length > 0) await this.#uploadPart(last);
      await inTime(this.#upload.complete(this.#parts));
    }
    this.#report(`Exported ${this.#bytes} bytes`);
    return { key: this.#key, bytes: this.#bytes };
  }

  /** Nobody waits for it: R2 may be what has failed, and ends an upload by itself after some days. */
  abort(): void {
    this.#upload?.abort().catch(() => {});
  }

  async #uploadPart(part: Uint8Array): Promise<void> {
    this.#upload ??= await inTime(this.#bucket.createMultipartUpload(this.#key));
    const number = this.#parts.length + 1;
    this.#parts.push(await inTime(this.#upload.uploadPart(number, part)));
    this.#bytes += part.length;
    this.#report(`Uploaded part ${number}`);
  }
}

/** Every other writer waits for an export. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `R2 did not answer for ${exportUploadTimeoutMs} ms; the export was given up.`;
      reject(new DatabaseError("INTERNAL_ERROR", message));
    }, exportUploadTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
