/** The tables of docs/kysely.md. */

import type { Generated } from "kysely";

export interface Schema {
  account: { id: Generated<number>; owner: string; balance: number };
}
