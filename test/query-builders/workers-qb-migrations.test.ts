import { describe, expect } from "vitest";
import type { D1QB } from "workers-qb";
import { itOnEmpty, type Staff } from "./workers-qb-staff.ts";

const create = {
  name: "0001_create",
  sql: "CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO room (name) VALUES ('hall');",
};
const extend = {
  name: "0002_extend",
  sql: `
    ALTER TABLE room ADD COLUMN seats INTEGER; /* a comment; with a semicolon */
    CREATE TRIGGER room_seats AFTER INSERT ON room BEGIN
      UPDATE room SET seats = 0 WHERE id = new.id AND seats IS NULL;
      UPDATE room SET name = 'a;b' WHERE name = ';';
    END;
    INSERT INTO room (name) VALUES (';');`,
};
const broken = {
  name: "0003_broken",
  sql: "INSERT INTO room (name) VALUES ('undone'); INSERT INTO nowhere VALUES (1);",
};

async function rooms(qb: D1QB<Staff>) {
  return (await qb.fetchAll({ tableName: "room", orderBy: "id" }).execute()).results;
}

describe("workers-qb's migrations", () => {
  itOnEmpty(
    "are all unapplied at first, and the table of migrations is made when they are first asked for",
    async (qb, db) => {
      const migrations = qb.migrations({ migrations: [create, extend] });
      expect(await migrations.getUnapplied()).toEqual([create, extend]);
      expect(await migrations.getApplied()).toEqual([]);
      await migrations.initialize();
      expect(await db.prepare("SELECT name FROM sqlite_schema WHERE name = 'migrations'").first("name")).toBe(
        "migrations",
      );
    },
  );

  itOnEmpty("apply in order, several statements each, and remember when", async (qb) => {
    const migrations = qb.migrations({ migrations: [create, extend] });
    expect(await migrations.apply()).toEqual([create, extend]);
    expect(await rooms(qb)).toEqual([
      { id: 1, name: "hall", seats: null },
      { id: 2, name: "a;b", seats: 0 },
    ]);
    expect(await migrations.getApplied()).toEqual([
      { id: 1, name: "0001_create", applied_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) },
      { id: 2, name: "0002_extend", applied_at: expect.any(String) },
    ]);
    expect(await migrations.getUnapplied()).toEqual([]);
  });

  itOnEmpty("apply only once; later ones come on top", async (qb) => {
    await qb.migrations({ migrations: [create] }).apply();
    expect(await qb.migrations({ migrations: [create] }).apply()).toEqual([]);
    expect(await qb.migrations({ migrations: [create, extend] }).apply()).toEqual([extend]);
    expect(await rooms(qb)).toHaveLength(2);
  });

  itOnEmpty("take another name for their table", async (qb, db) => {
    await qb.migrations({ migrations: [create], tableName: "history" }).apply();
    expect(await db.prepare("SELECT name FROM history").first("name")).toBe("0001_create");
  });

  itOnEmpty("leave nothing of one that fails, and keep those before it", async (qb) => {
    const migrations = qb.migrations({ migrations: [create, broken, extend] });
    await expect(migrations.apply()).rejects.toThrow("D1_ERROR: no such table: nowhere: SQLITE_ERROR");
    expect(await rooms(qb)).toEqual([{ id: 1, name: "hall" }]);
    expect(await migrations.getUnapplied()).toEqual([broken, extend]);
  });

  itOnEmpty("need a semicolon at their end, as workers-qb puts its own statement after them", async (qb) => {
    const migrations = qb.migrations({ migrations: [{ name: "0001", sql: "CREATE TABLE room (id)" }] });
    await expect(migrations.apply()).rejects.toThrow(/^D1_ERROR: near "INSERT": syntax error/);
  });
});
