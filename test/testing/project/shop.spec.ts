import { env, exports } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { applyMigrations, callProcedure, delayCalls, isolateDatabase, seed } from "d1-procedures/testing";
import { beforeAll, describe, expect, it } from "vitest";
import customers from "./customers.sql?raw";
import { Procedures } from "./procedures.ts";
import type { TestEnv } from "./test-env.ts";

const { DB, MIGRATIONS } = env as unknown as TestEnv;

isolateDatabase(DB);
const db = connect<typeof Procedures>(DB);

beforeAll(async () => {
  await applyMigrations(DB, MIGRATIONS);
  await seed(DB, customers);
});

describe("a shop without purchases", () => {
  it("reports none", async () => {
    const response = await exports.default.fetch("http://shop/");
    expect(await response.json()).toEqual({ purchases: 0 });
  });

  it("takes one", async () => {
    await db.prepare("INSERT INTO purchase (customer, amount) VALUES (1, 30)").run();
    const response = await exports.default.fetch("http://shop/");
    expect(await response.json()).toEqual({ purchases: 1 });
  });
});

describe("a shop with a purchase", () => {
  beforeAll(() => db.exec("INSERT INTO purchase (customer, amount) VALUES (1, 30)"));

  it("reports it, and nothing of the tests before", async () => {
    const response = await exports.default.fetch("http://shop/");
    expect(await response.json()).toEqual({ purchases: 1 });
  });
});

const balanceOf = (customer: number) =>
  db.prepare("SELECT balance FROM customer WHERE id = ?").bind(customer).first("balance");
const accepting = { charge: async () => ({ ok: true }) };
const declining = { charge: async () => ({ ok: false }) };

describe("Buy", () => {
  it("takes nothing when the payment is declined", async () => {
    const { error } = await callProcedure(Procedures, "Buy", [1, 30], { env: { PAYMENT_API: declining } });
    expect(error?.message).toBe("The payment was declined");
    expect(await balanceOf(1)).toBe(100);
  });

  it("takes nothing when the database fails in the middle", async () => {
    const { error } = await callProcedure(Procedures, "Buy", [1, 30], {
      env: { PAYMENT_API: accepting },
      faults: { throwAtStatement: 2 },
    });
    expect(error?.message).toContain("INSERT INTO purchase");
    expect(await balanceOf(1)).toBe(100);
  });

  it("takes nothing when the machine dies before the commit", async () => {
    const crashing = callProcedure(Procedures, "Buy", [1, 30], {
      env: { PAYMENT_API: accepting },
      faults: { crashBeforeCommit: true },
    });
    await expect(crashing).rejects.toThrow("crashed");
    expect(await balanceOf(1)).toBe(100);
  });

  it("lets others read while the payment takes its time", async () => {
    const buying = callProcedure(Procedures, "Buy", [1, 30], {
      env: { PAYMENT_API: delayCalls(accepting, 500) },
    });
    expect(await balanceOf(1)).toBe(100);
    await buying;
    expect(await balanceOf(1)).toBe(70);
  });
});

describe.concurrent("concurrent tests", () => {
  it.each([1, 2])("write to databases of their own (%i)", async () => {
    const name = crypto.randomUUID();
    await applyMigrations(DB, MIGRATIONS, { name });
    await seed(DB, customers, { name });
    const own = connect<typeof Procedures>(DB, { name });
    await own.exec("DELETE FROM customer");
  });
});
