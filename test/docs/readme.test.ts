import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import migration from "../../migrations/0001_shop.sql?raw";
import readme from "../../README.md?raw";
import { defaultTransactionTimeoutMs, maxTransactionTimeoutMs, pinnedTimeoutMs } from "../../src/limits.ts";
import { hasSnippet, snippetsOf } from "../support/doc-snippets.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import Procedures, { buy } from "./readme/checkout.ts";
import source from "./readme/checkout.ts?raw";

/** A shop with one cart for 2,000 cents. */
async function checkout(database: TestDatabase, paymentMethod: string, balance: number) {
  await database.db().exec(migration);
  await database.db().exec(`
    INSERT INTO user (user_id, name, payment_method_id, balance) VALUES (1, 'Ada', '${paymentMethod}', ${balance});
    INSERT INTO product VALUES (1, 'pen', 2000);
    INSERT INTO cart (cart_id, user_id) VALUES (7, 1);
    INSERT INTO cart_item VALUES (7, 1, 1);
  `);
  const procedures = new Procedures(database.db(), env);
  const answer = await buy({ DB: { Procedures: procedures } } as unknown as Parameters<typeof buy>[0], 7);
  return [answer, await database.query("SELECT status, balance FROM cart JOIN user USING (user_id)")];
}

describe("README", () => {
  it("begins with an example that runs", () => {
    expect(hasSnippet(source, snippetsOf(readme)[0]!)).toBe(true);
  });

  it(
    "shows a checkout that a declined payment undoes",
    inDatabase(async (database) => {
      const [answer, rows] = await checkout(database, "pm_declined", 5_000);
      expect(answer).toBe("The payment failed: The card was declined.");
      expect(rows).toEqual([["open", 5_000]]);
    }),
  );

  it(
    "shows a checkout that a CHECK undoes before money moves",
    inDatabase(async (database) => {
      const [answer, rows] = await checkout(database, "pm_ok", 1_999);
      expect(answer).toContain("CHECK constraint failed: balance >= 0");
      expect(rows).toEqual([["open", 1_999]]);
    }),
  );

  it(
    "shows a checkout that commits",
    inDatabase(async (database) => {
      const [answer, rows] = await checkout(database, "pm_ok", 5_000);
      expect(answer).toBe(2_000);
      expect(rows).toEqual([["purchased", 3_000]]);
    }),
  );

  it("tells how long a transaction may last", () => {
    const [normal, longest, pinned] = [defaultTransactionTimeoutMs, maxTransactionTimeoutMs, pinnedTimeoutMs];
    const text = readme.replaceAll(/\s+/g, " ");
    expect(text).toContain(`${normal / 1_000} s by default, ${longest / 1_000} s at most`);
    expect(text).toContain(`for ${pinned / 1_000} s at most`);
  });
});
