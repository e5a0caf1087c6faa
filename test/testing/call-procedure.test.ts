import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import migration from "../../migrations/0001_shop.sql?raw";
import Shop from "../../procedures/index.ts";
import seedOfShop from "../../procedures/seed.sql?raw";
import { connect } from "../../src/client/connect.ts";
import type { ProcedureContext, ProcedureDatabase } from "../../src/procedures.ts";
import { databaseTarget } from "../../src/testing/database-target.ts";
import { callProcedure, delayCalls, seed } from "../../src/testing/index.ts";
import { IsolatedDatabase } from "../../src/testing/isolation/isolated-database.ts";
import { Gate } from "../support/gate.ts";

class NotEnoughError extends Error {
  constructor(readonly left: number) {
    super(`Only ${left} left`);
  }
}

/** Procedures that no Worker deploys. */
class Stock {
  readonly #db: ProcedureDatabase;
  readonly #env: { WAREHOUSE: { confirm(sku: string): Promise<string> } };
  readonly #ctx: ProcedureContext;

  constructor(db: ProcedureDatabase, env: Stock["Env"], ctx: ProcedureContext) {
    this.#db = db;
    this.#env = env;
    this.#ctx = ctx;
  }

  declare Env: { WAREHOUSE: { confirm(sku: string): Promise<string> } };

  async Take(sku: string, count: number) {
    return this.#db.transaction(
      async () => {
        const left = await this.#db.prepare("SELECT n FROM stock WHERE sku = ?").bind(sku).first<number>("n");
        if (left! < count) throw new NotEnoughError(left!);
        await this.#db.prepare("UPDATE stock SET n = n - ? WHERE sku = ?").bind(count, sku).run();
        const receipt = await this.#env.WAREHOUSE.confirm(sku);
        await this.#db.prepare("INSERT INTO taken VALUES (?, ?)").bind(sku, receipt).run();
        return { receipt, left: left! - count };
      },
      { onError: "throw" },
    );
  }

  async Note(sku: string) {
    await this.#db.prepare("INSERT INTO taken VALUES (?, 'noted')").bind(sku).run();
    return this.#ctx.callId;
  }

  async Batch() {
    const note = this.#db.prepare("INSERT INTO taken VALUES (?, 'batch')");
    await this.#db.batch([note.bind("a"), note.bind("b"), note.bind("c")]);
  }
}

const warehouse = { confirm: async (sku: string) => `receipt of ${sku}` };

async function stock() {
  const name = crypto.randomUUID();
  await seed(
    env.DB,
    `CREATE TABLE stock (sku TEXT PRIMARY KEY, n INT);
     CREATE TABLE taken (sku TEXT, receipt TEXT);
     INSERT INTO stock VALUES ('socks', 3);`,
    { name },
  );
  const db = connect(env.DB, { name });
  return {
    options: { database: env.DB, name, env: { WAREHOUSE: warehouse } },
    state: () =>
      db
        .prepare("SELECT n, (SELECT count(*) FROM taken) AS taken FROM stock")
        .first<{ n: number; taken: number }>(),
  };
}

const untouched = { n: 3, taken: 0 };

describe("callProcedure()", () => {
  it("gives the very error that the procedure throws, of its own class", async () => {
    const { options, state } = await stock();
    const error = await callProcedure(Stock, "Take", ["socks", 9], options).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(NotEnoughError);
    expect(error.left).toBe(3);
    expect(await state()).toEqual(untouched);
  });

  it("refuses names that are no procedure's", async () => {
    const { options } = await stock();
    const call = callProcedure(Stock, "Tkae" as "Take", ["socks", 1], options);
    await expect(call).rejects.toThrow('No procedure is called "Tkae". There are: Batch, Note, Take.');
  });

  it("refuses faults that are counted from zero", async () => {
    const { options } = await stock();
    const call = callProcedure(Stock, "Take", ["socks", 1], { ...options, faults: { throwAtStatement: 0 } });
    await expect(call).rejects.toThrow("faults.throwAtStatement counts from 1, and is not 0");
  });

  it("runs a class of the test's own beside a real database, with an env of its own", async () => {
    const { options, state } = await stock();
    const result = await callProcedure(Stock, "Take", ["socks", 2], options);
    expect(result).toEqual({ receipt: "receipt of socks", left: 1 });
    expect(await state()).toEqual({ n: 1, taken: 1 });
  });

  it("shares the mutex with all other writers of the database", async () => {
    const { options, state } = await stock();
    const takes = Array.from({ length: 3 }, () => callProcedure(Stock, "Take", ["socks", 1], options));
    expect((await Promise.all(takes)).map(({ left }) => left).sort()).toEqual([0, 1, 2]);
    expect(await state()).toEqual({ n: 0, taken: 3 });
  });

  it("leaves the other bindings of the procedure's env as they are", async () => {
    const name = crypto.randomUUID();
    await seed(env.SHOP, migration + seedOfShop, { name });
    const on = { database: env.SHOP, name };
    const { cart_id } = await callProcedure(Shop, "AddToCart", [1, 1, 1], on);
    const { error, amount_charged } = await callProcedure(Shop, "Checkout", [cart_id!], on);
    expect([error, amount_charged]).toEqual([undefined, 450]);
  });

  it("is undone with the test, whatever it did", async () => {
    const { options, state } = await stock();
    const database = IsolatedDatabase.of(databaseTarget(env.DB, options));
    await database.inLevel(
      async () => {
        await callProcedure(Stock, "Take", ["socks", 2], options);
        expect(await state()).toEqual({ n: 1, taken: 1 });
      },
      { concurrent: false },
    );
    expect(await state()).toEqual(untouched);
  });
});

