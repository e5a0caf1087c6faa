import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const answerTimeoutMs = 10_000;
const text = 1;
const continuation = 0;

/** The JavaScript heap of the Worker, over the inspector of `wrangler dev`: just as much of WebSocket as that takes, which Node 20 has not. */
export class HeapInspector {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (result: Record<string, unknown> | undefined) => void>();
  #received: Buffer;
  #message = "";
  #lastId = 0;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#received = head;
    socket.on("data", (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      while (this.#readFrame());
    });
    const end = () => {
      for (const answer of this.#waiting.values()) answer(undefined);
    };
    socket.on("error", end).on("close", end);
  }

  /** @returns Undefined where there is none, or no way to learn its port. */
  static async of(serverPid: number): Promise<HeapInspector | undefined> {
    const port = inspectorPort(serverPid);
    if (port === undefined) return undefined;
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
    };
    return new Promise((resolve) => {
      get({ host: "127.0.0.1", port, path: "/ws", headers })
        .once("upgrade", (_response, socket, head) => resolve(new HeapInspector(socket as Socket, head)))
        .once("response", () => resolve(undefined))
        .once("error", () => resolve(undefined));
    });
  }

  /** Bytes of the heap that are in use after a collection of garbage. Undefined: nobody has answered. */
  async usedBytes(): Promise<number | undefined> {
    // Errors that reach a caller over RPC are told to the inspector too, which keeps the last thousand with their stacks: 2 MB.
    await this.#send("Runtime.discardConsoleEntries");
    // What the first one finds may hold on to more, such as stubs of RPC, until it has been told.
    for (let round = 0; round < 2; round++) {
      await this.#send("HeapProfiler.collectGarbage");
      await sleep(100);
    }
    const used = (await this.#send("Runtime.getHeapUsage"))?.usedSize;
    return typeof used === "number" ? used : undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(method: string): Promise<Record<string, unknown> | undefined> {
    const id = ++this.#lastId;
    const payload = Buffer.from(JSON.stringify({ id, method }));
    // A client's frames are masked; these are short.
    const mask = randomBytes(4);
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | text, 0x80 | payload.length]), mask, masked]));
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), answerTimeoutMs);
      this.#waiting.set(id, (result) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(result);
      });
    });
  }

  /** False: it has not come as a whole. */
  #readFrame(): boolean {
    const frame = this.#received;
    if (frame.length < 2) return false;
    const short = frame[1]! & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (frame.length < start) return false;
    const length =
      short === 126 ? frame.readUInt16BE(2) : short === 127 ? Number(frame.readBigUInt64BE(2)) : short;
    if (frame.length < start + length) return false;
    this.#received = frame.subarray(start + length);
    const opcode = frame[0]! & 0x0f;
    if (opcode !== text && opcode !== continuation) return true;
    this.#message = (opcode === text ? "" : this.#message) + frame.toString("utf8", start, start + length);
    if ((frame[0]! & 0x80) !== 0) this.#take(this.#message);
    return true;
  }

  #take(message: string): void {
    const { id, result } = JSON.parse(message) as { id?: number; result?: Record<string, unknown> };
    if (id !== undefined) this.#waiting.get(id)?.(result);
  }
}

/** From the arguments of the server, as /proc tells them. */
function inspectorPort(serverPid: number): number | undefined {
  try {
    const args = readFileSync(`/proc/${serverPid}/cmdline`, "utf8").split("\0");
    return Number(args[args.indexOf("--inspector-port") + 1]) || undefined;
  } catch {
    return undefined;
  }
}
