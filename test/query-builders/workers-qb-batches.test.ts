import { describe, expect } from "vitest";
import { type D1QB, FetchTypes, type Query, Raw } from "workers-qb";
import { itOnEmpty, itOnStaff, type Staff } from "./workers-qb-staff.ts";

const hire = (qb: D1QB<Staff>, name: string) =>
  qb.insert<{ id: number; name: string }>({
    tableName: "employees",
    data: { name, salary: 1 },
    returning: "id, name",
  });

async function names(qb: D1QB<Staff>): Promise<string[]> {
  const { results } = await qb.select("employees").orderBy("id").all();
  return results!.map(({ name }) => name);
}

describe("workers-qb", () => {
  itOnStaff("executes a batch in order, and gives one result for each query", async (qb) => {
    const results = await qb.batchExecute([
      hire(qb, "Eve"),
      qb.fetchOne({ tableName: "employees", fields: "count(*) AS n" }),
      qb.update({
        tableName: "employees",
        data: { salary: 2 },
        where: "name = 'Eve'",
        returning: "salary",
      }),
      qb.raw({ query: "DELETE FROM employees WHERE name = ?", args: ["Ada"] }),
      qb.select("employees").fields("name").where("id > ?", 3).getQueryAll(),
    ] as Query[]);
    expect(results).toMatchObject([
      { success: true, changes: 1, last_row_id: 5, results: { id: 5 } },
      { success: true, results: { n: 5 } },
      { success: true, changes: 1, results: [{ salary: 2 }] },
      { success: true, changes: 1 },
      { success: true, results: [{ name: "Dan" }, { name: "Eve" }] },
    ]);
  });

  itOnStaff("undoes the whole batch when one query fails", async (qb) => {
    const batch = qb.batchExecute([hire(qb, "Eve"), hire(qb, "Ada"), hire(qb, "Fay")] as Query[]);
    await expect(batch).rejects.toThrow("D1_ERROR: UNIQUE constraint failed: employees.name");
    expect(await names(qb)).toEqual(["Ada", "Bob", "Cleo", "Dan"]);
  });

  itOnStaff("sends the queries that transaction() collects as one batch", async (qb) => {
    const move = (amount: number) =>
      qb.transaction(async (tx) => [
        tx.update({
          tableName: "employees",
          data: { salary: new Raw(`salary + ${amount}`) },
          where: { conditions: "name = ?", params: "Ada" },
        }),
        tx.update({
          tableName: "employees",
          data: { salary: new Raw(`salary - ${amount}`) },
          where: { conditions: "name = ?", params: "Bob" },
        }),
      ]);
    expect(await move(60)).toMatchObject([{ changes: 1 }, { changes: 1 }]);
    await expect(move(60)).rejects.toThrow("CHECK constraint failed");
    const { results } = await qb.select("employees").fields("salary").where("id < ?", 3).all();
    expect(results).toEqual([{ salary: 360 }, { salary: 40 }]);
  });

  itOnEmpty("creates and drops tables, with and without a guard", async (qb) => {
    const create = (ifNotExists?: boolean) =>
      qb
        .createTable({ tableName: "desks", schema: "id INTEGER PRIMARY KEY, place TEXT", ifNotExists })
        .execute();
    const drop = (ifExists?: boolean) => qb.dropTable({ tableName: "desks", ifExists }).execute();
    expect(await create()).toMatchObject({ success: true });
    await expect(create()).rejects.toThrow(/^D1_ERROR: table desks already exists/);
    await create(true);
    await qb.insert({ tableName: "desks", data: { place: "window" } }).execute();
    expect((await qb.fetchAll({ tableName: "desks" }).execute()).results).toEqual([
      { id: 1, place: "window" },
    ]);
    await drop();
    await expect(drop()).rejects.toThrow("D1_ERROR: no such table: desks");
    await drop(true);
  });

  itOnStaff("runs raw SQL, and fetches one row, all, or none", async (qb) => {
    const query = "SELECT name FROM employees WHERE salary > ? ORDER BY id";
    const one = await qb.raw<{ name: string }>({ query, args: [150], fetchType: FetchTypes.ONE }).execute();
    expect(one.results).toEqual({ name: "Ada" });
    const all = await qb.raw<{ name: string }>({ query, args: [150], fetchType: FetchTypes.ALL }).execute();
    expect(all.results).toEqual([{ name: "Ada" }, { name: "Cleo" }]);
    const written = await qb
      .raw({ query: "UPDATE employees SET active = 0 WHERE id = ?1", args: [1] })
      .execute();
    expect(written).toMatchObject({ success: true, meta: { changes: 1 } });
  });

  itOnStaff("counts parameters in D1's words", async (qb) => {
    const raw = qb.raw({ query: "SELECT ?", args: [1, 2] });
    await expect(raw.execute()).rejects.toThrow(
      "D1_ERROR: Wrong number of parameter bindings for SQL query.",
    );
  });

  itOnEmpty("reads JSON", async (qb) => {
    await qb.createTable({ tableName: "doc", schema: "data TEXT" }).execute();
    const data = JSON.stringify({ tags: ["a", "b"], at: { x: 1 } });
    await qb.insert({ tableName: "doc", data: { data } }).execute();
    const { results } = await qb
      .fetchOne({
        tableName: "doc",
        fields: ["data ->> '$.at.x' AS x", "json_array_length(data, '$.tags') AS tags"],
        where: { conditions: "json_extract(data, '$.tags[1]') = ?", params: ["b"] },
      })
      .execute();
    expect(results).toEqual({ x: 1, tags: 2 });
  });

  itOnStaff("lets hooks see and change each query and its result", async (qb) => {
    const seen: unknown[] = [];
    qb.beforeQuery(async (query, type) => {
      seen.push(type);
      return { ...query, query: query.query.replace("employees", "employees WHERE active = 0 AND 1 = 1") };
    });
    qb.afterQuery(async (result) => ({ ...result, results: result.results.length }));
    expect(await qb.fetchAll({ tableName: "employees" }).execute()).toMatchObject({ results: 1 });
    expect(seen).toEqual(["SELECT"]);
  });

  itOnStaff("answers many queries that run at once, each with its own", async (qb) => {
    const added = await Promise.all(Array.from("EFGHIJ", (name) => hire(qb, name).execute()));
    expect(added.map(({ results }) => results!.name)).toEqual(Array.from("EFGHIJ"));
    expect(new Set(added.map(({ results }) => results!.id))).toEqual(new Set([5, 6, 7, 8, 9, 10]));
    const read = await Promise.all([1, 2, 3].map((id) => qb.select("employees").where("id = ?", id).one()));
    expect(read.map(({ results }) => results!.name)).toEqual(["Ada", "Bob", "Cleo"]);
  });
});