describe("A fault", () => {
  it.each([1, 2, 3])("at statement %i undoes the whole transaction", async (throwAtStatement) => {
    const { options, state } = await stock();
    const call = callProcedure(Stock, "Take", ["socks", 1], { ...options, faults: { throwAtStatement } });
    await expect(call).rejects.toThrow(`A fault was injected at statement ${throwAtStatement}: `);
    expect(await state()).toEqual(untouched);
  });

  it("at a statement that there is not does nothing", async () => {
    const { options, state } = await stock();
    await callProcedure(Stock, "Take", ["socks", 1], { ...options, faults: { throwAtStatement: 4 } });
    expect(await state()).toEqual({ n: 2, taken: 1 });
  });

  it("in the middle of a batch, with an error of the test's own, leaves nothing of the batch", async () => {
    const { options, state } = await stock();
    const error = new Error("disk full");
    const call = callProcedure(Stock, "Batch", [], { ...options, faults: { throwAtStatement: 2, error } });
    expect(await call.catch((thrown) => thrown)).toBe(error);
    expect(await state()).toEqual(untouched);
  });
});

describe("A crash", () => {
  const crashed = "The database object crashed, as callProcedure() was told.";

  it.each([
    ["before the commit of a transaction", "Take", { crashBeforeCommit: true }],
    ["at the last statement of a transaction", "Take", { crashAtStatement: 3 }],
    ["before the commit of a write outside of any", "Note", { crashBeforeCommit: true }],
    ["at a write outside of any", "Note", { crashAtStatement: 1 }],
    ["before the commit of a batch", "Batch", { crashBeforeCommit: true }],
  ] as const)("%s leaves nothing, and the object starts again", async (_, method, faults) => {
    const { options, state } = await stock();
    const args = { Take: ["socks", 1], Note: ["socks"], Batch: [] }[method] as never;
    const call = callProcedure(Stock, method, args, { ...options, faults });
    await expect(call).rejects.toThrow(crashed);
    expect(await state()).toEqual(untouched);
    await callProcedure(Stock, "Take", ["socks", 1], options);
    expect(await state()).toEqual({ n: 2, taken: 1 });
  });

  it("in an isolated test is no call that the test would wait for", async () => {
    const { options, state } = await stock();
    const database = IsolatedDatabase.of(databaseTarget(env.DB, options));
    await database.inLevel(
      async () => {
        await callProcedure(Stock, "Note", ["before"], options);
        const call = callProcedure(Stock, "Take", ["socks", 1], {
          ...options,
          faults: { crashBeforeCommit: true },
        });
        await expect(call).rejects.toThrow(crashed);
        expect(await state()).toEqual({ n: 3, taken: 1 });
      },
      { concurrent: false },
    );
    expect(await state()).toEqual(untouched);
  });
});

describe("A service of the test's own", () => {
  it("keeps a procedure waiting while readers go on", async () => {
    const { options, state } = await stock();
    const gate = new Gate();
    const confirm = async () => {
      await gate.pass();
      return "late";
    };
    const call = callProcedure(Stock, "Take", ["socks", 1], { ...options, env: { WAREHOUSE: { confirm } } });
    await gate.reached();
    expect(await state()).toEqual(untouched);
    gate.open();
    expect(await call).toEqual({ receipt: "late", left: 2 });
    expect(await state()).toEqual({ n: 2, taken: 1 });
  });
});

describe("delayCalls()", () => {
  it("lets what was called later come first", async () => {
    const order: string[] = [];
    const delayed = delayCalls(warehouse, 20).confirm("delayed");
    const direct = warehouse.confirm("direct");
    await Promise.all([delayed, direct].map((call) => call.then((receipt) => order.push(receipt))));
    expect(order).toEqual(["receipt of direct", "receipt of delayed"]);
  });

  it("delays a binding's own methods", async () => {
    const delayed = delayCalls(env.PAYMENT_API, 1);
    const response = await delayed.fetch("https://payment-api/charges/none");
    expect(response.status).toBe(404);
    await response.body?.cancel();
  });

  it("is awaited as the service that it is", async () => {
    const delayed = delayCalls(warehouse, 1);
    expect(await delayed).toBe(delayed);
  });
});
