import { describe, expect, it } from "vitest";
import { add, fillShop, kyselyOverD1 } from "./kysely-shop.ts";

describe("kysely-d1", () => {
  it.each(["local D1", "the client"] as const)("has no transactions over %s", async (name) => {
    await kyselyOverD1(name, async (kysely) => {
      const transaction = kysely.transaction().execute((trx) => add(trx, "a"));
      await expect(transaction).rejects.toThrow("Transactions are not supported yet.");
    });
  });

  it.each(["local D1", "the client"] as const)("is not allowed to list the tables of %s", async (name) => {
    await kyselyOverD1(name, async (kysely) => {
      await fillShop(kysely);
      await expect(kysely.introspection.getTables()).rejects.toThrow("D1_ERROR: not authorized: SQLITE_AUTH");
    });
  });
});
