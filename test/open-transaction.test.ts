import { describe, expect, it } from "vitest";
import {
  currentTransaction,
  openTransactionDatabaseId,
  runInOpenTransaction,
  TransactionMark,
} from "../src/open-transaction.ts";

describe("the mark of an open transaction", () => {
  it("is seen inside the callback, behind its awaits, and nowhere else", async () => {
    const running = runInOpenTransaction(new TransactionMark("a"), async () => {
      await scheduler.wait(1);
      return openTransactionDatabaseId();
    });
    expect(openTransactionDatabaseId()).toBeUndefined();
    expect(await running).toBe("a");
    expect(openTransactionDatabaseId()).toBeUndefined();
  });

  it("names the innermost of nested ones", async () => {
    const ids = await runInOpenTransaction(new TransactionMark("a"), async () => [
      await runInOpenTransaction(new TransactionMark("b"), async () => openTransactionDatabaseId()),
      openTransactionDatabaseId(),
    ]);
    expect(ids).toEqual(["b", "a"]);
  });

  it("names no database for work that the callback left behind, but still tells whose it is", async () => {
    const transaction = new TransactionMark("a");
    const leftBehind = runInOpenTransaction(transaction, () =>
      scheduler.wait(5).then(() => [openTransactionDatabaseId(), currentTransaction()]),
    );
    transaction.close();
    expect(await leftBehind).toEqual([undefined, transaction]);
  });
});
