/** What `db.transaction()` resolves to. Checked by `tsc`; nothing here runs. */

import { expectTypeOf } from "vitest";
import type { ProcedureDatabase, Transaction, TransactionResult } from "../../src/index.ts";

declare const db: ProcedureDatabase;

class PaymentFailedError extends Error {
  readonly details = { reason: "declined" };
}

export async function anObject() {
  const result = await db.transaction(async () => ({ amount: 1, currency: "EUR" }));
  expectTypeOf(result).toEqualTypeOf<TransactionResult<{ amount: number; currency: string }>>();

  const { error, amount, currency } = result;
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
  expectTypeOf(amount).toEqualTypeOf<number | undefined>();
  expectTypeOf(currency).toEqualTypeOf<string | undefined>();

  if (result.error === undefined) {
    expectTypeOf(result.amount).toEqualTypeOf<number>();
    expectTypeOf(result.error).toEqualTypeOf<undefined>();
  } else {
    expectTypeOf(result.error).toEqualTypeOf<Error>();
    expectTypeOf(result.amount).toEqualTypeOf<undefined>();
  }
  // @ts-expect-error there is no such key in either case
  result.total;
}

export async function aUnionWithAnErrorOfItsOwn() {
  const { error, amount, balance } = await db.transaction(async (txn) => {
    if (Math.random() > 0.5) {
      await txn.rollback();
      return { error: new PaymentFailedError() };
    }
    return { amount: 1, balance: 2 };
  });
  expectTypeOf(error).toEqualTypeOf<PaymentFailedError | Error | undefined>();
  expectTypeOf(amount).toEqualTypeOf<number | undefined>();
  expectTypeOf(balance).toEqualTypeOf<number | undefined>();
  if (error === undefined) expectTypeOf(amount).toEqualTypeOf<number>();
  if (amount !== undefined) expectTypeOf(error).toEqualTypeOf<undefined>();
}

export async function aUnionOfSeveralShapes() {
  const result = await db.transaction(async () =>
    Math.random() > 0.5 ? { kind: "a" as const, a: 1 } : { kind: "b" as const, b: "x" },
  );
  const { error, kind, a, b } = result;
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
  expectTypeOf(kind).toEqualTypeOf<"a" | "b" | undefined>();
  expectTypeOf(a).toEqualTypeOf<number | undefined>();
  expectTypeOf(b).toEqualTypeOf<string | undefined>();
  if (result.kind === "a") expectTypeOf(result.a).toEqualTypeOf<number>();
}

export async function nothing() {
  const { error } = await db.transaction(async () => {});
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
  const thrown = await db.transaction(async () => {}, { onError: "throw" });
  expectTypeOf(thrown).toEqualTypeOf<void>();
}

export async function aDeclaredUnion() {
  type Receipt = { amount: number };
  const { error, amount } = await db.transaction(
    async (): Promise<Receipt | { error: PaymentFailedError }> => ({ amount: 1 }),
  );
  expectTypeOf(error).toEqualTypeOf<PaymentFailedError | Error | undefined>();
  expectTypeOf(amount).toEqualTypeOf<number | undefined>();
}

export async function maybeNothing() {
  const { error, amount } = await db.transaction(async () =>
    Math.random() > 0.5 ? { amount: 1 } : undefined,
  );
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
  expectTypeOf(amount).toEqualTypeOf<number | undefined>();
}

export async function aPrimitive() {
  const result = await db.transaction(async () => 7);
  expectTypeOf(result).toExtend<number | { error: Error }>();
  expectTypeOf<number | { error: Error }>().toExtend<typeof result>();
  if (typeof result === "number") expectTypeOf(result).toEqualTypeOf<number>();
  else expectTypeOf(result.error).toEqualTypeOf<Error>();

  const maybe = await db.transaction(() => db.prepare("SELECT 1 AS n").first<number>("n"));
  expectTypeOf(maybe).toExtend<number | null | { error: Error }>();
}

export async function aSynchronousCallback() {
  const { error, n } = await db.transaction(() => ({ n: 1 }));
  expectTypeOf(error).toEqualTypeOf<Error | undefined>();
  expectTypeOf(n).toEqualTypeOf<number | undefined>();
}

export async function onErrorThrow() {
  const value = await db.transaction(async () => ({ n: 1 }), { onError: "throw" });
  expectTypeOf(value).toEqualTypeOf<{ n: number }>();
  const plain = await db.transaction(async () => 7, { onError: "throw", timeoutMs: 100 });
  expectTypeOf(plain).toEqualTypeOf<number>();
  const returned = await db.transaction(async () => ({ n: 1 }), { onError: "return" });
  expectTypeOf(returned.error).toEqualTypeOf<Error | undefined>();
}

export function options() {
  // @ts-expect-error not an option
  db.transaction(() => 1, { timeout: 1 });
  // @ts-expect-error neither "return" nor "throw"
  db.transaction(() => 1, { onError: "ignore" });
  // @ts-expect-error a promise is no callback
  db.transaction(Promise.resolve(1));
  db.transaction(() => 1, { timeoutMs: 1, signal: AbortSignal.timeout(1), onError: "return" });
}

export function theHandle(txn: Transaction) {
  expectTypeOf(txn.commit).returns.toEqualTypeOf<Promise<void>>();
  expectTypeOf(txn.rollback).returns.toEqualTypeOf<Promise<void>>();
  expectTypeOf(txn.signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(txn.prepare("")).toEqualTypeOf<D1PreparedStatement>();
  // @ts-expect-error a nested transaction is opened by db
  txn.transaction(() => 1);
}
