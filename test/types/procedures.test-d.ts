/** Types from the procedures class to the caller. Checked by `tsc`; nothing here runs. */

import { expectTypeOf } from "vitest";
import type { DatabaseClient, ProcedureDatabase, TransactionResult } from "../../src/index.ts";
import { connect, defineBinding, defineDatabase, type WithDatabase, withDatabase } from "../../src/index.ts";

class PaymentFailedError extends Error {
  readonly details = { reason: "declined" };
}

class Procedures {
  #secret = 1;
  readonly notAMethod = "x";

  constructor(
    private db: ProcedureDatabase,
    _env: { PAYMENT_API: Fetcher },
  ) {}

  async Checkout(cartId: number) {
    return this.db.transaction(async (txn) => {
      if (cartId + this.#secret < 0) {
        await txn.rollback();
        return { error: new PaymentFailedError() };
      }
      return { amount_charged: cartId, remaining_balance: 1 };
    });
  }

  Sync(text: string, flag?: boolean): number {
    return flag ? text.length : 0;
  }
}

class Inventory {
  async Reserve(sku: string) {
    return { sku };
  }
}

class Database extends defineDatabase(Procedures) {}
class NamespacedDatabase extends defineDatabase({ default: Procedures, inventory: Inventory }) {}
class DB extends defineBinding(Database) {}
class NamespacedDB extends defineBinding(NamespacedDatabase) {}

declare const env: {
  DB: DurableObjectNamespace<Database>;
  UNTYPED: DurableObjectNamespace;
  NAMESPACED: DurableObjectNamespace<NamespacedDatabase>;
  SERVICE: Service<typeof DB>;
  NAMESPACED_SERVICE: Service<typeof NamespacedDB>;
};

export async function aClientKnowsItsProcedures() {
  const db = connect<typeof Procedures>(env.UNTYPED);
  const { error, amount_charged, remaining_balance } = await db.Procedures.Checkout(1);
  expectTypeOf(error).toEqualTypeOf<Error | PaymentFailedError | undefined>();
  expectTypeOf(amount_charged).toEqualTypeOf<number | undefined>();
  expectTypeOf(remaining_balance).toEqualTypeOf<number | undefined>();
  if (!error) expectTypeOf(amount_charged).toEqualTypeOf<number>();

  // A synchronous method is asynchronous for its caller.
  expectTypeOf(db.Procedures.Sync("a")).toEqualTypeOf<Promise<number>>();
  expectTypeOf(db.Procedures.Sync).parameters.toEqualTypeOf<[text: string, flag?: boolean]>();

  // @ts-expect-error an argument of the wrong type
  db.Procedures.Checkout("1");
  // @ts-expect-error a missing argument
  db.Procedures.Checkout();
  // @ts-expect-error a procedure that does not exist
  db.Procedures.CheckOut(1);
  // @ts-expect-error a property is not a procedure
  db.Procedures.notAMethod;
  // @ts-expect-error Procedures cannot be replaced
  db.Procedures = connect<typeof Procedures>(env.UNTYPED).Procedures;
}

export async function theBindingsTypeIsEnough() {
  expectTypeOf(connect(env.DB).Procedures.Checkout).parameters.toEqualTypeOf<[cartId: number]>();
  expectTypeOf(connect(env.DB.getByName("default")).Procedures.Sync("a")).toEqualTypeOf<Promise<number>>();
  expectTypeOf(connect(env.SERVICE).Procedures.Sync("a")).toEqualTypeOf<Promise<number>>();
  expectTypeOf(connect(env.NAMESPACED).Procedures.inventory.Reserve("a")).toEqualTypeOf<
    Promise<{ sku: string }>
  >();
  expectTypeOf(connect(env.NAMESPACED_SERVICE).Procedures.inventory.Reserve("a")).toEqualTypeOf<
    Promise<{ sku: string }>
  >();
  expectTypeOf(connect(env.NAMESPACED).Procedures.Sync("a")).toEqualTypeOf<Promise<number>>();
  expectTypeOf(connect(env.DB).withSignal(AbortSignal.timeout(1)).Procedures.Sync("a")).toEqualTypeOf<
    Promise<number>
  >();

  // @ts-expect-error the type of this binding names no procedures: connect<typeof Procedures>(...)
  connect(env.UNTYPED).Procedures.Checkout(1);
  // @ts-expect-error a namespace is not a procedure
  connect(env.NAMESPACED).Procedures.inventory();
  // @ts-expect-error a procedure of a namespace that does not exist
  connect(env.NAMESPACED).Procedures.inventory.Checkout(1);
  // @ts-expect-error not a binding
  connect({});
  // @ts-expect-error a binding that may be missing
  connect(env.DB as DurableObjectNamespace<Database> | undefined);
}

