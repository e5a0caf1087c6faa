import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type DatabaseAnswer, databasesPath, rest, rowsOf } from "./rest-client.ts";

async function list(query = "") {
  const { status, answer } = await rest<DatabaseAnswer[]>("GET", `${databasesPath}${query}`);
  return { status, answer, names: status === 200 ? answer.result.map(({ name }) => name) : [] };
}

describe("GET .../d1/database", () => {
  it("has the configured database, even if it is the only one", async () => {
    const { answer } = await list();
    expect(answer.result).toEqual([
      {
        uuid: env.DATABASE_ID,
        name: env.DATABASE_NAME,
        version: "production",
        num_tables: expect.any(Number),
        file_size: expect.any(Number),
        read_replication: { mode: "disabled" },
      },
    ]);
    expect(answer.result_info).toEqual({ page: 1, per_page: 1000, count: 1, total_count: 1, total_pages: 1 });
  });

  describe("with others", () => {
    beforeAll(async () => {
      for (let index = 0; index < 12; index++) await createDatabase(`list-${index}`);
      await createDatabase("else");
    });

    it("has each of them once, page by page, as wrangler asks for them", async () => {
      const pages = [1, 2, 3].map((page) => list(`?per_page=10&page=${page}`));
      const [first, second, third] = await Promise.all(pages);
      expect([first!, second!, third!].map(({ names }) => names.length)).toEqual([10, 4, 0]);
      expect(new Set([...first!.names, ...second!.names]).size).toBe(14);
      expect(first!.names[0]).toBe(env.DATABASE_NAME);
      expect(second!.answer.result_info).toEqual({
        page: 2,
        per_page: 10,
        count: 4,
        total_count: 14,
        total_pages: 2,
      });
    });

    it("begins a page with the second database when the first page has one", async () => {
      expect((await list("?per_page=1&page=1")).names).toEqual([env.DATABASE_NAME]);
      expect((await list("?per_page=1&page=2")).names).toEqual(["else"]);
      expect((await list("?per_page=1&page=14")).names).toEqual(["list-0"]);
    });

    it("finds by a part of the name, which is no pattern", async () => {
      expect((await list("?name=list-1")).names.sort()).toEqual(["list-1", "list-10", "list-11"]);
      expect((await list("?name=list-1&per_page=2&page=2")).names).toHaveLength(1);
      expect((await list(`?name=${env.DATABASE_NAME}`)).names).toEqual([env.DATABASE_NAME]);
      for (const pattern of ["%25", "_ist", "LIST-1", "*", "' OR 1 --"]) {
        expect((await list(`?name=${pattern}`)).names).toEqual([]);
      }
    });

    it("tells the size and the number of tables of each", async () => {
      await rowsOf("list-3", "CREATE TABLE a (x); CREATE TABLE b (x)");
      const { answer } = await list("?name=list-3");
      expect(answer.result).toMatchObject([{ name: "list-3", num_tables: 2, file_size: expect.any(Number) }]);
    });
  });

  it.each([
    "page=0",
    "page=-1",
    "page=1.5",
    "page=x",
    "per_page=0",
    "per_page=10001",
    "per_page=1e9",
    "page=Infinity",
  ])("answers 7400 for %s", async (query) => {
    const { status, answer } = await list(`?${query}`);
    expect([status, answer.errors[0]!.code]).toEqual([400, 7400]);
    expect(answer.errors[0]!.message).toContain(`'${query.split("=")[0]}'`);
  });
});
