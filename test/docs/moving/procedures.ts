export type { Procedures as default } from "../procedures/bank.ts";
