import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { isolateDatabase } from "../../src/testing/index.ts";

// The example with which Cloudflare announced isolated tests for D1, in September 2022.

isolateDatabase(env.DB);
const db = connect(env.DB);
const entries = async () => (await db.prepare("SELECT value FROM entries ORDER BY id").all()).results;

beforeAll(async () => {
  // The database starts completely empty.
  await db.exec("CREATE TABLE entries (id INTEGER PRIMARY KEY, value TEXT UNIQUE)");
});

describe("with an empty DB", () => {
  it("reports 0 entries", async () => {
    expect(await entries()).toEqual([]);
  });

  it("allows new entries", async () => {
    await db.prepare("INSERT INTO entries (value) VALUES ('new')").run();
    expect(await entries()).toEqual([{ value: "new" }]);
  });

  it("reports 0 entries again", async () => {
    expect(await entries()).toEqual([]);
  });
});

describe("with two entries in the DB", () => {
  beforeEach(async () => {
    await db.prepare("INSERT INTO entries (value) VALUES (?), (?)").bind("aaa", "bbb").run();
  });

  it("reports 2 entries", async () => {
    expect(await entries()).toEqual([{ value: "aaa" }, { value: "bbb" }]);
  });

  it("does not allow duplicate entries", async () => {
    await expect(db.prepare("INSERT INTO entries (value) VALUES ('aaa')").run()).rejects.toThrow(/UNIQUE/);
  });

  describe("and a third one", () => {
    beforeAll(async () => {
      await db.prepare("INSERT INTO entries (value) VALUES ('of the suite')").run();
    });

    for (const time of ["first", "second"]) {
      it(`sees the entries of all that is around it, the ${time} time`, async () => {
        expect(await entries()).toEqual([{ value: "of the suite" }, { value: "aaa" }, { value: "bbb" }]);
        await db.prepare("DELETE FROM entries").run();
        expect(await entries()).toEqual([]);
      });
    }
  });

  it("reports 2 entries after the suite that had a third one", async () => {
    expect(await entries()).toEqual([{ value: "aaa" }, { value: "bbb" }]);
  });
});

it("reports 0 entries in the end", async () => {
  expect(await entries()).toEqual([]);
});
