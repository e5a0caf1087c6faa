import { describe, expect, it } from "vitest";
import { maxHttpBodyBytes } from "../../src/limits.ts";
import { send } from "./http-client.ts";

/** A JSON array of one string, `bytes` long as a whole. */
function argumentsOf(bytes: number): Uint8Array {
  return new TextEncoder().encode(`["${"x".repeat(bytes - 4)}"]`);
}

describe("the limit of an HTTP body", () => {
  it("lets a body of exactly the limit through", async () => {
    const body = argumentsOf(maxHttpBodyBytes);
    const response = await send("/procedures/CountArguments", { method: "POST", body });
    expect(await response.json()).toMatchObject({ success: true, result: 1 });
  });

  it("answers 413 for one byte more, by its Content-Length", async () => {
    const body = argumentsOf(maxHttpBodyBytes + 1);
    const response = await send("/procedures/Echo", { method: "POST", body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: "PAYLOAD_TOO_LARGE" }] });
  });

  it("stops reading a chunked body at the limit", async () => {
    let chunksRead = 0;
    const chunk = argumentsOf(1_000_000);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunksRead++;
        // Far more than the limit, but not endless: a server that reads on would fail the test, not hang it.
        if (chunksRead > 100) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const response = await send("/procedures/Echo", { method: "POST", body });
    expect(response.status).toBe(413);
    expect(chunksRead).toBeLessThan(30);
  });

  it("holds for the D1 REST route too", async () => {
    const body = argumentsOf(maxHttpBodyBytes + 1);
    const response = await send("/client/v4/accounts/test-account/d1/database/test-database/query", {
      method: "POST",
      body,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ success: false, result: [] });
  });

  it("answers 400 for a body that nests more than 500 deep, which RPC could not carry", async () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    const deepest = await send("/procedures/Echo", { method: "POST", body: nested(500) });
    expect(deepest.status).toBe(200);
    for (const depth of [501, 2_000, 400_000]) {
      const response = await send("/procedures/Echo", { method: "POST", body: nested(depth) });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ code: "BAD_REQUEST" }] });
    }
  });
});
