import { WorkerEntrypoint } from "cloudflare:workers";

class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code = "OUT_OF_STOCK";
  readonly details = { sku: "socks", left: 2 };
}

/** What the tests of RPC itself call: nothing of this project is in it. */
export class BareEntrypoint extends WorkerEntrypoint {
  async fail(): Promise<string> {
    throw new DomainError("only 2 left", { cause: new Error("the cause") });
  }

  async returnError(): Promise<{ error: Error }> {
    return { error: new DomainError("only 2 left") };
  }

  async takeSignal(signal: AbortSignal): Promise<boolean> {
    return signal.aborted;
  }
}
