import { clientApi } from "./client-api.ts";
import { dumps } from "./dumps.ts";
import { growth, transactionSize } from "./growth.ts";
import { isolation } from "./isolation.ts";
import { rawLimits } from "./limits.ts";
import { memory } from "./memory.ts";
import type { Part } from "./part.ts";
import { checkout, ycsbB } from "./readers.ts";
import { tpcB, tpcC } from "./tpc.ts";
import { transfers } from "./transfers.ts";

/** In the order in which they run and are reported. */
export const parts: readonly Part[] = [
  rawLimits,
  transfers,
  tpcB,
  tpcC,
  checkout,
  ycsbB,
  growth,
  transactionSize,
  clientApi,
  memory,
  dumps,
  isolation,
];
