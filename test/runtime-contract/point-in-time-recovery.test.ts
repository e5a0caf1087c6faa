/** What the local runtime says instead of a history. src/database/time-travel.ts tells it from a production one by this. */
import { describe, expect, it } from "vitest";
import { bareObject, inBareObject } from "./bare-object.ts";

describe("point-in-time recovery, locally", () => {
  it("has a current bookmark that looks like one of production and grows with what is written", async () => {
    const [before, after] = await inBareObject(async ({ storage }) => {
      const before = await storage.getCurrentBookmark();
      storage.sql.exec("CREATE TABLE t (a)").toArray();
      await storage.sync();
      return [before, await storage.getCurrentBookmark()] as const;
    });
    for (const bookmark of [before, after]) expect(bookmark).toMatch(/^([0-9a-f]{8}-){3}0{32}$/);
    expect(after > before).toBe(true);
  });

  it("throws when asked for the bookmark of a time, or to restore one", async () => {
    const messages = await inBareObject(({ storage }) =>
      Promise.all(
        [
          () => storage.getBookmarkForTime(Date.now()),
          () =>
            storage.onNextSessionRestoreBookmark(
              "00000000-00000000-00000000-00000000000000000000000000000000",
            ),
        ].map(async (question) => {
          try {
            return await question();
          } catch (error) {
            return (error as Error).message;
          }
        }),
      ),
    );
    for (const message of messages) expect(message).toContain("does not implement point-in-time recovery");
  });

  it("lets a method of the storage be replaced, which is how tests give it a history", async () => {
    const bookmark = await inBareObject(({ storage }) => {
      storage.getCurrentBookmark = async () => "a bookmark";
      return storage.getCurrentBookmark();
    });
    expect(bookmark).toBe("a bookmark");
  });
});

describe("the end of an object by abort()", () => {
  it("fails whoever waits for it, and the next call starts it anew", async () => {
    const name = crypto.randomUUID();
    const lives = (stub: DurableObjectStub) =>
      inBareObject((state) => {
        const lives = (Reflect.get(state, "lives") ?? 0) + 1;
        Reflect.set(state, "lives", lives);
        return lives;
      }, stub);
    const stub = bareObject(name);
    expect([await lives(stub), await lives(stub)]).toEqual([1, 2]);
    await expect(inBareObject((state) => state.abort("ended"), stub)).rejects.toThrow("ended");
    expect(await lives(bareObject(name))).toBe(1);
  });
});
