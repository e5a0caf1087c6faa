import { setTimeout as sleep } from "node:timers/promises";
import type { KilledServer } from "../killed-server.ts";
import type { Instance } from "./worker/instances.ts";

/** Milliseconds for an interrupted Workflow to end: a step that was cut off is tried again after some seconds. */
const patienceMs = 120_000;

/** Lets the Workflows go on that a kill has interrupted. */
export class Workflows {
  readonly #server: KilledServer;
  /** Those that have ended, and of which no more need be told. */
  #ended: string[] = [];

  constructor(server: KilledServer) {
    this.#server = server;
  }

  /** @returns How many have to go on. */
  async resume(): Promise<number> {
    // Before: one that has little left to do has soon ended.
    const active = (await this.#list()).filter(isActive).length;
    await this.#server.post("resume");
    return active;
  }

  /**
   * Waits until all have ended.
   *
   * @returns Those that were not told before.
   * @throws Error if one does not.
   */
  async settle(): Promise<Instance[]> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const all = await this.#list();
      const active = all.filter(isActive);
      if (active.length === 0) {
        this.#ended = all.map(({ kind, id }) => `${kind}/${id}`);
        return all;
      }
      if (Date.now() > deadline) throw new Error(`These Workflows never end: ${JSON.stringify(active)}`);
      await sleep(100);
    }
  }

  async #list(): Promise<Instance[]> {
    const all = (await this.#server.post("instances", this.#ended)) as Instance[];
    this.#ended = [];
    return all;
  }
}

function isActive({ status }: Instance): boolean {
  return !["complete", "errored", "terminated"].includes(status);
}
