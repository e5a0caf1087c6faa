import { describe, expect, it } from "vitest";
import {
  currentTransaction,
  openTransactionDatabaseId,
  runInOpenTransaction,
} from "../src/open-transaction.ts";

const open = (databaseId: string) => ({ databaseId, isClosed: false });

describe("the mark of an open transaction", () => {
  it("is seen inside the callback, behind its awaits, and nowhere else", async () => {
    const running = runInOpenTransaction(open("a"), async () => {
      await scheduler.wait(1);
      return openTransactionDatabaseId();
    });
    expect(openTransactionDatabaseId()).toBeUndefined();
    expect(await running).toBe("a");
    expect(openTransactionDatabaseId()).toBeUndefined();
  });

  it("names the innermost of nested ones", async () => {
    const ids = await runInOpenTransaction(open("a"), async () => [
      await runInOpenTransaction(open("b"), async () => openTransactionDatabaseId()),
      openTransactionDatabaseId(),
    ]);
    expect(ids).toEqual(["b", "a"]);
  });

  it("names no database for work that the callback left behind, but still tells whose it is", async () => {
    const transaction = { databaseId: "a", isClosed: false };
    const leftBehind = runInOpenTransaction(transaction, () =>
      scheduler.wait(5).then(() => [openTransactionDatabaseId(), currentTransaction()]),
    );
    transaction.isClosed = true;
    expect(await leftBehind).toEqual([undefined, transaction]);
  });
});
