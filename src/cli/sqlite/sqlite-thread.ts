/** The thread of a SqliteWriter. */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteFile } from "./sqlite-file.ts";
import type { SqliteReply, SqliteRequest } from "./sqlite-writer.ts";
import { StatementCutter } from "./statement-cutter.ts";

const port = parentPort!;
const path = workerData as string;
const cutter = new StatementCutter();
const file = SqliteFile.create(path);

port.on("message", (request: SqliteRequest) => {
  port.postMessage(answer(request));
});

function answer(request: SqliteRequest): SqliteReply {
  try {
    switch (request.kind) {
      case "write":
        for (const piece of cutter.cut(request.sql)) file.execute(piece);
        break;
      case "finish":
        for (const piece of cutter.end()) file.execute(piece);
        file.finish();
        SqliteFile.check(path, request.tables);
        break;
    }
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
