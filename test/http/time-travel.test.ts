import { describe, expect, it } from "vitest";
import { configuredPath, rest } from "./rest-client.ts";

/** A local platform keeps no history: what is tested here is what the routes make of that, and of wrong requests. */
describe("Time Travel over HTTP, on a platform without history", () => {
  it.each([
    ["GET", "/time_travel/bookmark?timestamp=2026-11-20T08:46:42.228Z"],
    ["GET", "/time_travel/bookmark?timestamp=2026-11-20T08:46:42%2B01:00"],
    ["POST", "/time_travel/restore?bookmark=00000000-00000001-00000002-00000000000000000000000000000000"],
    ["POST", "/time_travel/restore?timestamp=2026-11-20T08:46:42.228Z"],
  ])("answers 501 with words that help for %s %s", async (method, path) => {
    const { status, answer } = await rest(method, `${configuredPath}${path}`);
    expect(status).toBe(501);
    expect(answer).toMatchObject({ success: false, result: [], errors: [{ code: 7500 }] });
    expect(answer.errors[0]!.message).not.toMatch(/Something failed/);
  });

  it.each([
    ["GET", "/time_travel/bookmark?timestamp=yesterday", "timestamp"],
    ["GET", "/time_travel/bookmark?timestamp=1700000000", "timestamp"],
    ["GET", "/time_travel/bookmark?timestamp=2026-13-01T00:00:00Z", "timestamp"],
    ["GET", "/time_travel/bookmark?timestamp=", "timestamp"],
    ["POST", "/time_travel/restore", "bookmark"],
    ["POST", "/time_travel/restore?bookmark=", "bookmark"],
    ["POST", "/time_travel/restore?bookmark=a&timestamp=2026-11-20T08:46:42Z", "bookmark"],
    ["POST", "/time_travel/restore?timestamp=tomorrow", "timestamp"],
  ])("answers 7400 for %s %s, and names the property", async (method, path, property) => {
    const { status, answer } = await rest(method, `${configuredPath}${path}`);
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining(`'${property}'`) }]);
  });
});
