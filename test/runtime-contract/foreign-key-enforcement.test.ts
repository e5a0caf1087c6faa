/** What src/database/foreign-key-enforcement.ts leans on. */
import { describe, expect, it } from "vitest";
import { inBareObject } from "./bare-object.ts";

function enforced(storage: DurableObjectStorage): boolean {
  return storage.sql.exec("PRAGMA foreign_keys").one().foreign_keys === 1;
}

async function createFamily(storage: DurableObjectStorage): Promise<void> {
  await storage.transaction(async () => {
    storage.sql.exec(`
      CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (parent REFERENCES parent ON DELETE CASCADE);
      INSERT INTO parent VALUES (1);
      INSERT INTO child VALUES (1);
    `);
  });
}

describe("PRAGMA foreign_keys", () => {
  it("is on from the start", () =>
    inBareObject(async ({ storage }) => {
      expect(enforced(storage)).toBe(true);
    }));

  it("does nothing inside a physical transaction", () =>
    inBareObject(async ({ storage }) => {
      await storage.transaction(async () => {
        storage.sql.exec("PRAGMA foreign_keys = OFF");
        expect(enforced(storage)).toBe(true);
      });
      expect(enforced(storage)).toBe(true);
    }));

  it("holds for a physical transaction when it is switched off before", () =>
    inBareObject(async ({ storage }) => {
      await createFamily(storage);
      storage.sql.exec("PRAGMA foreign_keys = OFF");
      expect(enforced(storage)).toBe(false);
      await storage.transaction(async () => {
        storage.sql.exec("DROP TABLE parent; INSERT INTO child VALUES (99)");
      });
      storage.sql.exec("PRAGMA foreign_keys = ON");
      expect(enforced(storage)).toBe(true);
      expect(storage.sql.exec("SELECT count(*) AS n FROM child").one().n).toBe(2);
    }));

  it("does nothing while a write outside any transaction waits for its implicit commit", () =>
    inBareObject(async ({ storage }) => {
      await createFamily(storage);
      storage.sql.exec("INSERT INTO parent VALUES (2)");
      storage.sql.exec("PRAGMA foreign_keys = OFF");
      expect(enforced(storage)).toBe(true);
      await scheduler.wait(0);
      storage.sql.exec("PRAGMA foreign_keys = OFF");
      expect(enforced(storage)).toBe(false);
      storage.sql.exec("PRAGMA foreign_keys = ON");
    }));
});
