/**
 * Databases that meet their end, for the tests of faults. A Worker of its own, because sql.setMaxPageCountForTest() takes a
 * compatibility flag that none of the others should have.
 */

import { defineDatabase } from "../../src/database/define-database.ts";
import { FaultProcedures } from "./fault-procedures.ts";

interface LimitedSql extends SqlStorage {
  /** Of the runtime's own tests: SQLite's PRAGMA max_page_count. */
  setMaxPageCountForTest(pages: number): void;
}

export class Faulty extends defineDatabase(FaultProcedures) {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, { ...env, abortObject: () => ctx.abort("ended by a test") });
  }

  /** Lets the database grow by so many pages of 4096 bytes and no more, until its object ends. */
  async mayGrowBy(pages: number): Promise<void> {
    const { sql } = this.ctx.storage;
    (sql as LimitedSql).setMaxPageCountForTest(sql.databaseSize / 4096 + pages);
  }
}

export default {};
