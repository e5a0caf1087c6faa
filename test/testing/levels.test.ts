import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { Isolated } from "./isolated.ts";

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)";

async function withItems(...names: string[]): Promise<Isolated> {
  const isolated = new Isolated();
  await isolated.db.exec(item);
  for (const name of names) await isolated.db.prepare("INSERT INTO item (name) VALUES (?)").bind(name).run();
  return isolated;
}

const names = async (isolated: Isolated) =>
  ((await isolated.rows("SELECT name FROM item ORDER BY name")) as [string][]).map(([name]) => name);

it("A level goes back to the state of the level around it", async () => {
  const isolated = await withItems("a");
  await isolated.level(async () => {
    await isolated.db.exec(
      "INSERT INTO item (name) VALUES ('outer'); UPDATE item SET name = 'a!' WHERE name = 'a'",
    );
    await isolated.level(async () => {
      await isolated.db.exec("DELETE FROM item");
      await isolated.level(async () => {
        await isolated.db.exec("INSERT INTO item VALUES (1, 'innermost')");
        expect(await names(isolated)).toEqual(["innermost"]);
      });
      expect(await names(isolated)).toEqual([]);
    });
    expect(await names(isolated)).toEqual(["a!", "outer"]);
  });
  expect(await names(isolated)).toEqual(["a"]);
});

it("Levels that follow each other without a call in between are undone in their order", async () => {
  const isolated = await withItems("a");
  await isolated.level(async () => {
    await isolated.db.exec("UPDATE item SET name = 'outer'");
    await isolated.level(() => isolated.db.exec("UPDATE item SET name = 'first'").then(() => {}));
    await isolated.level(() => isolated.db.exec("UPDATE item SET name = name || '+'").then(() => {}));
    await isolated.level(async () => {});
  });
  expect(await names(isolated)).toEqual(["a"]);
});

it("A level in which a test fails is undone, and fails with the test's own error", async () => {
  const isolated = await withItems("a");
  const failing = isolated.level(async () => {
    await isolated.db.exec("DELETE FROM item");
    throw new Error("the test's own");
  });
  await expect(failing).rejects.toThrow("the test's own");
  expect(await names(isolated)).toEqual(["a"]);
});

it("Two databases are undone each for itself", async () => {
  const [left, right] = [await withItems("l"), await withItems("r")];
  await left.level(async () => {
    await left.db.exec("DELETE FROM item");
    await right.level(async () => {
      await right.db.exec("DELETE FROM item");
      expect(await names(left)).toEqual([]);
    });
    expect(await names(right)).toEqual(["r"]);
  });
  expect(await names(left)).toEqual(["l"]);
});

it("Another database of the same class is not touched", async () => {
  const isolated = await withItems();
  const other = connect(env.DB, { name: "not isolated" });
  await other.exec(item);
  await isolated.level(async () => {
    await other.exec("INSERT INTO item (name) VALUES ('stays')");
  });
  expect(await other.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(1);
});

it("Sessions, batches and scripts are undone", async () => {
  const isolated = await withItems("a");
  await isolated.leavesNothing(async () => {
    const session = isolated.db.withSession("first-primary");
    await session.prepare("INSERT INTO item (name) VALUES ('of the session')").run();
    const insert = isolated.db.prepare("INSERT INTO item (name) VALUES (?)");
    await isolated.db.batch([insert.bind("of"), insert.bind("the batch")]);
    await isolated.db.exec(
      "INSERT INTO item (name) VALUES ('of the script');\nDELETE FROM item WHERE name = 'a'",
    );
    expect(session.getBookmark()).not.toBeNull();
  });
});

it("A script that suspends foreign keys is undone", async () => {
  const isolated = new Isolated();
  await isolated.db.exec(
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
  );
  await isolated.leavesNothing(() =>
    isolated.db.exec(
      "PRAGMA foreign_keys = OFF; CREATE TABLE q (id INTEGER PRIMARY KEY, x); INSERT INTO q SELECT id, 0 FROM p; DROP TABLE p; ALTER TABLE q RENAME TO p; PRAGMA foreign_keys = ON",
    ),
  );
  await expect(isolated.db.exec("INSERT INTO c VALUES (99)")).rejects.toThrow(/FOREIGN KEY/);
});

it("What code writes past the calls, on the object's own storage, is undone", async () => {
  const isolated = await withItems("a", "b");
  await isolated.leavesNothing(() =>
    runInDurableObject(isolated.stub, (_object, { storage }) => {
      storage.sql.exec("UPDATE item SET name = name || ?", "!").toArray();
      storage.sql
        .exec("INSERT INTO item (name) VALUES ('x'); INSERT INTO item (name) VALUES ('y')")
        .toArray();
    }),
  );
});

it("Code on the object's own storage sees nothing of the level before", async () => {
  const isolated = await withItems("a");
  await isolated.level(async () => {
    await isolated.level(() => isolated.db.exec("DELETE FROM item").then(() => {}));
    const rows = await runInDurableObject(isolated.stub, (_object, { storage }) =>
      storage.sql.exec("SELECT name FROM item").toArray(),
    );
    expect(rows).toEqual([{ name: "a" }]);
  });
});

it("A level is undone after the object was reset in it", async () => {
  const isolated = await withItems("a");
  await isolated.level(async () => {
    await isolated.db.exec("UPDATE item SET name = 'before the reset'");
    const reset = runInDurableObject(isolated.stub, (_object, state) => state.abort("reset by a test"));
    await expect(reset).rejects.toThrow("reset by a test");
    await isolated.db.exec("INSERT INTO item (name) VALUES ('after the reset')");
    expect(await names(isolated)).toEqual(["after the reset", "before the reset"]);
  });
  expect(await names(isolated)).toEqual(["a"]);
});

it("What cannot be undone is refused in a level", async () => {
  const isolated = await withItems("a");
  await isolated.level(async () => {
    expect(await failureOf(() => isolated.stub.erase())).toMatch(
      /erase\(\) on an isolated database: .* cannot be undone/,
    );
    expect(await failureOf(() => isolated.stub.endWith("another"))).toMatch(/database of its own/);
  });
  expect(await names(isolated)).toEqual(["a"]);
});

/** Awaited, because a promise of an RPC that nobody awaits counts as unhandled. */
async function failureOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    return String(error);
  }
  return "it did not fail";
}
