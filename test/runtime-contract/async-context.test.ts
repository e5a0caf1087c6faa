/** How AsyncLocalStorage travels. Which transaction a statement belongs to is decided by it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { Garbage } from "../support/garbage.ts";
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

  // Should it ever free both, open-transaction.ts can store what it likes.
  it("never frees what it stores when that leads to a promise which is awaited in it", async () => {
    const garbage = new Garbage();
    const waitIn = (stored: object, { promise }: { promise: Promise<void> }) =>
      void new AsyncLocalStorage<object>().run(stored, async () => promise);
    const waiting = (name: string) => {
      const waiting = { promise: new Promise<void>(() => {}) };
      garbage.watch(name, waiting);
      return waiting;
    };
    const leadsToIt = () => {
      const stored = waiting("led to by what is stored");
      waitIn(stored, stored);
    };
    leadsToIt();
    waitIn({}, waiting("awaited only"));
    expect(await garbage.frees("awaited only")).toBe(true);
    expect(await garbage.frees("led to by what is stored", 10)).toBe(false);
  });
});
