interface Operation {
  /** Does it, or fails it when the transaction has ended. False: it must wait on. */
  attempt(): boolean;
  resolve(): void;
}

/** What a callback has asked for and what waits for a turn, in the order in which it was asked for. */
export class WaitingOperations {
  readonly #operations: Operation[] = [];
  readonly #closedError: () => Error | undefined;

  /** @param closedError Why nothing can be done any more, once the transaction has ended. */
  constructor(closedError: () => Error | undefined) {
    this.#closedError = closedError;
  }

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  /**
   * Attempts something now, unless something else waits already, or else at the next turns until it is done.
   *
   * @param attempt Settles the promise and gives true; or gives false: it must wait on.
   * @param onWait It waits.
   */
  add<T>(
    attempt: (resolve: (value: T) => void, reject: (error: unknown) => void) => boolean,
    onWait: () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const operation: Operation = {
        attempt: () => {
          try {
            const closed = this.#closedError();
            if (closed !== undefined) throw closed;
            return attempt(resolve, reject);
          } catch (error) {
            reject(error);
            return true;
          }
        },
        resolve: resolve as () => void,
      };
      const first = this.isEmpty || this.#closedError() !== undefined;
      if (first && operation.attempt()) return;
      this.#operations.push(operation);
      onWait();
    });
  }

  /** Attempts them again, one after another, as long as `mayGoOn` and until one has to wait on. */
  attemptWhile(mayGoOn: () => boolean): void {
    while (mayGoOn() && this.#operations[0]?.attempt()) this.#operations.shift();
  }

  /** Each finds the transaction closed and says so to its caller. */
  failAll(): void {
    for (const operation of this.#operations.splice(0)) operation.attempt();
  }

  /** Ends those that the end of the transaction has done. */
  resolveAll(): void {
    for (const operation of this.#operations.splice(0)) operation.resolve();
  }
}
