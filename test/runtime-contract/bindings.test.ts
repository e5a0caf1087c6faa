/** What src/client leans on. A runtime that changes it turns red here, before users notice. */

import { abortAllDurableObjects } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const tagOf = (value: unknown) => Object.prototype.toString.call(value);

describe("bindings in workerd", () => {
  it("are told apart by their tag", () => {
    expect(tagOf(env.DB)).toBe("[object DurableObjectNamespace]");
    expect(tagOf(env.DB.getByName("default"))).toBe("[object DurableObject]");
    expect(tagOf(env.PAYMENT_API)).toBe("[object Fetcher]");
    expect(tagOf(exports.Database)).toBe("[object LoopbackDurableObjectNamespace]");
    expect(tagOf(exports.DB)).toBe("[object LoopbackServiceStub]");
  });

  it("cannot be told apart by their members, because stubs answer every name", () => {
    expect("idFromName" in env.DB.getByName("default")).toBe(true);
    expect(typeof Reflect.get(env.PAYMENT_API, "idFromName")).toBe("function");
  });

  it("give a stub that stays broken once its object was reset, and a new one that works", async () => {
    const old = env.DB.getByName("to-be-reset");
    const ask = async (stub: typeof old) => await stub.query({ queries: [{ sql: "SELECT 1", params: [] }] });
    await ask(old);
    await abortAllDurableObjects();
    await expect(ask(old)).rejects.toThrow();
    await expect(ask(old)).rejects.toThrow();
    expect(await ask(env.DB.getByName("to-be-reset"))).toMatchObject({ success: true });
  });

  it("compare tokens without telling by the time how much was right", () => {
    const bytes = new Uint8Array(32);
    expect(crypto.subtle.timingSafeEqual(bytes, new Uint8Array(32))).toBe(true);
    expect(crypto.subtle.timingSafeEqual(bytes, new Uint8Array(32).fill(1))).toBe(false);
  });
});
