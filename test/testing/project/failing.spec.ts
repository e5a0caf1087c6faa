import { env } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { callProcedure, isolateDatabase } from "d1-procedures/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { Procedures } from "./procedures.ts";
import type { TestEnv } from "./test-env.ts";

// Mistakes: test/e2e/isolated-tests.test.ts expects each of these tests to fail, and the last one to pass.

const { DB } = env as unknown as TestEnv;
isolateDatabase(DB);
const db = connect(DB);

beforeAll(() =>
  db.exec(`
    CREATE TABLE customer (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE purchase (customer INTEGER, amount INTEGER);
    INSERT INTO customer VALUES (1, 100)`),
);

it("leaves a call under way", async () => {
  const never = { charge: () => new Promise<never>(() => {}) };
  void callProcedure(Procedures, "Buy", [1, 30], { env: { PAYMENT_API: never } }).catch(() => {});
  await db.prepare("SELECT 1").run();
});

describe("whose hook fails", () => {
  beforeAll(async () => {
    await db.exec("DELETE FROM customer");
    throw new Error("the hook's own");
  });

  it("does not run", () => {});
});

it.concurrent("writes while others run", async () => {
  await db.exec("DELETE FROM customer");
});

it("fails after it has written", async () => {
  await db.exec("DROP TABLE customer");
  expect(1).toBe(2);
});

it("finds everything as it was", async () => {
  expect(await db.prepare("SELECT id, balance FROM customer").raw()).toEqual([[1, 100]]);
  expect(await db.prepare("SELECT count(*) AS n FROM purchase").first("n")).toBe(0);
});
