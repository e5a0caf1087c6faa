import { describe, expect } from "vitest";
import { type D1QB, Raw } from "workers-qb";
import { itOnStaff, type Staff } from "./workers-qb-staff.ts";

async function salaries(qb: D1QB<Staff>): Promise<Record<string, number>> {
  const { results } = await qb.select("employees").orderBy("id").all();
  return Object.fromEntries(results!.map(({ name, salary }) => [name, salary]));
}

const staff = { Ada: 300, Bob: 100, Cleo: 200, Dan: 150 };

describe("workers-qb updates", () => {
  itOnStaff("with values and Raw, and gives the rows back", async (qb) => {
    const updated = await qb
      .update<{ name: string; salary: number }>({
        tableName: "employees",
        data: { role: "staff", salary: new Raw("salary * 2"), active: false },
        where: { conditions: ["department_id = ?", "active = ?"], params: [2, true] },
        returning: ["name", "role", "salary", "active"],
      })
      .execute();
    expect(updated).toMatchObject({
      changes: 1,
      results: [{ name: "Bob", role: "staff", salary: 200, active: 0 }],
    });
  });

  itOnStaff("with numbered parameters, and tells how many rows", async (qb) => {
    const updated = await qb
      .update({
        tableName: "employees",
        data: { salary: 0 },
        where: { conditions: "salary BETWEEN ?1 AND ?2", params: [100, 200] },
      })
      .execute();
    expect(updated).toMatchObject({ changes: 3, results: [] });
    expect(await salaries(qb)).toEqual({ Ada: 300, Bob: 0, Cleo: 0, Dan: 0 });
  });

  itOnStaff("nothing when the condition fits no row", async (qb) => {
    const updated = await qb
      .update({ tableName: "employees", data: { salary: 0 }, where: { conditions: "id = ?", params: 99 } })
      .execute();
    expect(updated.changes).toBe(0);
    expect(await salaries(qb)).toEqual(staff);
  });

  itOnStaff("all rows or none when a CHECK fails", async (qb) => {
    const update = qb.update({ tableName: "employees", data: { salary: new Raw("salary - 150") } });
    await expect(update.execute()).rejects.toThrow(
      /^D1_ERROR: CHECK constraint failed: salary >= 0: SQLITE_CONSTRAINT/,
    );
    expect(await salaries(qb)).toEqual(staff);
  });

  itOnStaff("past a conflict with IGNORE", async (qb) => {
    const updated = await qb
      .update({
        tableName: "employees",
        data: { name: "Zoe" },
        where: "salary < 200",
        onConflict: "IGNORE",
      })
      .execute();
    expect(updated.changes).toBe(1);
    expect(Object.keys(await salaries(qb))).toEqual(["Ada", "Zoe", "Cleo", "Dan"]);
  });
});

describe("workers-qb deletes", () => {
  itOnStaff("what the condition fits, and gives the rows back", async (qb) => {
    const deleted = await qb
      .delete<{ name: string }>({
        tableName: "employees",
        where: { conditions: "salary < ?", params: [200] },
        returning: "name",
      })
      .execute();
    expect(deleted).toMatchObject({ changes: 2, results: [{ name: "Bob" }, { name: "Dan" }] });
    expect(await salaries(qb)).toEqual({ Ada: 300, Cleo: 200 });
  });

  itOnStaff("with one parameter that is no array", async (qb) => {
    const deleted = await qb
      .delete({ tableName: "employees", where: { conditions: "name = ?", params: "Ada" } })
      .execute();
    expect(deleted.changes).toBe(1);
  });

  itOnStaff("only what no foreign key holds", async (qb) => {
    const remove = qb.delete({ tableName: "departments", where: { conditions: "id = ?", params: [1] } });
    await expect(remove.execute()).rejects.toThrow(
      /^D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT/,
    );
    await qb.delete({ tableName: "employees", where: "department_id = 1" }).execute();
    expect((await remove.execute()).changes).toBe(1);
  });

  itOnStaff("the first few of an order", async (qb) => {
    const remove = qb.delete({ tableName: "employees", where: "active = 1", orderBy: "salary", limit: 1 });
    await remove.execute();
    expect(await salaries(qb)).toEqual({ Ada: 300, Cleo: 200, Dan: 150 });
  });
});