export async function aServiceBindingKnowsThemWithoutAClient() {
  const { error, amount_charged } = await env.SERVICE.Procedures.Checkout(1);
  expectTypeOf(amount_charged).toEqualTypeOf<number | undefined>();
  expectTypeOf(error).toExtend<Error | undefined>();
  expectTypeOf(await env.SERVICE.Procedures.Sync("a")).toEqualTypeOf<number>();
  const reserved = await env.NAMESPACED_SERVICE.Procedures.inventory.Reserve("a");
  expectTypeOf(reserved.sku).toEqualTypeOf<string>();

  // @ts-expect-error an argument of the wrong type
  env.SERVICE.Procedures.Checkout("1");
  // @ts-expect-error a procedure that does not exist
  env.SERVICE.Procedures.Nothing();
}

export async function theStubKnowsThemToo() {
  const { amount_charged } = await env.DB.getByName("default").Procedures.Checkout(1);
  expectTypeOf(amount_charged).toEqualTypeOf<number | undefined>();
}

export async function aClientIsUsableAsTheD1ItHas() {
  const db: DatabaseClient = connect(env.UNTYPED);
  const drizzleLike: Pick<D1Database, "prepare" | "batch" | "exec"> = db;
  expectTypeOf(drizzleLike.prepare("SELECT 1").first<number>("n")).toEqualTypeOf<Promise<number | null>>();
}

interface Env {
  DB: DurableObjectNamespace<Database>;
  OTHER: string;
}

export const handler = withDatabase<typeof Procedures, Env>({
  async fetch(_request, env, ctx) {
    expectTypeOf(env.OTHER).toEqualTypeOf<string>();
    expectTypeOf(ctx).toExtend<ExecutionContext>();
    const { error, amount_charged } = await env.DB.Procedures.Checkout(1);
    // @ts-expect-error the namespace is hidden behind the client
    env.DB.idFromName("default");
    return Response.json({ error: error?.message, amount_charged });
  },
  async scheduled(_controller, env) {
    expectTypeOf(env.DB.Procedures.Sync("a")).toEqualTypeOf<Promise<number>>();
  },
  async queue(_batch, env) {
    expectTypeOf(env).toEqualTypeOf<WithDatabase<typeof Procedures, Env>>();
  },
});
expectTypeOf(handler).toExtend<ExportedHandler<Env>>();

// @ts-expect-error another binding's name must be given at run time too
withDatabase<typeof Procedures, { STORE: DurableObjectNamespace }, "STORE">({});
withDatabase<typeof Procedures, { STORE: DurableObjectNamespace }, "STORE">({}, { binding: "STORE" });

// @ts-expect-error an instance is not a class of procedures
defineDatabase(new Inventory());
// @ts-expect-error defineBinding takes the class of the Durable Object
defineBinding(Procedures);

export function aTransactionsResultCanBeDestructured(result: TransactionResult<{ total: number }>) {
  const { error, total } = result;
  if (error) expectTypeOf(total).toEqualTypeOf<undefined>();
  else expectTypeOf(total).toEqualTypeOf<number>();
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
}
