/** The same Worker after the move: the code of docs/moving.md. */

import { withDatabase } from "d1-procedures";
import type Procedures from "./procedures.ts";
import shop from "./shop.ts";

interface Env {
  DB: Fetcher;
}

export default withDatabase<typeof Procedures, Env>(shop);
