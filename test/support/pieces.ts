import type { ImportResult, TransferStatus } from "../../src/admin-protocol.ts";
import { Engine } from "../../src/database/engine.ts";
import { Importer } from "../../src/database/import/importer.ts";
import { JobQueue } from "../../src/database/job-queue.ts";
import { PollTimers } from "../../src/database/transfers.ts";
import type { RemoteDatabase } from "./transfers.ts";

/** A file that comes piece by piece. */
export interface PiecedFile {
  pieces: Iterable<string>;
  /** What R2 says of its length, in bytes. */
  size?: number;
  /** Runs inside the object before each piece, and before the end. */
  beforePiece?: (index: number, state: DurableObjectState) => void | Promise<void>;
}

/** Of R2, what an import asks for. */
function bucketOf({ pieces, size = 1, beforePiece }: PiecedFile, state: DurableObjectState): R2Bucket {
  const iterator = pieces[Symbol.iterator]();
  let index = 0;
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      await beforePiece?.(index++, state);
      const { value, done } = iterator.next();
      if (done !== true) return controller.enqueue(new TextEncoder().encode(value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  return { get: async () => ({ body, size }), createMultipartUpload() {} } as unknown as R2Bucket;
}

/** An engine of its own inside the object, and what imports such a file with it. */
export function importerOf(file: PiecedFile, state: DurableObjectState, queue = new JobQueue()) {
  const engine = new Engine(state.storage, state.id.toString(), { queue });
  const host = {
    exclusively: engine.exclusively.bind(engine),
    restart: (reason: string) => state.abort(reason),
  };
  const env = { DUMPS: bucketOf(file, state) };
  return { engine, importer: new Importer(engine, host, state.storage, env, new PollTimers()) };
}

/** Imports such a file inside the object of a database. */
export function importPieces(
  database: RemoteDatabase,
  file: PiecedFile,
  { queue, occupy }: { queue?: JobQueue; occupy?: (engine: Engine) => void } = {},
): Promise<TransferStatus<ImportResult>> {
  return database.inside(async (_sql, state) => {
    const { engine, importer } = importerOf(file, state, queue);
    occupy?.(engine);
    return importer.start("file.sql");
  });
}

/** Keeps everybody else from writing until it is told to let go. */
export function holdMutex(engine: Engine): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  void engine.exclusively(() => promise);
  return resolve;
}
