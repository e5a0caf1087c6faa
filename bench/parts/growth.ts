import type { Part } from "./part.ts";

export const rowCounts = [1_000, 10_000, 100_000, 1_000_000, 10_000_000] as const;
export const writeCounts = [1, 10, 100, 1_000] as const;

export const growth: Part = {
  name: "growth",
  title: "Growth with the number of rows",
  about: "The transfer, alpha 0, 64 clients, on tables of 1,000 to 10,000,000 accounts.",
  measurements: ({ quick }) =>
    rowCounts.slice(0, quick ? 2 : undefined).map((accounts) => ({
      name: `${accounts} rows`,
      title: `Transfers on ${accounts.toLocaleString("en")} accounts, 64 clients`,
      workload: "bank",
      database: `growth-${accounts}`,
      scale: { accounts, alpha: 0 },
      groups: { transfers: { mix: "transfer", clients: 64 } },
      contenders: ["ours", "plain", "sqlite-full"],
    })),
};

export const transactionSize: Part = {
  name: "transaction-size",
  title: "Growth with the size of a transaction",
  about:
    "Transactions of 1 to 1,000 `UPDATE`s, 1 client, 100,000 accounts; in `waits` with one wait for something outside (a zero-delay timer) in the middle, at which this project detaches: it rolls the rows back, lets readers in, and replays its log afterwards.",
  measurements: ({ quick }) =>
    writeCounts.slice(0, quick ? 3 : undefined).flatMap((writes) =>
      [0, 1].map((waits) => ({
        name: `${writes} writes${waits === 1 ? ", waits" : ""}`,
        title: `Transactions of ${writes} writes${waits === 1 ? " with one external wait" : ""}, 1 client`,
        workload: "bank",
        database: "sizes",
        scale: { accounts: quick ? 2_000 : 100_000, alpha: 0, unbalanced: 1, writes, waits },
        groups: { transactions: { mix: "many-writes", clients: 1 } },
        contenders: ["ours", "plain"],
      })),
    ),
};
