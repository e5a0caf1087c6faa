import { describe, expect } from "vitest";
import { ConflictTypes, type D1QB, Raw } from "workers-qb";
import { itOnEmpty, itOnStaff, type Staff } from "./workers-qb-staff.ts";

async function salaries(qb: D1QB<Staff>): Promise<Record<string, number>> {
  const { results } = await qb.select("employees").orderBy("id").all();
  return Object.fromEntries(results!.map(({ name, salary }) => [name, salary]));
}

const staff = { Ada: 300, Bob: 100, Cleo: 200, Dan: 150 };

describe("workers-qb inserts", () => {
  itOnStaff("one row, and gives back what RETURNING names", async (qb) => {
    const inserted = await qb
      .insert<{ id: number; active: number }>({
        tableName: "employees",
        data: { name: "Eve", salary: 1.5 },
        returning: ["id", "active"],
      })
      .execute();
    expect(inserted).toMatchObject({
      success: true,
      results: { id: 5, active: 1 },
      changes: 1,
      last_row_id: 5,
    });
  });

  itOnStaff("one row without RETURNING, and tells its id", async (qb) => {
    const inserted = await qb.insert({ tableName: "employees", data: { name: "Eve", salary: 1 } }).execute();
    expect(inserted).toMatchObject({ changes: 1, last_row_id: 5, results: undefined });
    expect(inserted.meta).toMatchObject({ changed_db: true, changes: 1, last_row_id: 5 });
  });

  itOnStaff("many rows in one statement", async (qb) => {
    const inserted = await qb
      .insert<{ id: number; name: string }>({
        tableName: "employees",
        data: [
          { name: "Eve", salary: 1 },
          { name: "Fay", salary: 2 },
        ],
        returning: "id, name",
      })
      .execute();
    expect(inserted.results).toEqual([
      { id: 5, name: "Eve" },
      { id: 6, name: "Fay" },
    ]);
    expect(await salaries(qb)).toEqual({ ...staff, Eve: 1, Fay: 2 });
  });

  itOnStaff("nothing at all when one of many rows fails, in D1's words", async (qb) => {
    const data = [
      { name: "Eve", salary: 1 },
      { name: "Ada", salary: 2 },
    ];
    await expect(qb.insert({ tableName: "employees", data }).execute()).rejects.toThrow(
      "D1_ERROR: UNIQUE constraint failed: employees.name: SQLITE_CONSTRAINT",
    );
    expect(await salaries(qb)).toEqual(staff);
  });

  itOnStaff("expressions with Raw beside values", async (qb) => {
    const { results } = await qb
      .insert<{ name: string; salary: number; role: string }>({
        tableName: "employees",
        data: {
          name: new Raw("upper('eve')"),
          role: "intern",
          salary: new Raw("(SELECT max(salary) + 1 FROM employees)"),
        },
        returning: "name, role, salary",
      })
      .execute();
    expect(results).toEqual({ name: "EVE", role: "intern", salary: 301 });
  });

  itOnEmpty("a value of every type; a number is REAL where the column has no type, as on D1", async (qb) => {
    await qb.createTable({ tableName: "box", schema: "label TEXT, content" }).execute();
    const bytes = new Uint8Array([0, 128, 255]).buffer;
    const data = {
      text: "ä€😀'\"",
      integer: 2 ** 53 - 1,
      real: -0.5,
      yes: true,
      no: false,
      nothing: null,
      bytes,
    };
    for (const [label, content] of Object.entries(data)) {
      await qb.insert({ tableName: "box", data: { label, content } }).execute();
    }
    const { results } = await qb
      .fetchAll<{ label: string; content: unknown; type: string }>({
        tableName: "box",
        fields: "label, content, typeof(content) AS type",
      })
      .execute();
    expect(results).toEqual([
      { label: "text", content: "ä€😀'\"", type: "text" },
      { label: "integer", content: 2 ** 53 - 1, type: "real" },
      { label: "real", content: -0.5, type: "real" },
      { label: "yes", content: 1, type: "real" },
      { label: "no", content: 0, type: "real" },
      { label: "nothing", content: null, type: "null" },
      { label: "bytes", content: [0, 128, 255], type: "blob" },
    ]);
    const found = await qb
      .fetchOne({ tableName: "box", where: { conditions: "content = ?", params: [bytes] } })
      .execute();
    expect(found.results).toMatchObject({ label: "bytes" });
  });

  itOnStaff("no BigInt, which D1 cannot bind", async (qb) => {
    const insert = qb.insert({ tableName: "departments", data: { name: 7n } });
    await expect(insert.execute()).rejects.toThrow(
      "D1_TYPE_ERROR: Type 'bigint' not supported for value '7'",
    );
  });

  for (const [onConflict, expected] of [
    [ConflictTypes.IGNORE, staff],
    [ConflictTypes.REPLACE, { Ada: 300, Cleo: 200, Dan: 150, Bob: 5 }],
  ] as const) {
    itOnStaff(`on conflict: ${onConflict}`, async (qb) => {
      const data = { name: "Bob", salary: 5 };
      await qb.insert({ tableName: "employees", data, onConflict }).execute();
      expect(Object.entries(await salaries(qb))).toEqual(Object.entries(expected));
    });
  }

  for (const onConflict of [ConflictTypes.ABORT, ConflictTypes.FAIL]) {
    itOnStaff(`on conflict: ${onConflict} is an error`, async (qb) => {
      const data = [
        { name: "Eve", salary: 1 },
        { name: "Bob", salary: 5 },
      ];
      const insert = qb.insert({ tableName: "employees", data, onConflict });
      await expect(insert.execute()).rejects.toThrow("UNIQUE constraint failed: employees.name");
      expect(await salaries(qb)).toMatchObject(staff);
    });
  }

  itOnStaff("or updates, with a condition and with the row that was refused", async (qb) => {
    const upsert = (name: string, salary: number) =>
      qb
        .insert<{ name: string; salary: number }>({
          tableName: "employees",
          data: { name, salary },
          onConflict: {
            column: "name",
            data: { salary: new Raw("excluded.salary"), role: "raised" },
            where: {
              conditions: "excluded.salary > employees.salary AND employees.active = ?",
              params: [true],
            },
          },
          returning: ["name", "salary", "role"],
        })
        .execute();
    expect((await upsert("Bob", 110)).results).toEqual({ name: "Bob", salary: 110, role: "raised" });
    expect((await upsert("Bob", 90)).results).toBeUndefined();
    expect((await upsert("Eve", 1)).results).toEqual({ name: "Eve", salary: 1, role: null });
    expect(await salaries(qb)).toEqual({ ...staff, Bob: 110, Eve: 1 });
  });
});
