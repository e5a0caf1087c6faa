import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { isolateDatabase } from "../../src/testing/index.ts";

// Two databases: the first one in the whole file, the second one in a describe only.

isolateDatabase(env.DB);
const db = connect(env.DB);
const second = connect(env.DB, { name: "second" });

const names = async (of = db) =>
  (await of.prepare("SELECT name FROM item ORDER BY id").raw<[string]>()).map(([name]) => name);
const insert = (name: string, of = db) => of.prepare("INSERT INTO item (name) VALUES (?)").bind(name).run();

beforeAll(async () => {
  for (const each of [db, second]) await each.exec("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)");
  await insert("file");
});
beforeEach(() => insert("each of the file"));
afterEach(async () => {
  // What an afterEach hook sees is the test's; what it writes is undone with it.
  expect((await names())[0]).toBe("file");
  await insert("after");
});

it("A test sees what the hooks around it have written", async () => {
  expect(await names()).toEqual(["file", "each of the file"]);
});

describe("A suite", () => {
  beforeAll(() => insert("all of the suite"));
  beforeEach(() => insert("each of the suite"));
  afterAll(async () => {
    expect(await names()).toEqual(["file", "all of the suite"]);
    await insert("after all");
  });

  const inSuite = ["file", "all of the suite", "each of the file", "each of the suite"];

  it("sees its own hooks", async () => {
    await insert("test");
    expect(await names()).toEqual([...inSuite, "test"]);
  });

  // Meant to be skipped, always: its level must not be opened, or the next test would have it.
  it.skip("may have tests that are skipped", async () => {
    await insert("never");
  });

  it("may have tests that skip themselves", async ({ skip }) => {
    await insert("skipped");
    skip();
  });

  it("sees nothing of the test before", async () => {
    expect(await names()).toEqual(inSuite);
  });

  it.each([1, 2, 3])("gives each case its own view (%i)", async (n) => {
    await insert(`case ${n}`);
    expect(await names()).toEqual([...inSuite, `case ${n}`]);
  });

  // Its first two tries fail on purpose: the third one tells that what they wrote is gone.
  let tries = 0;
  it("gives each try of a test its own view", { retry: 2 }, async () => {
    await insert("try");
    expect(await names()).toEqual([...inSuite, "try"]);
    expect(++tries).toBe(3);
  });

  it("gives each repetition its own view", { repeats: 2 }, async () => {
    await insert("repetition");
    expect(await names()).toEqual([...inSuite, "repetition"]);
  });

  // Meant to fail, always: the test after it tells whether its row is gone.
  it.fails("undoes a test that fails", async () => {
    await insert("failed");
    throw new Error("as it should");
  });

  describe("in a suite", () => {
    beforeAll(async () => {
      await insert("all of the inner suite");
      await db.exec("ALTER TABLE item ADD COLUMN price INT; UPDATE item SET price = 5");
    });

    it("sees all around it", async () => {
      expect(await names()).toEqual([...inSuite.slice(0, 2), "all of the inner suite", ...inSuite.slice(2)]);
      expect(await db.prepare("SELECT sum(price) AS sum FROM item").first("sum")).toBe(15);
      await db.exec("ALTER TABLE item DROP COLUMN price; DELETE FROM item WHERE id > 1");
    });

    it("sees it again", async ({ onTestFinished }) => {
      onTestFinished(async () => void (await insert("of onTestFinished")));
      expect((await names()).length).toBe(5);
    });
  });

  it("sees nothing of the suite in it", async () => {
    expect(await names()).toEqual(inSuite);
    expect(await db.prepare("SELECT count(*) AS n FROM pragma_table_info('item')").first("n")).toBe(2);
  });
});

describe("A database that is isolated in one suite", () => {
  isolateDatabase(env.DB, { name: "second" });
  beforeAll(() => insert("suite", second));

  for (const time of [1, 2]) {
    it(`is undone there (${time})`, async () => {
      expect(await names(second)).toEqual(["suite"]);
      await insert("test", second);
      await insert("test");
    });
  }
});

describe("A database that is not isolated here", () => {
  it("keeps what is written, and has nothing of the suite where it is", async () => {
    expect(await names(second)).toEqual([]);
    await insert("kept", second);
  });

  it("has it in the next test", async () => {
    expect(await names(second)).toEqual(["kept"]);
  });
});

it("After all suites, the file's own rows are there", async () => {
  expect(await names()).toEqual(["file", "each of the file"]);
});
