/** The code of docs/operations.md. */

function didNothing(error: unknown): boolean {
  return error instanceof Error && error.name === "DatabaseError" && Reflect.get(error, "retryable") === true;
}

/** Calls again while the database says that it has done nothing: OVERLOADED, QUEUE_TIMEOUT, MOVED. */
export async function retrying<T>(call: () => Promise<T>, attempts = 4): Promise<T> {
  for (let attempt = 1; attempt < attempts; attempt++) {
    try {
      const result = await call();
      if (!didNothing(Object(result).error)) return result; // a transaction returns its error
    } catch (error) {
      if (!didNothing(error)) throw error;
    }
    await scheduler.wait(Math.random() * 100 * 2 ** attempt); // at random, or all of them come back at once
  }
  return call();
}

/** Logs one line of JSON for a call: what a filter, a chart or an alert needs. */
export async function logged<T>(name: string, call: () => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  const log = (error: unknown) => {
    const outcome = error === undefined ? "ok" : (Object(error).code ?? String(error));
    console.log(JSON.stringify({ event: "procedure", name, outcome, ms: Date.now() - startedMs }));
  };
  try {
    const result = await call();
    log(Object(result).error);
    return result;
  } catch (error) {
    log(error);
    throw error;
  }
}
