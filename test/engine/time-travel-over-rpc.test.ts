import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { DatabaseRpc } from "../../src/protocol.ts";

const earlier = "00000012-00000003-00001500-1c3e87bb37b3db5cc52eedb93cd3b96b";
const previous = "0000007b-0000b26f-00001538-2c3e87bb37b3db5cc52eedb93cd3b96b";

/** What a call fails with. Not `expect(call).rejects`: to look into a promise of RPC is a call of its own, which fails too. */
async function failureOf(call: () => Promise<unknown>): Promise<object> {
  try {
    return { answered: await call() };
  } catch (error) {
    return error as object;
  }
}

async function names(database: DatabaseRpc): Promise<unknown[]> {
  const { results } = await database.query({ queries: [{ sql: "SELECT name FROM item", params: [] }] });
  return results.queryResults[0]!.data.rows;
}

/** An object whose storage has a history, for the life that it has now. */
async function withHistory(name: string): Promise<void> {
  await runInDurableObject(env.ENGINE.getByName(name), (_object, { storage }) => {
    storage.getBookmarkForTime = async () => earlier;
    storage.getCurrentBookmark = async () => previous;
    storage.onNextSessionRestoreBookmark = async () => previous;
  });
}

describe("Time Travel over RPC", () => {
  it("tells bookmarks", async () => {
    const name = crypto.randomUUID();
    await withHistory(name);
    const database = env.ENGINE.getByName(name);
    expect(await database.timeTravelBookmark()).toBe(previous);
    expect(await database.timeTravelBookmark(Date.now() - 1)).toBe(earlier);
  });

  it("refuses with a code that crosses RPC, and goes on", async () => {
    const database = env.ENGINE.getByName(crypto.randomUUID());
    const codeOf = async (call: () => Promise<unknown>) => Reflect.get(await failureOf(call), "code");
    expect(await codeOf(() => database.timeTravelBookmark())).toBe("NO_TIME_TRAVEL");
    expect(await codeOf(() => database.timeTravelRestore(earlier))).toBe("NO_TIME_TRAVEL");
    expect(await codeOf(() => database.timeTravelRestore("now"))).toBe("INVALID_ARGUMENT");
    await database.exec("CREATE TABLE t (a)");
  });

  it("answers a restore before the object ends; a write that waited fails, and the next life takes it", async () => {
    const name = crypto.randomUUID();
    await withHistory(name);
    const database = env.ENGINE.getByName(name);
    await database.exec("CREATE TABLE item (name)");
    expect(await database.timeTravelRestore(earlier)).toEqual({
      bookmark: earlier,
      previousBookmark: previous,
    });
    // Reads are answered as long as the object lives.
    expect(await names(database)).toEqual([]);
    const waiting = await failureOf(() => database.exec("INSERT INTO item VALUES ('waited')"));
    expect(waiting).toMatchObject({ message: expect.stringContaining("taken back to an earlier state") });
    const next = env.ENGINE.getByName(name);
    await next.exec("INSERT INTO item VALUES ('next')");
    expect(await names(next)).toEqual([["next"]]);
    // Without the history that only the life before had.
    expect(await failureOf(() => next.timeTravelBookmark())).toMatchObject({ code: "NO_TIME_TRAVEL" });
  });
});

describe("the insights over RPC", () => {
  it("tell what ran, by hour, and nothing of an object that has run nothing", async () => {
    const database = env.ENGINE.getByName(crypto.randomUUID());
    expect(await database.insights(0, Date.now())).toEqual([]);
    await database.exec("SELECT 1; SELECT 1; SELECT 2");
    const insights = await database.insights(Date.now() - 1, Date.now());
    expect(insights.map(({ query, count, writes }) => [query, count, writes])).toEqual([
      ["SELECT 1", 2, false],
      ["SELECT 2", 1, false],
    ]);
    expect(await database.insights(0, 1)).toEqual([]);
  });

  it.each([
    ["a text", "yesterday"],
    ["nothing", undefined],
    ["no number", Number.NaN],
  ])("refuse a time that is %s", async (_what, time) => {
    const database = env.ENGINE.getByName(crypto.randomUUID());
    for (const [from, to] of [
      [time, Date.now()],
      [0, time],
    ] as [number, number][]) {
      expect(await failureOf(() => database.insights(from, to))).toMatchObject({ code: "INVALID_ARGUMENT" });
    }
  });
});
