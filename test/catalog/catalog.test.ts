import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { catalogName } from "../../src/catalog-protocol.ts";

const catalog = () => env.CATALOG.getByName(catalogName);

async function create(name: string) {
  const created = await catalog().create({ name });
  if (created.outcome !== "created") throw new Error(created.outcome);
  return created.database;
}

describe("the catalog", () => {
  it("refuses what is no name, whoever asks", async () => {
    for (const name of ["", "a b", "../x", "a".repeat(129), "12345678-1234-4234-8234-123456789012"]) {
      const creation = async () => catalog().create({ name });
      await expect(creation()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    expect((await catalog().list({ offset: 0, limit: 10 })).total).toBe(0);
  });

  it("keeps what it was told", async () => {
    const created = await catalog().create({
      name: "kept",
      locationHint: "weur",
      jurisdiction: "eu",
      readReplication: "auto",
    });
    expect(created).toEqual({
      outcome: "created",
      database: {
        uuid: expect.any(String),
        name: "kept",
        createdAt: expect.any(String),
        locationHint: "weur",
        jurisdiction: "eu",
        readReplication: "auto",
      },
    });
    expect(await catalog().find("kept")).toEqual(Reflect.get(created, "database"));
  });

  it("gives one name once, and tells names apart by their case", async () => {
    await create("once");
    expect(await catalog().create({ name: "once" })).toEqual({ outcome: "name-exists" });
    expect((await create("ONCE")).name).toBe("ONCE");
  });

  it("survives the end of its object", async () => {
    const { uuid } = await create("durable");
    await runInDurableObject(catalog(), (_catalog, state) => state.abort("ended by a test")).catch(() => {});
    expect(await catalog().find(uuid)).toMatchObject({ name: "durable" });
  });

  it("passes over a database that is being deleted, while its name stays taken", async () => {
    const { uuid } = await create("half-deleted");
    expect(await catalog().beginDeletion("half-deleted")).toMatchObject({ uuid });
    expect(await catalog().find(uuid)).toBeNull();
    expect(await catalog().find("half-deleted")).toBeNull();
    expect(await catalog().list({ nameContains: "half", offset: 0, limit: 10 })).toEqual({
      databases: [],
      total: 0,
    });
    expect(await catalog().create({ name: "half-deleted" })).toMatchObject({
      outcome: "being-deleted",
      database: { uuid },
    });
  });

  it("lets a deletion that failed half-way be repeated, and then forgets the database", async () => {
    const { uuid } = await create("stuck");
    await catalog().setReadReplication(uuid, "auto");
    await catalog().beginDeletion(uuid);
    expect(await catalog().beginDeletion(uuid)).toMatchObject({ uuid });
    await catalog().finishDeletion(uuid);
    expect(await catalog().beginDeletion(uuid)).toBeNull();
    expect(await catalog().readReplicationOf(uuid)).toBe("disabled");
    expect((await create("stuck")).uuid).not.toBe(uuid);
  });

  it("has at most as many databases as the limit", async () => {
    await runInDurableObject(catalog(), (_catalog, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
         INSERT INTO database (uuid, name, created_at) SELECT 'filler-' || i, 'filler-' || i, '2026' FROM n`,
      );
    });
    expect(await catalog().create({ name: "one-too-many" })).toEqual({ outcome: "too-many" });
    await runInDurableObject(catalog(), (_catalog, state) => {
      state.storage.sql.exec("DELETE FROM database WHERE uuid GLOB 'filler-*'");
    });
    expect((await create("fits-again")).name).toBe("fits-again");
  });
});
