/** What crosses RPC and what does not. errors.ts and client/cancellation.ts are made for it. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

describe("an error that crosses RPC", () => {
  const domainError = { name: "DomainError", code: "OUT_OF_STOCK", details: { sku: "socks", left: 2 } };

  it("keeps its name, message and own properties when it is thrown", async () => {
    const error = await exports.BareEntrypoint.fail().catch((error: unknown) => error);
    expect(error).toMatchObject({ ...domainError, message: "only 2 left" });
    expect((error as Error).cause).toMatchObject({ message: "the cause" });
  });

  it("keeps them when it is returned inside a value", async () => {
    const { error } = await exports.BareEntrypoint.returnError();
    expect(error).toMatchObject({ ...domainError, message: "only 2 left" });
  });

  it("loses its class, so that instanceof tells nothing", async () => {
    const error = await exports.BareEntrypoint.fail().catch((error: unknown) => error);
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  });
});

describe("an AbortSignal", () => {
  it("does not cross RPC, so that a cancellation is a message of its own", async () => {
    const call = async () => await exports.BareEntrypoint.takeSignal(new AbortController().signal);
    await expect(call()).rejects.toThrow();
  });
});
