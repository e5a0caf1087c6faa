import { describe, expect } from "vitest";
import { type D1QB, ParameterMismatchError } from "workers-qb";
import { itOnStaff, type Staff } from "./workers-qb-staff.ts";

const employees = (qb: D1QB<Staff>) => qb.select("employees").orderBy("id");
type Employees = ReturnType<typeof employees>;

async function names(builder: Employees): Promise<string[]> {
  return (await builder.all()).results!.map(({ name }) => name);
}

describe("workers-qb's modular builder", () => {
  const filters: [string, (all: Employees) => Employees, string[]][] = [
    ["where", (all) => all.where("salary > ?", 150).where("active = ?", true), ["Ada"]],
    ["orWhere", (all) => all.where("name = ?", "Bob").orWhere("salary = ?", 200), ["Bob", "Cleo"]],
    ["whereIn", (all) => all.whereIn("name", ["Ada", "Dan", "Eve"]), ["Ada", "Dan"]],
    [
      "whereIn of pairs",
      (all) =>
        all.whereIn(
          ["name", "active"],
          [
            ["Ada", 1],
            ["Cleo", 1],
          ],
        ),
      ["Ada"],
    ],
    ["whereNotIn", (all) => all.whereNotIn("name", ["Ada", "Dan"]), ["Bob", "Cleo"]],
    ["whereNull", (all) => all.whereNull("role"), ["Bob", "Dan"]],
    ["whereNotNull", (all) => all.whereNotNull("role"), ["Ada", "Cleo"]],
    ["orWhereNull", (all) => all.where("salary = 300").orWhereNull("role"), ["Ada", "Bob", "Dan"]],
    ["orWhereNotNull", (all) => all.where("salary = 100").orWhereNotNull("role"), ["Ada", "Bob", "Cleo"]],
    [
      "orWhereBetween",
      (all) => all.where("id = 1").orWhereBetween("salary", [90, 150]),
      ["Ada", "Bob", "Dan"],
    ],
    ["orWhereNotBetween", (all) => all.where("id = 2").orWhereNotBetween("salary", [1, 200]), ["Ada", "Bob"]],
    ["orWhereLike", (all) => all.where("id = 3").orWhereLike("name", "B%"), ["Bob", "Cleo"]],
    ["orWhereNotLike", (all) => all.where("id = 1").orWhereNotLike("name", "%a%"), ["Ada", "Bob", "Cleo"]],
    ["whereBetween", (all) => all.whereBetween("salary", [100, 150]), ["Bob", "Dan"]],
    ["whereNotBetween", (all) => all.whereNotBetween("salary", [100, 150]), ["Ada", "Cleo"]],
    ["whereLike", (all) => all.whereLike("name", "%a%"), ["Ada", "Dan"]],
    ["whereNotLike", (all) => all.whereNotLike("name", "%a%"), ["Bob", "Cleo"]],
    ["when with a value", (all) => all.when("Bob", (q) => q.where("name = ?", "Bob")), ["Bob"]],
    [
      "when without one",
      (all) =>
        all.when(
          "",
          (q) => q.where("name = ?", ""),
          (q) => q.limit(1),
        ),
      ["Ada"],
    ],
    ["limit and offset", (all) => all.limit(2).offset(1), ["Bob", "Cleo"]],
    [
      "where with a subquery",
      (all) =>
        all
          .where("department_id IN ?", { tableName: "departments", fields: ["id"], where: "name = 'Sales'" })
          .where("active = ?", true),
      ["Bob"],
    ],
  ];
  for (const [name, filter, expected] of filters) {
    itOnStaff(`filters by ${name}`, async (qb) => {
      expect(await names(filter(employees(qb)))).toEqual(expected);
    });
  }

  itOnStaff("takes a builder as a subquery, whose parameters stay in order", async (qb) => {
    const sales = qb.select("departments").fields("id").where("name = ?", "Sales");
    const query = employees(qb)
      .where("salary < ?", 250)
      .where("department_id IN ?", sales)
      .where("id > ?", 2);
    expect(query.toSQL().params).toEqual([250, "Sales", 2]);
    expect(await names(query)).toEqual(["Cleo"]);
  });

  itOnStaff("groups and filters groups with having", async (qb) => {
    const { results } = await qb
      .select<{ role: string | null; n: number }>("employees")
      .fields(["role", "count(*) AS n"])
      .where("active = ?", true)
      .groupBy("role")
      .having("count(*) > ?", 1)
      .all();
    expect(results).toEqual([{ role: null, n: 2 }]);
  });

  const joins: [string, (qb: D1QB<Staff>) => Promise<{ results?: object[] }>, object[]][] = [
    [
      "innerJoin",
      (qb) => pairs(qb).innerJoin({ table: "departments AS d", on: "d.id = e.department_id" }).all(),
      [
        { e: "Ada", d: "Research" },
        { e: "Bob", d: "Sales" },
        { e: "Cleo", d: "Sales" },
      ],
    ],
    [
      "leftJoin",
      (qb) =>
        pairs(qb)
          .leftJoin({ table: "departments AS d", on: "d.id = e.department_id" })
          .where("e.id > 2")
          .all(),
      [
        { e: "Cleo", d: "Sales" },
        { e: "Dan", d: null },
      ],
    ],
    [
      "rightJoin",
      (qb) =>
        pairs(qb).rightJoin({ table: "departments AS d", on: "d.id = e.department_id AND e.id = 1" }).all(),
      [
        { e: null, d: "Sales" },
        { e: "Ada", d: "Research" },
      ],
    ],
    [
      "fullJoin",
      (qb) =>
        pairs(qb)
          .fullJoin({ table: "departments AS d", on: "d.id = e.id + 1 AND e.id = 1" })
          .where("e.id IS NULL OR e.id = 1")
          .all(),
      [
        { e: null, d: "Research" },
        { e: "Ada", d: "Sales" },
      ],
    ],
    [
      "crossJoin",
      (qb) => pairs(qb).crossJoin({ table: "departments AS d" }).where("e.id = 4").all(),
      [
        { e: "Dan", d: "Research" },
        { e: "Dan", d: "Sales" },
      ],
    ],
  ];
  for (const [name, query, rows] of joins) {
    itOnStaff(`joins by ${name}`, async (qb) => {
      expect((await query(qb)).results).toEqual(rows);
    });
  }

  itOnStaff("joins naturally, by the columns of the same name", async (qb) => {
    await qb.createTable({ tableName: "desks", schema: "name TEXT, desk INTEGER" }).execute();
    await qb.raw({ query: "INSERT INTO desks VALUES ('Dan', 7)" }).execute();
    const { results } = await qb
      .select<{ id: number; desk: number }>("employees")
      .fields(["id", "desk"])
      .naturalJoin("desks")
      .all();
    expect(results).toEqual([{ id: 4, desk: 7 }]);
  });

  itOnStaff("puts common table expressions and set operations together", async (qb) => {
    const leads = qb.select("employees").fields("name").where("role = ?", "lead");
    const idle = qb.select("employees").fields("name").where("active = ?", false);
    const from = async (query: { all(): Promise<{ results?: object[] }> }) => (await query.all()).results;
    expect(await from(leads.union(idle).orderBy("name"))).toEqual([{ name: "Ada" }, { name: "Cleo" }]);
    expect(await from(leads.unionAll(idle))).toHaveLength(3);
    expect(await from(leads.intersect(idle))).toEqual([{ name: "Cleo" }]);
    expect(await from(leads.except(idle))).toEqual([{ name: "Ada" }]);
    const paid = qb
      .select("paid")
      .with("paid", leads.fields("salary"), ["who", "amount"])
      .where("amount > ?", 250);
    expect(await from(paid)).toEqual([{ who: "Ada", amount: 300 }]);
  });

  itOnStaff("drops repeated rows with distinct", async (qb) => {
    const { results } = await qb.select("employees").distinct().fields("role").orderBy("role").all();
    expect(results).toEqual([{ role: null }, { role: "lead" }]);
  });

  itOnStaff("gives one row, a count, and a page with where it stands", async (qb) => {
    const active = employees(qb).where("active = ?", true);
    expect((await active.one()).results).toMatchObject({ name: "Ada" });
    expect((await active.where("id > ?", 9).one()).results).toBeUndefined();
    expect((await active.count()).results).toEqual({ total: 3 });
    const page = await active.fields(["name"]).paginate({ page: 2, perPage: 2 });
    expect(page.results).toEqual([{ name: "Dan" }]);
    expect(page.pagination).toEqual({
      page: 2,
      perPage: 2,
      total: 3,
      totalPages: 2,
      hasNext: false,
      hasPrev: true,
    });
  });

  itOnStaff("explains a query plan", async (qb) => {
    const { results } = await employees(qb).where("name = ?", "Ada").explain();
    expect(results!.map(({ detail }) => detail).join("\n")).toMatch(
      /SEARCH employees USING INDEX .*\(name=\?\)/,
    );
  });

  itOnStaff("is not changed by what is built on it", async (qb) => {
    const base = employees(qb);
    base.where("name = ?", "Ada");
    expect(await names(base.limit(3))).toEqual(["Ada", "Bob", "Cleo"]);
    expect(await names(base)).toHaveLength(4);
  });

  itOnStaff("never lets a value become SQL", async (qb) => {
    const hostile = "' OR 1 = 1; DROP TABLE employees; --";
    expect(await names(employees(qb).where("name = ?", hostile))).toEqual([]);
    expect(await names(employees(qb).whereIn("name", [hostile, "Ada"]))).toEqual(["Ada"]);
    expect(await names(employees(qb).whereLike("name", hostile))).toEqual([]);
    expect(await names(employees(qb))).toHaveLength(4);
  });

  itOnStaff("counts parameters itself, before anything is sent", async (qb) => {
    expect(() => employees(qb).where("id = ? AND name = ?", [1])).toThrow(ParameterMismatchError);
    expect(() => employees(qb).where("id = ?", [1, 2])).toThrow(ParameterMismatchError);
  });
});

/** The names of employees and of departments. */
function pairs(qb: D1QB<Staff>) {
  return qb.select("employees AS e").fields(["e.name AS e", "d.name AS d"]).orderBy("e.id");
}
