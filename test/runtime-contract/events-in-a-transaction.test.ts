/**
 * Which events the runtime delivers while `storage.transaction()` is open, and in which order. turn.ts
 * leans on all of it: it tells a callback that talks SQL from one that waits for something else by whether
 * the event loop turns, and lets go of the database before it waits for an event from outside.
 */
import { describe, expect, it } from "vitest";
import { nextEventLoopTurn } from "../../src/database/event-loop.ts";
import { bareObject, inBareObject, keepBusy, microtasks } from "./bare-object.ts";

describe("storage.transaction", () => {
  it("starts its callback in a later event loop turn, after the microtasks of the code that called it", async () => {
    const order = await inBareObject(async ({ storage }) => {
      const order: string[] = [];
      const transaction = storage.transaction(async () => {
        order.push("callback");
      });
      order.push("after the call");
      await microtasks();
      order.push("after microtasks");
      await transaction;
      return order;
    });
    expect(order).toEqual(["after the call", "after microtasks", "callback"]);
  });

  it("keeps the events of other requests out until it has ended", async () => {
    const stub = bareObject();
    const order: string[] = [];
    const transaction = inBareObject(async ({ storage }) => {
      await storage.transaction(async () => {
        order.push("opened");
        await scheduler.wait(30);
        order.push("closing");
      });
    }, stub);
    while (order.length === 0) await scheduler.wait(1);
    const other = inBareObject(() => order.push("other request"), stub);
    await Promise.all([transaction, other]);
    expect(order).toEqual(["opened", "closing", "other request"]);
  });

  it("lets a timer in that was created inside", async () => {
    const order = await inBareObject(async ({ storage }) => {
      const order: string[] = [];
      await storage.transaction(async () => {
        setTimeout(() => order.push("inside"), 0);
        await scheduler.wait(5);
        order.push("closing");
      });
      return order;
    });
    expect(order).toEqual(["inside", "closing"]);
  });

  it("keeps a timer out that was created before it", async () => {
    const cameIn = await inBareObject(async (state) => {
      let ticks = 0;
      const outside = setInterval(() => ticks++, 2);
      const cameIn = await state.storage.transaction(async () => {
        const before = ticks;
        keepBusy(state, 5);
        for (let turn = 0; turn < 100; turn++) await nextEventLoopTurn();
        return ticks - before;
      });
      const before = ticks;
      while (ticks === before) await scheduler.wait(1);
      clearInterval(outside);
      return cameIn;
    });
    expect(cameIn).toBe(0);
  });

  it("delivers an event after its end that was started inside", async () => {
    const order = await inBareObject(async ({ storage }) => {
      const order: string[] = [];
      let late: Promise<unknown> | undefined;
      await storage.transaction(async () => {
        late = scheduler.wait(10).then(() => order.push("timer from inside"));
      });
      order.push("closed");
      await late;
      return order;
    });
    expect(order).toEqual(["closed", "timer from inside"]);
  });

  it("runs microtasks inside to their end without a turn of the event loop", async () => {
    const order = await inBareObject(async ({ storage }) => {
      const order: string[] = [];
      await storage.transaction(async () => {
        const turned = nextEventLoopTurn().then(() => order.push("event loop turned"));
        const timer = scheduler.wait(0).then(() => order.push("timer"));
        await microtasks(10_000);
        order.push("microtasks done");
        await Promise.all([turned, timer]);
      });
      return order;
    });
    expect(order[0]).toBe("microtasks done");
    expect(order).toHaveLength(3);
  });
});

describe("an overdue timer from outside", () => {
  it("holds up every later timer inside the transaction, but not what nextEventLoopTurn waits for", async () => {
    const order = await inBareObject(async (state) => {
      const order: string[] = [];
      const outside = scheduler.wait(1).then(() => order.push("outside"));
      keepBusy(state, 3);
      let inside: Promise<unknown> | undefined;
      await state.storage.transaction(async () => {
        inside = scheduler.wait(0).then(() => order.push("inside"));
        for (let turn = 0; turn < 100; turn++) await nextEventLoopTurn();
        order.push("closing");
      });
      await Promise.all([outside, inside]);
      return order;
    });
    // The timer inside waited although it was due: awaiting it there would have been a deadlock.
    expect(order).toEqual(["closing", "outside", "inside"]);
  });
});
