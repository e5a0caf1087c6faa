import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Runtime } from "../hosts/runtime.ts";

/** Runs some work under the CPU profiler of the runtime, and writes a `.cpuprofile` of the isolate that did most of it. */
export async function profiled(runtime: Runtime, file: string, work: () => Promise<void>): Promise<void> {
  if (typeof WebSocket === "undefined") {
    throw new Error("--profile needs a WebSocket: Node 22, or NODE_OPTIONS=--experimental-websocket.");
  }
  const targets = (await (await fetch(`http://127.0.0.1:${runtime.inspectorPort}/json`)).json()) as {
    id: string;
    webSocketDebuggerUrl: string;
  }[];
  const inspectors = await Promise.all(
    targets.map(({ webSocketDebuggerUrl }) => Inspector.open(webSocketDebuggerUrl)),
  );
  for (const inspector of inspectors) {
    await inspector.send("Profiler.enable");
    await inspector.send("Profiler.setSamplingInterval", { interval: 200 });
    await inspector.send("Profiler.start");
  }
  try {
    await work();
  } finally {
    mkdirSync(dirname(file), { recursive: true });
    let most = 0;
    for (const inspector of inspectors) {
      const { profile } = (await inspector.send("Profiler.stop")) as { profile: { samples: unknown[] } };
      // The other isolates are Miniflare's own.
      if (profile.samples.length > most) writeFileSync(file, JSON.stringify(profile));
      most = Math.max(most, profile.samples.length);
      inspector.close();
    }
  }
}

class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  #id = 0;

  static open(url: string): Promise<Inspector> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.addEventListener("open", () => resolve(new Inspector(socket)));
      socket.addEventListener("error", () => reject(new Error(`No inspector answers at ${url}.`)));
    });
  }

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error } = JSON.parse(String(data));
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    });
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
