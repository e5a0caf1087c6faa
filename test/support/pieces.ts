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

/** Imports such a file inside the object of a database, with an engine of its own. */
export function importPieces(
  database: RemoteDatabase,
  file: PiecedFile,
  { queue = new JobQueue(), occupy }: { queue?: JobQueue; occupy?: (engine: Engine) => void } = {},
): Promise<TransferStatus<ImportResult>> {
  return database.inside(async (_sql, state) => {
    const engine = new Engine(state.storage, state.id.toString(), queue);
    const host = {
      exclusively: engine.exclusively.bind(engine),
      restart: (reason: string) => state.abort(reason),
    };
    occupy?.(engine);
    const env = { DUMPS: bucketOf(file, state) };
    return new Importer(engine, host, state.storage, env, new PollTimers()).start("file.sql");
  });
}
