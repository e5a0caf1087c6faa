import type { Part } from "./part.ts";

export const clientApi: Part = {
  name: "client-api",
  title: "The client API",
  about:
    "The same single statements through D1's client API, on this project and on the local D1 binding: a single-row `SELECT` with `first()`, a single-row `UPDATE` with `run()`, a `batch()` of ten such updates, and a result of 10,000 rows of four columns with `all()`.",
  measurements: ({ quick }) => {
    const of = (mix: string, clients: number, contenders = ["ours", "d1"]) => ({
      name: `${mix}, ${clients}`,
      title: `Client API: ${mix}, ${clients} client${clients === 1 ? "" : "s"}`,
      workload: "bank",
      database: "client-api",
      scale: { accounts: quick ? 20_000 : 100_000, alpha: 0, unbalanced: 1 },
      groups: { calls: { mix, clients } },
      contenders,
    });
    return [
      ...[1, 8, 64].map((clients) => of("read", clients)),
      ...[1, 8, 64].map((clients) => of("write", clients)),
      ...[1, 8, 64].map((clients) => of("batch of 10 writes", clients, ["ours-batch", "d1-batch"])),
      of("10,000 rows", 1),
    ];
  },
};
