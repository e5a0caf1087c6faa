import { bank } from "./bank.ts";
import { shop } from "./shop.ts";
import { tpcB } from "./tpc-b.ts";
import { tpcC } from "./tpc-c.ts";
import type { Workload } from "./workload.ts";
import { ycsb } from "./ycsb.ts";

export const workloads: Readonly<Record<string, Workload>> = Object.fromEntries(
  [bank, tpcB, tpcC, shop, ycsb].map((workload) => [workload.name, workload]),
);
