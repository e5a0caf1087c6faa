/** What takes a D1Database takes every database of this project, with no cast. Checked by `tsc`; nothing here runs. */

import { expectTypeOf } from "vitest";
import type { DatabaseClient, ProcedureDatabase, StatementSource, Transaction } from "../../src/index.ts";

declare function takesD1(db: D1Database): void;
declare function takesSession(session: D1DatabaseSession): void;

interface Procedures {
  Checkout(cartId: number): Promise<number>;
}

declare const client: DatabaseClient<Procedures>;
declare const db: ProcedureDatabase;
declare const txn: Transaction;

takesD1(client);
takesD1(db);
takesD1(txn);
takesD1(client.withSignal(AbortSignal.timeout(1)));
takesD1(client.withExactIntegers());
takesSession(client.withSession());
takesSession(db.withSession("first-primary"));

expectTypeOf<StatementSource>().toExtend<D1Database>();
expectTypeOf(client.prepare("SELECT 1")).toEqualTypeOf<D1PreparedStatement>();
expectTypeOf(client.withSession().Procedures.Checkout(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(client.withExactIntegers().Procedures.Checkout(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(db.withExactIntegers()).toEqualTypeOf<ProcedureDatabase>();
expectTypeOf(txn.withExactIntegers()).toEqualTypeOf<Transaction>();
expectTypeOf(client.prepare("SELECT 1").first<number>("a")).toEqualTypeOf<Promise<number | null>>();
