/**
 * A process whose clients call over HTTP from outside, each on a connection of its own that stays open. Written on bare sockets: it shares
 * the machine with those it measures, and Node's own HTTP client takes more of a core than some of the servers.
 */

import { connect, type Socket } from "node:net";
import { type Load, runLoad } from "../harness/load.ts";

export interface HttpLoad {
  url: string;
  /** What comes before the operation in the path. */
  path: string;
  load: Load;
}

process.on("message", (message: HttpLoad) => {
  run(message).then(
    (report) => process.send!({ report }),
    (error: Error) => process.send!({ error: error.message }),
  );
});
process.once("disconnect", () => process.exit());

async function run({ url, path, load }: HttpLoad) {
  const { hostname, port } = new URL(url);
  const clients = Object.values(load.groups).reduce((sum, group) => sum + group.clients, 0);
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(hostname, Number(port))),
  );
  try {
    return await runLoad(load, (operation, args, client) =>
      connections[client]!.post(`${path}/${operation}`, JSON.stringify(args)),
    );
  } finally {
    for (const connection of connections) connection.close();
  }
}

const endOfHead = Buffer.from("\r\n\r\n");

/** One request after another; the answers have a Content-Length. */
class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true }, () =>
        resolve(new Connection(socket, `${host}:${port}`)),
      );
      socket.once("error", reject);
    });
  }

  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on("data", (chunk) => this.#receive(chunk));
    const fail = () => this.#waiting?.reject(new Error("The server has closed the connection."));
    socket.on("error", fail).on("close", fail);
  }

  post(path: string, body: string): Promise<string> {
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(head + body);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headLength = this.#received.indexOf(endOfHead);
    if (headLength < 0) return;
    const head = this.#received.toString("latin1", 0, headLength);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const { resolve, reject } = this.#waiting!;
    if (length === undefined) {
      reject(new Error(`An answer without a Content-Length: ${head}`));
      return;
    }
    const end = headLength + endOfHead.length + Number(length);
    if (this.#received.length < end) return;
    const body = this.#received.toString("utf8", headLength + endOfHead.length, end);
    this.#received = this.#received.subarray(end);
    if (head.startsWith("HTTP/1.1 200")) resolve(body);
    else reject(new Error(body.slice(0, 300)));
  }
}
