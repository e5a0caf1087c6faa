import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { isolateDatabase } from "../../src/testing/index.ts";
import { gateOf } from "../support/gate.ts";
import { shiftedClock } from "../support/shifted-clock.ts";
import { Isolated } from "./isolated.ts";

async function withItems(): Promise<Isolated> {
  const isolated = new Isolated();
  await isolated.db.Procedures.CreateTables();
  await isolated.db.Procedures.Insert("a");
  return isolated;
}

describe("Procedures", () => {
  it("are undone, with the transactions that waited for something outside", async () => {
    const isolated = await withItems();
    await isolated.leavesNothing(async () => {
      await isolated.db.Procedures.Insert("b");
      expect(await isolated.db.Procedures.InsertSlowly("c", 20)).toMatchObject({ name: "c" });
      expect(await isolated.db.Procedures.Count()).toBe(3);
    });
  });

  it("that run side by side are undone", async () => {
    const isolated = await withItems();
    await isolated.leavesNothing(async () => {
      const names = Array.from({ length: 12 }, (_, n) => `slow ${n}`);
      await Promise.all(names.map((name, n) => isolated.db.Procedures.InsertSlowly(name, n % 3)));
      expect(await isolated.db.Procedures.Count()).toBe(13);
    });
  });

  it("whose transaction is rolled back leave nothing to undo that matters", async () => {
    const isolated = await withItems();
    await isolated.leavesNothing(async () => {
      const { error } = await isolated.db.Procedures.InsertSlowly("a", 1);
      expect(error?.message).toMatch(/UNIQUE/);
      await isolated.db.Procedures.Insert("after it");
    });
  });
});

describe("The end of a level", () => {
  it("waits for calls that the test has not awaited", async () => {
    const isolated = await withItems();
    await isolated.level(async () => {
      const name = crypto.randomUUID();
      void isolated.db.Procedures.InsertAtGate(name);
      await gateOf(name).reached();
      setTimeout(() => gateOf(name).open(), 20);
    });
    expect(await isolated.db.Procedures.Count()).toBe(1);
  });

  it("waits for them for as long as it should on a machine that stops meanwhile", async () => {
    const isolated = await withItems();
    using clock = shiftedClock();
    await isolated.level(async () => {
      const name = crypto.randomUUID();
      void isolated.db.Procedures.InsertAtGate(name);
      await gateOf(name).reached();
      setTimeout(() => clock.shift(60_000), 10);
      setTimeout(() => gateOf(name).open(), 20);
    });
    expect(await isolated.db.Procedures.Count()).toBe(1);
  });

  it("cancels a call that goes on and on, undoes it, and says which it was", async () => {
    const isolated = await withItems();
    let call: Promise<unknown> | undefined;
    const ending = isolated.level(async () => {
      const name = crypto.randomUUID();
      call = isolated.db.Procedures.InsertAtGate(name).catch((error: unknown) => error);
      await gateOf(name).reached();
    });
    await expect(ending).rejects.toThrow(/still busy with Procedures.InsertAtGate\(\), which was cancelled/);
    expect(String(await call)).toMatch(/cancelled/);
    expect(await isolated.db.Procedures.Count()).toBe(1);
    await isolated.db.Procedures.Insert("goes on");
  });
});

describe("isolateDatabase()", () => {
  it("refuses what is no database of this Worker's own, with the way out", () => {
    expect(() => isolateDatabase(env.CONFORMANCE_SERVICE)).toThrow(/service binding leads to another Worker/);
    expect(() => isolateDatabase(undefined as never)).toThrow(/INVALID_BINDING|instead of a binding/);
    expect(() => isolateDatabase(connect(env.DB) as never)).toThrow(/connected already/);
  });

  it("refuses a class that is no database", async () => {
    const { IsolatedDatabase } = await import("../../src/testing/isolation/isolated-database.ts");
    const { databaseTarget } = await import("../../src/testing/database-target.ts");
    const database = IsolatedDatabase.of(databaseTarget(env.NOT_A_DATABASE));
    const opening = database.inLevel(async () => {}, { concurrent: false });
    await expect(opening).rejects.toThrow(
      /no database that tests can reach into \(its class is NotADatabase\)/,
    );
  });

  it("refuses an object of another Worker", async () => {
    const { IsolatedDatabase } = await import("../../src/testing/isolation/isolated-database.ts");
    const { databaseTarget } = await import("../../src/testing/database-target.ts");
    const database = IsolatedDatabase.of(databaseTarget(env.CONFORMANCE_OBJECT));
    const opening = database.inLevel(async () => {}, { concurrent: false });
    await expect(opening).rejects.toThrow(/within the same worker/);
  });
});
