import type { DumpOptions, ExportResult, TransferStatus } from "../../admin-protocol.ts";
import { exportRunning } from "../../errors.ts";
import { requireDumps } from "../dumps-bucket.ts";
import type { Engine } from "../engine.ts";
import { Transfers } from "../transfers.ts";
import { dump } from "./dump.ts";
import { DumpUpload } from "./dump-upload.ts";

/** Milliseconds after which readers are let in. */
const sliceMs = 10;

/**
 * Writes dumps to the R2 bucket. While one is written nothing else writes, so that it is of one committed state; readers go on.
 */
export class Exporter {
  readonly #engine: Engine;
  readonly #sql: SqlStorage;
  readonly #env: unknown;
  readonly #transfers = new Transfers<ExportResult>();

  constructor(engine: Engine, sql: SqlStorage, env: unknown) {
    this.#engine = engine;
    this.#sql = sql;
    this.#env = env;
  }

  /** @throws DatabaseError EXPORT_RUNNING, INVALID_BINDING */
  async start(key: string, options: DumpOptions): Promise<TransferStatus<ExportResult>> {
    const bucket = requireDumps(this.#env);
    if (this.#transfers.active) throw exportRunning();
    return this.#transfers.start((report) =>
      this.#engine.exclusively(() => this.#export(new DumpUpload(bucket, key, report), options)),
    );
  }

  /** @throws DatabaseError UNKNOWN_TRANSFER */
  poll(id: string): Promise<TransferStatus<ExportResult>> {
    return this.#transfers.poll(id);
  }

  async #export(upload: DumpUpload, options: DumpOptions): Promise<ExportResult> {
    let sliceStartedMs = performance.now();
    try {
      for (const piece of dump(this.#sql, options)) {
        await upload.add(piece);
        if (performance.now() - sliceStartedMs < sliceMs) continue;
        // A timer, not nextEventLoopTurn(): the runtime looks for new requests only when it has no other event.
        await new Promise((resolve) => setTimeout(resolve, 0));
        sliceStartedMs = performance.now();
      }
      return await upload.finish();
    } catch (error) {
      upload.abort();
      throw error;
    }
  }
}
