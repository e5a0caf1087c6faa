import { describe, expect, it } from "vitest";
import { useDevServer } from "./test-server.ts";

const server = useDevServer({ configs: ["test/e2e/caller/wrangler.toml", "test/wrangler.toml"] });

/** Runs one step of test/e2e/caller/worker.ts in the second Worker. */
async function step(name: string): Promise<unknown> {
  const response = await fetch(`${server().url}/${encodeURIComponent(name)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

const outOfStock = { name: "OutOfStockError", code: "OUT_OF_STOCK", details: { sku: "socks", left: 2 } };

describe("a second Worker with a plain service binding", () => {
  it("calls env.DB.Procedures.X() without a wrapper", async () => {
    expect(await step("procedure")).toBe("over a plain service binding");
  });

  it("reaches namespaces, and the default class beside them", async () => {
    expect(await step("namespace")).toEqual({ sku: "socks", reserved: 2 });
    expect(await step("flat beside a namespace")).toBe(3);
  });

  it("gets returned and thrown errors with their own properties", async () => {
    expect(await step("returned error")).toMatchObject({ error: outOfStock, tried: 3 });
    expect(await step("thrown error")).toMatchObject(outOfStock);
  });

  it("is told the known names when it calls an unknown one", async () => {
    expect(await step("unknown procedure")).toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      message: expect.stringContaining("Echo"),
    });
    expect(await step("unknown in a namespace")).toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      message: expect.stringContaining("inventory.Reserve"),
    });
  });

  it("may keep Procedures as a stub and call it several times", async () => {
    expect(await step("stub kept")).toEqual([1, 2]);
  });

  it("gets statements, batches, scripts and procedures with connect(env.DB)", async () => {
    expect(await step("connected")).toEqual({
      name: "from the caller",
      batch: [[{ n: 1 }], [{ n: 2 }]],
      exec: 2,
      echo: "connected",
    });
  });

  it("cancels by a signal: rolled back, and the mutex is free", async () => {
    const { error, rows } = (await step("cancelled")) as Record<string, unknown>;
    expect(error).toMatchObject({ name: "TimeoutError" });
    // The other one would have been committed while this one waited for it.
    expect(rows).toEqual([["after the cancellation"]]);
  });

  it("may use the Durable Object across scripts instead, bare or connected", async () => {
    expect(await step("object of another script")).toEqual([
      "raw stub",
      { sku: "shoes", reserved: 1 },
      "connected",
      3,
    ]);
  });

  it("is told to name the entrypoint when its binding has none", async () => {
    expect(await step("no entrypoint")).toMatchObject({
      code: "INVALID_BINDING",
      message: expect.stringContaining('entrypoint = "DB"'),
    });
  });
});
