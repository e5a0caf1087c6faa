/**
 * Objects of which a test wants to know whether the collector of garbage frees them. Not by WeakRef: who looks at one keeps what it
 * refers to.
 */
export class Garbage {
  readonly #freed = new Set<string>();
  readonly #registry = new FinalizationRegistry<string>((name) => {
    this.#freed.add(name);
  });

  /** Watches an object. The caller keeps nothing that leads to it. */
  watch(name: string, object: object): void {
    this.#registry.register(object, name);
  }

  /**
   * Whether it, or one of those with its name, has been freed.
   *
   * @param collections After so many at most. One or two free what can be freed; a machine that is busy may take more.
   */
  async frees(name: string, collections = 100): Promise<boolean> {
    for (let n = 0; n < collections && !this.#freed.has(name); n++) await this.#makeGarbage();
    return this.#freed.has(name);
  }

  /** Arrays of a size that has a space of its own: as many of them as are worth a full collection to V8. */
  async #makeGarbage(): Promise<void> {
    const arrays: number[][] = [];
    for (let n = 0; n < 20; n++) arrays[n % 5] = new Array<number>(100_000).fill(n + 0.5);
    await scheduler.wait(1);
  }
}
