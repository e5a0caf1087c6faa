/**
 * A process with one contender behind a plain HTTP server of Node: what one would write who has no Durable Objects. Its parent tells it by
 * its only argument which contender, and hears the port.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Load, runLoad } from "../harness/load.ts";
import type { Args } from "../workloads/workload.ts";
import type { NodeContender } from "./node-contender.ts";
import { Postgres, type PostgresMode } from "./postgres.ts";
import { Sqlite, type Synchronous } from "./sqlite.ts";

export type NodeHostSettings =
  | { kind: "sqlite"; directory: string; synchronous: Synchronous }
  | { kind: "postgres"; socketDirectory: string; connections: number; mode: PostgresMode };

const settings = JSON.parse(process.argv[2]!) as NodeHostSettings;
const contender: NodeContender =
  settings.kind === "sqlite"
    ? new Sqlite(settings.directory, settings.synchronous)
    : new Postgres(settings.socketDirectory, settings.connections, settings.mode);

const server = createServer((request, response) => {
  answer(request).then(
    (result) => send(response, 200, JSON.stringify(result ?? null)),
    (error: Error) => send(response, 500, error.stack ?? error.message),
  );
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
// The parent has gone, whatever became of it.
process.once("disconnect", () => process.exit());

async function answer(request: IncomingMessage): Promise<unknown> {
  const [action, , database, workload, operation] = request.url!.slice(1).split("/") as [
    string,
    string,
    string,
    string,
    string,
  ];
  const body: unknown = JSON.parse(await textOf(request));
  switch (action) {
    case "call":
      return contender.execute(database, workload, operation, body as Args);
    case "query":
      return contender.query(database, (body as { sql: string }).sql);
    case "prepared":
      return contender.prepared(database, (body as { workload: string }).workload);
    case "load": {
      const load = body as Load;
      return runLoad(load, (name, args) => contender.execute(database, load.workload, name, args));
    }
    case "retries":
      return contender.retries;
    case "stop":
      await contender.stop();
      return setTimeout(() => process.exit(), 50) && null;
    default:
      throw new Error(`No such action: ${action}`);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

function send(response: ServerResponse, status: number, text: string): void {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
