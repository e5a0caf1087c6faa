import { DurableObject, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { defineBinding } from "../../src/client/define-binding.ts";
import type { DatabaseObject } from "../../src/database/define-database.ts";
import { FixtureProcedures } from "../fixtures/fixture-procedures.ts";

// env.DB.Procedures.X() over a real service binding is in test/e2e/service-binding.test.ts: the entrypoints
// of this pool are wrapped, and the wrapper does not know methods that only a Proxy has.
describe("the entrypoint of defineBinding", () => {
  it("answers a client's statements, scripts and procedures", async () => {
    const db = connect<typeof FixtureProcedures>(exports.DB);
    expect(await db.prepare("SELECT ? AS value").bind("x").first("value")).toBe("x");
    expect((await db.exec("SELECT 1;\nSELECT 2;")).count).toBe(2);
    expect(await db.Procedures.Echo([1, 2])).toEqual([1, 2]);
  });

  it("leads to the same database as the namespace", async () => {
    const overEntrypoint = connect<typeof FixtureProcedures>(exports.DB);
    await overEntrypoint.Procedures.CreateTables();
    await overEntrypoint.Procedures.Insert("over the entrypoint");
    const overNamespace = connect(exports.Database);
    expect(await overNamespace.prepare("SELECT name FROM item").first("name")).toBe("over the entrypoint");
  });

  it("keeps the own properties of an error over both hops", async () => {
    const { Procedures } = connect<typeof FixtureProcedures>(exports.DB);
    await expect(Procedures.ThrowOutOfStock()).rejects.toMatchObject({
      name: "OutOfStockError",
      details: { sku: "socks", left: 2 },
    });
  });

  it("is only made from the class of a database", () => {
    type DatabaseLike = new () => DatabaseObject<typeof FixtureProcedures>;
    for (const wrong of [FixtureProcedures, class extends DurableObject {}, undefined, {}]) {
      expect(() => defineBinding(wrong as unknown as DatabaseLike)).toThrow("defineDatabase(Procedures)");
    }
  });
});
