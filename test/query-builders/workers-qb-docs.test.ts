import { env as bindings } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { describe, expect, it } from "vitest";
import { D1QB } from "workers-qb";
import page from "../../docs/workers-qb.md?raw";
import procedures from "../fixtures/staff-procedures.ts?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import source from "./workers-qb-docs.test.ts?raw";
import { countActive, migrate, replaceIdle } from "./workers-qb-snippets.ts";
import snippets from "./workers-qb-snippets.ts?raw";
import { createStaff } from "./workers-qb-staff.ts";

describe("docs/workers-qb.md", () => {
  everySnippetRuns(page, {
    "workers-qb-docs.test.ts": source,
    "workers-qb-snippets.ts": snippets,
    "staff-procedures.ts": procedures,
  });
});

describe("the code of docs/workers-qb.md", () => {
  it("counts the active employees, and replaces the idle one in a batch", async () => {
    const db = connect(bindings.DB);
    await createStaff(db);
    expect(await countActive(bindings)).toEqual({ count: 3 });
    await replaceIdle(new D1QB(db));
    const { results } = await db.prepare("SELECT name FROM employees ORDER BY id").all();
    expect(results).toEqual([{ name: "Ada" }, { name: "Bob" }, { name: "Dan" }, { name: "Eve" }]);
  });

  it("raises a salary, unless that is over the budget", async () => {
    const env = { DB: connect(bindings.STAFF) };
    await createStaff(env.DB);
    const salaryOfAda = () => env.DB.prepare("SELECT salary FROM employees WHERE id = 1").first("salary");

    const { error, salary } = await env.DB.Procedures.Raise(1, 50, 1_000);

    expect(error).toBeUndefined();
    expect(salary).toBe(350);
    expect(await salaryOfAda()).toBe(350);
    expect(await env.DB.Procedures.Raise(1, 250, 1_000)).toMatchObject({
      error: { message: "1050 is over the budget" },
    });
    expect(await salaryOfAda()).toBe(350);
    expect(await env.DB.Procedures.Raise(9, 1, 1_000)).toMatchObject({ error: { message: "No employee 9" } });
  });

  it("applies migrations", async () => {
    const qb = new D1QB(connect(bindings.DB, { name: "migrated" }));
    const migrations = await migrate(qb);
    expect(await migrations.getUnapplied()).toEqual([]);
    expect(await migrations.getApplied()).toMatchObject([
      { id: 1, name: "0001_create", applied_at: expect.any(String) },
      { id: 2, name: "0002_active" },
    ]);
    await qb.insert({ tableName: "employees", data: { name: "Ada" } }).execute();
    expect((await qb.fetchOne({ tableName: "employees" }).execute()).results).toMatchObject({ active: 1 });
  });
});
