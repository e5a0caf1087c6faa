/** How AsyncLocalStorage travels. Which transaction a statement belongs to is decided by it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { inBareObject } from "./bare-object.ts";

const context = new AsyncLocalStorage<string>();

describe("AsyncLocalStorage", () => {
  it("follows a callback into storage.transaction and across its awaits", async () => {
    const seen = await inBareObject(({ storage }) =>
      context.run("caller", async () => {
        const seen: (string | undefined)[] = [];
        await storage.transaction(async () => {
          seen.push(context.getStore());
          await undefined;
          seen.push(context.getStore());
          await scheduler.wait(1);
          seen.push(context.getStore());
        });
        seen.push(context.getStore());
        return seen;
      }),
    );
    expect(seen).toEqual(["caller", "caller", "caller", "caller"]);
  });

  it("gives the code after an await the context of the function, not of whoever resolved the promise", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = context.run("waiter", async () => {
      await promise;
      return context.getStore();
    });
    context.run("resolver", resolve);
    expect(await waiting).toBe("waiter");
  });

  it("keeps a snapshot that runs code of another call in the context that it was taken in", () => {
    const inside = context.run("snapshot", () => AsyncLocalStorage.snapshot());
    const seen = context.run("turn", () => inside(() => context.getStore()));
    expect(seen).toBe("snapshot");
  });

  it("is not set in another event of the same object", async () => {
    const inside = await context.run("caller", () => inBareObject(() => context.getStore()));
    expect(inside).toBeUndefined();
  });
});
