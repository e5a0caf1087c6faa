import type { Part } from "./part.ts";

export const everybody = [
  "ours",
  "ours-http",
  "plain",
  "d1",
  "d1-batch",
  "sqlite-full",
  "sqlite-normal",
  "postgres",
  "postgres-function",
] as const;

export const transfers: Part = {
  name: "transfers",
  title: "Transfers",
  about:
    "A bank transfer: two `SELECT`s, a decision in code, two `UPDATE`s, with real amounts, on 100,000 accounts that are chosen by Zipf's law (alpha 0: any account; alpha 1.5: nearly four of ten draws give the same one). The D1 batch is other code: the decision has moved into `balance = balance - ?` and the `CHECK`.",
  measurements: ({ quick }) => {
    const accounts = quick ? 1_000 : 100_000;
    const of = (alpha: number, clients: number, others: readonly string[] = []) => ({
      name: `${clients} clients, alpha ${alpha}`,
      title: `Transfers, ${clients} client${clients === 1 ? "" : "s"}, alpha ${alpha}`,
      workload: "bank",
      database: "transfers",
      scale: { accounts, alpha },
      groups: { transfers: { mix: "transfer", clients } },
      contenders: [...everybody, ...others],
    });
    const most = ["postgres-inside", "postgres-serializable"];
    return [of(0, 1), of(0, 8), of(0, 64, most), of(1.5, 64, most)];
  },
};
