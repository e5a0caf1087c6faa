import type { Element, Key } from "../checker/history.ts";
import { Random } from "../random.ts";
import type { BatchCall, Bracket, Call, CallStep, TransactionCall } from "./calls.ts";

export interface PlanOptions {
  seed: number;
  calls: number;
  clients: number;
  /** Of a thousand calls so many end the object, one in the middle in any case. Default: none. */
  crashesPerThousand?: number;
}

/** So many keys are in use at a time: few, so that transactions get in each other's way. */
const activeKeys = 4;
/** A list that has become so long is replaced by a new one: whoever reads it reads all of it. */
const maxElements = 24;

/** The calls of each client, one after another. A seed gives the same ones again. */
export function planCalls({ seed, calls, clients, crashesPerThousand = 0 }: PlanOptions): Call[][] {
  const planner = new Planner(new Random(seed), crashesPerThousand / 1_000);
  const plan: Call[][] = Array.from({ length: clients }, () => []);
  const middle = crashesPerThousand > 0 ? Math.floor(calls / 2) : undefined;
  for (let n = 0; n < calls; n++) plan[n % clients]!.push(n === middle ? { call: "crash" } : planner.call());
  return plan;
}

/** The same without what makes transactions of them. */
export function withoutTransactions(plan: readonly Call[][]): Call[][] {
  return plan.map((calls) =>
    calls.map((call) => (call.call === "transaction" ? { ...call, bracket: "none" } : call)),
  );
}

/** Every key that a plan touches. */
export function keysOf(plan: readonly Call[][]): Key[] {
  const keys = new Set<Key>();
  const visit = (step: Call | CallStep) => {
    if ("key" in step) keys.add(step.key);
    if ("steps" in step) for (const inner of step.steps) visit(inner as CallStep);
  };
  for (const call of plan.flat()) visit(call);
  return [...keys].sort((a, b) => a - b);
}

class Planner {
  readonly #random: Random;
  readonly #crashChance: number;
  readonly #keys: { key: Key; elements: number }[] = [];
  #nextKey = 1;

  constructor(random: Random, crashChance: number) {
    this.#random = random;
    this.#crashChance = crashChance;
    for (let n = 0; n < activeKeys; n++) this.#keys.push({ key: this.#nextKey++, elements: 0 });
  }

  call(): Call {
    // The other half of the crashes comes in the middle of transactions.
    if (this.#random.chance(this.#crashChance / 2)) return { call: "crash" };
    return this.#random.weighted<() => Call>([
      [60, () => this.#transaction()],
      [12, () => this.#batch()],
      [16, () => ({ call: "read", key: this.#key() })],
      [10, () => ({ call: "append", ...this.#append() })],
    ])();
  }

  #batch(): BatchCall {
    const steps = Array.from({ length: this.#random.between(1, 4) }, () =>
      this.#random.chance(0.5)
        ? ({ do: "append", ...this.#append() } as const)
        : ({ do: "read", key: this.#key() } as const),
    );
    return { call: "batch", steps, fails: this.#random.chance(0.15) };
  }

  #transaction(): TransactionCall {
    const random = this.#random;
    const bracket = random.weighted<Bracket>([
      [3, "db.transaction()"],
      [1, "BEGIN"],
    ]);
    const steps = this.#steps(random.between(1, 6), bracket, 0);
    if (random.chance(this.#crashChance / 2)) {
      steps.splice(random.between(0, steps.length), 0, { do: "crash" });
    }
    return {
      call: "transaction",
      bracket,
      steps,
      ends: random.chance(0.15) ? "throws" : "returns",
      ...(bracket === "db.transaction()" && random.chance(0.12) && { timeoutMs: random.between(2, 8) }),
      ...(random.chance(0.05) && { cancelAfterMs: random.between(0, 10) }),
    };
  }

  #steps(operations: number, bracket: Bracket, depth: number): CallStep[] {
    const random = this.#random;
    const steps: CallStep[] = [];
    for (let n = 0; n < operations; n++) {
      if (random.chance(0.4)) steps.push(this.#wait());
      if (depth === 0 && random.chance(0.04)) steps.push({ do: "commit" });
      // ROLLBACK as SQL ends the transaction.
      if (bracket === "db.transaction()" && random.chance(0.04)) steps.push({ do: "roll back" });
      if (random.chance(0.015)) steps.push({ do: "pin" });
      // After BEGIN as SQL, whatever its db is asked belongs to the transaction.
      if (bracket === "db.transaction()" && random.chance(0.15)) {
        steps.push({ do: "read beside", key: this.#key() });
      }
      if (depth < 2 && random.chance(0.15)) {
        const inner = this.#steps(random.between(1, 3), bracket, depth + 1);
        steps.push({ do: "block", steps: inner, ends: random.chance(0.5) ? "throws" : "returns" });
      } else if (random.chance(0.5)) {
        steps.push({ do: "read", key: this.#key() });
      } else {
        const waitMs = random.chance(0.5) ? random.between(0, 2) : undefined;
        const how = random.chance(0.5)
          ? ({ how: "statement" } as const)
          : ({ how: "read and write", ...(waitMs !== undefined && { waitMs }) } as const);
        steps.push({ do: "append", ...this.#append(), ...how });
      }
    }
    if (random.chance(0.3)) steps.push(this.#wait());
    return steps;
  }

  #wait(): CallStep {
    return { do: "wait", ms: this.#random.between(0, 3) };
  }

  #key(): Key {
    return this.#random.pick(this.#keys).key;
  }

  #append(): { key: Key; element: Element } {
    const index = this.#random.between(0, this.#keys.length - 1);
    const list = this.#keys[index]!;
    list.elements++;
    if (list.elements === maxElements) this.#keys[index] = { key: this.#nextKey++, elements: 0 };
    return { key: list.key, element: list.elements };
  }
}
