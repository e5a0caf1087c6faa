import { describe, expect, it } from "vitest";
import { openTransactionDatabaseId, runInOpenTransaction } from "../src/open-transaction.ts";

describe("the mark of an open transaction", () => {
  it("is seen inside the callback, behind its awaits, and nowhere else", async () => {
    const running = runInOpenTransaction("a", async () => {
      await scheduler.wait(1);
      return openTransactionDatabaseId();
    });
    expect(openTransactionDatabaseId()).toBeUndefined();
    expect(await running).toBe("a");
    expect(openTransactionDatabaseId()).toBeUndefined();
  });

  it("names the innermost of nested ones", async () => {
    const ids = await runInOpenTransaction("a", async () => [
      await runInOpenTransaction("b", async () => openTransactionDatabaseId()),
      openTransactionDatabaseId(),
    ]);
    expect(ids).toEqual(["b", "a"]);
  });

  it("is gone for work that the callback left behind when it ended, however it ended", async () => {
    const ends = [() => {}, async () => {}, () => Promise.reject(new Error("no"))];
    for (const end of ends) {
      let leftBehind: Promise<string | undefined> | undefined;
      const running = runInOpenTransaction("a", () => {
        leftBehind = scheduler.wait(5).then(openTransactionDatabaseId);
        return end();
      });
      await Promise.resolve(running).catch(() => {});
      expect(await leftBehind).toBeUndefined();
    }
    expect(() =>
      runInOpenTransaction("a", () => {
        throw new Error("at once");
      }),
    ).toThrow("at once");
  });
});
