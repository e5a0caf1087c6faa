import type { DumpOptions, ExportOptions, ExportResult, TransferStatus } from "../../admin-protocol.ts";
import { exportRunning } from "../../errors.ts";
import { MultipartUpload } from "../../multipart-upload.ts";
import { requireDumps } from "../buckets.ts";
import type { Engine } from "../engine.ts";
import { type PollTimers, type Report, Transfers } from "../transfers.ts";
import { dump } from "./dump.ts";

/** Milliseconds after which readers are let in. */
const sliceMs = 10;

/**
 * Writes dumps to the R2 bucket. While one is written nothing else writes, so that it is of one committed state; readers go on.
 */
export class Exporter {
  readonly #engine: Engine;
  readonly #sql: SqlStorage;
  readonly #env: unknown;
  readonly #transfers: Transfers<ExportResult>;

  constructor(engine: Engine, sql: SqlStorage, env: unknown, polls: PollTimers) {
    this.#transfers = new Transfers(polls);
    this.#engine = engine;
    this.#sql = sql;
    this.#env = env;
  }

  /** @throws DatabaseError EXPORT_RUNNING, INVALID_BINDING */
  async start(key: string, options: ExportOptions): Promise<TransferStatus<ExportResult>> {
    const bucket = requireDumps(this.#env);
    if (this.#transfers.active) throw exportRunning();
    const evenIfClosed = options.evenIfEnded === true;
    return this.#transfers.start((report) =>
      this.#engine.exclusively(() => this.#export(bucket, key, options, report), { evenIfClosed }),
    );
  }

  /** @throws DatabaseError UNKNOWN_TRANSFER */
  poll(id: string): Promise<TransferStatus<ExportResult>> {
    return this.#transfers.poll(id);
  }

  async #export(bucket: R2Bucket, key: string, options: DumpOptions, report: Report): Promise<ExportResult> {
    // Nothing writes from here on: this is the state that the file will have.
    const { bookmark } = this.#engine;
    const takenAtMs = Date.now();
    const upload = new MultipartUpload(bucket, key, {
      onPart: (number) => report(`Uploaded part ${number}`),
    });
    const encoder = new TextEncoder();
    const pieces = dump(this.#sql, options);
    let sliceStartedMs = performance.now();
    try {
      let piece = pieces.next();
      while (!piece.done) {
        await upload.add(encoder.encode(piece.value));
        if (performance.now() - sliceStartedMs >= sliceMs) {
          // A timer, not nextEventLoopTurn(): the runtime looks for new requests only when it has no other event.
          await new Promise((resolve) => setTimeout(resolve, 0));
          sliceStartedMs = performance.now();
        }
        piece = pieces.next();
      }
      const bytes = await upload.finish();
      report(`Exported ${bytes} bytes`);
      return { key, bytes, bookmark, takenAtMs, tables: piece.value };
    } catch (error) {
      upload.abort();
      throw error;
    }
  }
}
