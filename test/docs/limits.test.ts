import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import page from "../../docs/limits.md?raw";
import { connect } from "../../src/client/connect.ts";
import { limits } from "../../src/index.ts";

const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \| (.*?) \|/gm)].map(([, name, value, why]) => ({
  name: name!,
  value: Number(value!.replaceAll(",", "")),
  why: why!.trim(),
}));

describe("docs/limits.md", () => {
  it("has every limit once, and none besides", () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(limits).toSorted());
  });

  it.each(rows)("tells the value that $name has, and of what", ({ name, value, why }) => {
    expect(value).toBe(Reflect.get(limits, name));
    expect(why).toMatch(/\w+/);
  });
});

describe("the limits of the platform in docs/limits.md", () => {
  const select = (sql: string) => connect(env.DB, { name: crypto.randomUUID() }).prepare(sql).all();

  it.each([
    ["patterns of more than 50 bytes", (more: 0 | 1) => `SELECT 'x' LIKE '${"%".repeat(50 + more)}'`],
    [
      "SELECTs of more than 5 terms",
      (more: 0 | 1) =>
        Array(5 + more)
          .fill("SELECT 1")
          .join(" UNION ALL "),
    ],
    ["tables of more than 100 columns", (more: 0 | 1) => `CREATE TABLE t (${columns(100 + more)})`],
  ])("refuse %s", async (_, sqlWith) => {
    await expect(select(sqlWith(0))).resolves.toMatchObject({ success: true });
    await expect(select(sqlWith(1))).rejects.toThrow(/D1_ERROR/);
  });
});

function columns(count: number): string {
  return Array.from({ length: count }, (_, index) => `c${index}`).join();
}
