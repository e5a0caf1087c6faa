import { describe, expect, it } from "vitest";
import { inBareObject } from "./bare-object.ts";

describe("the clock of the runtime", () => {
  // So nothing here can be told that is not changed when somebody sets the clock: each deadline is bounded where it is looked at.
  it("is one: performance.now() shows milliseconds since 1970 too", async () => {
    await inBareObject(() => {
      expect(performance.timeOrigin).toBe(0);
      const before = Date.now();
      const now = performance.now();
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThan(Date.now() + 1);
    });
  });
});
