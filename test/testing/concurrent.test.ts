import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { isolateDatabase } from "../../src/testing/index.ts";

isolateDatabase(env.DB);
const db = connect(env.DB);
const insert = () => db.prepare("INSERT INTO item (name) VALUES ('x')").run();
const count = () => db.prepare("SELECT count(*) AS n FROM item").first("n");

beforeAll(() => db.exec("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)"));

describe("Tests that run concurrently", () => {
  for (const number of [1, 2, 3]) {
    it.concurrent(`are refused to write, and told what to do instead (${number})`, async () => {
      expect(await count()).toBe(0);
      await expect(insert()).rejects.toThrow(/run concurrently cannot write .* connect\(env.DB, \{ name:/);
      await expect(db.exec("CREATE TABLE t (a)")).rejects.toThrow(/run concurrently/);
      await expect(db.Procedures.Insert("y")).rejects.toThrow(/run concurrently/);
    });
  }

  it.concurrent.each([1, 2, 3])("write to databases of their own (%i)", async () => {
    const own = connect(env.DB, { name: crypto.randomUUID() });
    await own.Procedures.CreateTables();
    await own.Procedures.Insert("mine");
    expect(await own.Procedures.Count()).toBe(1);
  });
});

describe.concurrent("Suites that run concurrently", () => {
  for (const number of [1, 2]) {
    describe(`(${number})`, () => {
      it("are refused to write, too", async () => {
        await expect(insert()).rejects.toThrow(/run concurrently cannot write/);
      });
    });
  }
});

it("A test that runs alone after them may write", async () => {
  await insert();
  expect(await count()).toBe(1);
});
