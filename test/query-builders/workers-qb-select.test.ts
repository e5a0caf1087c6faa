import { describe, expect } from "vitest";
import { JoinTypes, OrderTypes } from "workers-qb";
import { itOnStaff } from "./workers-qb-staff.ts";

/** The names of the rows that a query gave. */
function namesOf({ results }: { results?: { name: string }[] }): string[] {
  return results!.map(({ name }) => name);
}

describe("workers-qb selects", () => {
  itOnStaff("counts the active employees, as the announcement of D1 shows it", async (qb) => {
    const fetched = await qb
      .fetchOne<{ count: number }>({
        tableName: "employees",
        fields: "count(*) as count",
        where: {
          conditions: "active = ?1",
          params: [true],
        },
      })
      .execute();
    expect(fetched.results).toEqual({ count: 3 });
  });

  itOnStaff("fetchOne() gives the first row of many, and undefined for none", async (qb) => {
    const last = await qb
      .fetchOne({ tableName: "employees", fields: ["id", "name"], orderBy: { id: "DESC" } })
      .execute();
    expect(last.results).toEqual({ id: 4, name: "Dan" });
    const none = await qb.fetchOne({ tableName: "employees", where: "id > 99" }).execute();
    expect(none).toMatchObject({ success: true, results: undefined });
  });

  itOnStaff("fetchAll() gives whole rows, with NULL as null, and an empty array for none", async (qb) => {
    const bob = { id: 2, name: "Bob", role: null, salary: 100, active: 1, department_id: 2 };
    const found = await qb
      .fetchAll({ tableName: "employees", where: { conditions: "name = ?", params: "Bob" } })
      .execute();
    expect(found.results).toEqual([bob]);
    const none = await qb.fetchAll({ tableName: "employees", where: "salary > 1000" }).execute();
    expect(none.results).toEqual([]);
  });

  itOnStaff("tells what the query cost", async (qb) => {
    const all = await qb.fetchAll({ tableName: "employees" }).execute();
    expect(all).toMatchObject({ success: true, changes: 0, rowsRead: 4, rowsWritten: 0 });
    expect(all.duration).toEqual(expect.any(Number));
    expect(all.served_by).toEqual(expect.any(String));
    expect(all.meta).toMatchObject({ changed_db: false, size_after: expect.any(Number) });
  });

  itOnStaff("orders by text, array or object, limits and skips", async (qb) => {
    const fetch = async (
      orderBy: string | string[] | Record<string, string>,
      limit?: number,
      offset?: number,
    ) =>
      namesOf(
        await qb.fetchAll<{ name: string }>({ tableName: "employees", orderBy, limit, offset }).execute(),
      );
    expect(await fetch("salary DESC")).toEqual(["Ada", "Cleo", "Dan", "Bob"]);
    expect(await fetch(["role IS NULL", "salary"])).toEqual(["Cleo", "Ada", "Bob", "Dan"]);
    expect(await fetch({ active: OrderTypes.ASC, name: OrderTypes.DESC })).toEqual([
      "Cleo",
      "Dan",
      "Bob",
      "Ada",
    ]);
    expect(await fetch("id", 2)).toEqual(["Ada", "Bob"]);
    expect(await fetch("id", 2, 3)).toEqual(["Dan"]);
    expect(await fetch("id", 0)).toEqual([]);
  });

  itOnStaff("joins all conditions with AND, whatever way parameters are written", async (qb) => {
    const fetch = async (conditions: string | string[], params: (string | number | boolean)[]) =>
      namesOf(
        await qb.fetchAll({ tableName: "employees", where: { conditions, params }, orderBy: "id" }).execute(),
      );
    expect(await fetch("salary > ? AND salary < ?", [100, 300])).toEqual(["Cleo", "Dan"]);
    expect(await fetch("salary > ?1 OR salary = ?1 OR name = ?2", [200, "Bob"])).toEqual([
      "Ada",
      "Bob",
      "Cleo",
    ]);
    expect(await fetch(["salary = ? OR salary = ?", "active = ?"], [200, 300, true])).toEqual(["Ada"]);
  });

  itOnStaff("groups and filters the groups", async (qb) => {
    const { results } = await qb
      .fetchAll<{ role: string; n: number; total: number }>({
        tableName: "employees",
        fields: ["role", "count(*) AS n", "sum(salary) AS total"],
        where: { conditions: "salary >= ?", params: [100] },
        groupBy: "role",
        having: { conditions: "sum(salary) > ?", params: [300] },
      })
      .execute();
    expect(results).toEqual([{ role: "lead", n: 2, total: 500 }]);
  });

  for (const [type, pairs] of [
    [undefined, ["Ada/Research", "Bob/Sales", "Cleo/Sales"]],
    [JoinTypes.INNER, ["Ada/Research", "Bob/Sales", "Cleo/Sales"]],
    [JoinTypes.LEFT, ["Ada/Research", "Bob/Sales", "Cleo/Sales", "Dan/null"]],
  ] as const) {
    itOnStaff(`joins tables (${type})`, async (qb) => {
      const { results } = await qb
        .fetchAll<{ employee: string; department: string | null }>({
          tableName: "employees",
          fields: ["employees.name AS employee", "departments.name AS department"],
          join: { type, table: "departments", on: "departments.id = employees.department_id" },
          orderBy: "employees.id",
        })
        .execute();
      expect(results!.map(({ employee, department }) => `${employee}/${department}`)).toEqual(pairs);
    });
  }

  itOnStaff("joins a table to a subquery", async (qb) => {
    const { results } = await qb
      .fetchAll<{ name: string; best: number }>({
        tableName: "departments",
        fields: ["departments.name", "top.best"],
        join: {
          table: {
            tableName: "employees",
            fields: ["department_id", "max(salary) AS best"],
            where: { conditions: "active = ?", params: [true] },
            groupBy: "department_id",
          },
          alias: "top",
          on: "top.department_id = departments.id",
        },
        where: { conditions: "top.best > ?", params: [50] },
        orderBy: "departments.id",
      })
      .execute();
    expect(results).toEqual([
      { name: "Research", best: 300 },
      { name: "Sales", best: 100 },
    ]);
  });

  itOnStaff("counts what a query would give without its limit", async (qb) => {
    const query = qb.fetchAll({
      tableName: "employees",
      where: { conditions: "active = ?", params: [true] },
      limit: 1,
    });
    expect((await query.execute()).results).toHaveLength(1);
    expect((await query.count()).results).toEqual({ total: 3 });
  });

  itOnStaff("fails with D1's message for what is not there", async (qb) => {
    await expect(qb.fetchAll({ tableName: "nobody" }).execute()).rejects.toThrow(
      "D1_ERROR: no such table: nobody: SQLITE_ERROR",
    );
    await expect(qb.fetchOne({ tableName: "employees", fields: "age" }).execute()).rejects.toThrow(
      "D1_ERROR: no such column: age at offset 7: SQLITE_ERROR",
    );
  });

  itOnStaff("refuses lazy results, which D1QB does not implement", async (qb) => {
    const query = qb.fetchAll({ tableName: "employees", lazy: true });
    await expect((async () => query.execute())()).rejects.toThrow("Execute lazyExecute not implemented");
  });
});
