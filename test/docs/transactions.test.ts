import { describe, expect, it } from "vitest";
import page from "../../docs/transactions.md?raw";
import { defaultTransactionTimeoutMs, maxTransactionTimeoutMs } from "../../src/limits.ts";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { type Payments, Transfers } from "./transactions/transfers.ts";
import source from "./transactions/transfers.ts?raw";

describe("docs/transactions.md", () => {
  everySnippetRuns(page, { "transfers.ts": source });

  it("tells the limits of timeoutMs", () => {
    const comma = (value: number) => value.toLocaleString("en");
    expect(page).toContain(`| \`timeoutMs\` | ${comma(defaultTransactionTimeoutMs)} |`);
    expect(page).toContain(`at most ${comma(maxTransactionTimeoutMs)}.`);
  });
});

const schema = `
  CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER NOT NULL CHECK (balance BETWEEN 0 AND 1000));
  CREATE TABLE used_coupon (coupon TEXT PRIMARY KEY);
  CREATE TABLE top_up (order_id TEXT PRIMARY KEY, charge_id TEXT NOT NULL, at TEXT NOT NULL);
  INSERT INTO account VALUES (1, 'Ada', 100), (2, 'Grace', 20);
`;

const noPayments: Payments = { charge: () => Promise.reject(new Error("nobody pays here")) };

async function open(database: TestDatabase, payments = noPayments): Promise<Transfers> {
  await database.db().exec(schema);
  return new Transfers(database.db(), { PAYMENTS: payments });
}

const balances = (database: TestDatabase) => database.column("SELECT balance FROM account ORDER BY id");

describe("the transfer of docs/transactions.md", () => {
  it(
    "is undone by a CHECK and by a rollback, and is done otherwise",
    inDatabase(async (database) => {
      const transfers = await open(database);
      const { error } = await transfers.Transfer(1, 2, 150);
      expect(error?.message).toContain("CHECK constraint failed");
      expect((await transfers.Transfer(1, 3, 50)).error?.message).toBe("There is no account 3.");
      expect(await balances(database)).toEqual([100, 20]);
      expect(await transfers.Transfer(1, 2, 70)).toEqual({ moved: 70 });
      expect(await balances(database)).toEqual([30, 90]);
    }),
  );
});

describe("the interest of docs/transactions.md", () => {
  it(
    "keeps what was committed when a later account fails",
    inDatabase(async (database) => {
      const transfers = await open(database);
      const accounts = Array.from({ length: 130 }, (_, index) => `(${index + 3}, 'x', 100)`);
      await database
        .db()
        .exec(
          `INSERT INTO account VALUES ${accounts.join()}; UPDATE account SET balance = 1000 WHERE id = 120;`,
        );
      const { error } = await transfers.PayInterest(10);
      expect(error?.message).toContain("CHECK constraint failed");
      expect(await database.column("SELECT balance FROM account WHERE id IN (99, 100, 101, 119)")).toEqual([
        110, 110, 100, 100,
      ]);
      await database.db().exec("UPDATE account SET balance = 0 WHERE id = 120");
      expect(await transfers.PayInterest(1)).toEqual({ accounts: 132 });
    }),
  );
});

describe("the coupon of docs/transactions.md", () => {
  it(
    "gives its bonus once, and an account each time",
    inDatabase(async (database) => {
      const transfers = await open(database);
      expect(await transfers.OpenWithCoupon("Joan", "C1")).toEqual({ id: 3, gotBonus: true });
      expect(await transfers.OpenWithCoupon("Mary", "C1")).toEqual({ id: 4, gotBonus: false });
      expect(await balances(database)).toEqual([100, 20, 500, 0]);
    }),
  );
});

describe("the top-up of docs/transactions.md", () => {
  it(
    "lets readers go on during the charge, and charges once for an order",
    inDatabase(async (database) => {
      const charged: string[] = [];
      const transfers = await open(database, {
        charge: async (_amount, key) => {
          expect(await balances(database)).toEqual([100, 20]);
          await scheduler.wait(1);
          charged.push(key);
          return { id: `charge of ${key}` };
        },
      });
      expect(await transfers.TopUp(1, 50, "order 1")).toEqual({ chargeId: "charge of order 1" });
      expect(await transfers.TopUp(1, 50, "order 1")).toEqual({ chargeId: "charge of order 1" });
      expect(charged).toEqual(["order 1"]);
      expect(await balances(database)).toEqual([150, 20]);
    }),
  );

  it(
    "is undone when the charge fails, and done by the next attempt with the same key",
    inDatabase(async (database) => {
      const keys: string[] = [];
      const transfers = await open(database, {
        charge: async (_amount, key) => {
          keys.push(key);
          await scheduler.wait(1);
          if (keys.length === 1) throw new Error("no answer");
          return { id: "charge" };
        },
      });
      expect((await transfers.TopUp(1, 50, "order 1")).error?.message).toBe("no answer");
      expect(await balances(database)).toEqual([100, 20]);
      expect(await transfers.TopUp(1, 50, "order 1")).toEqual({ chargeId: "charge" });
      expect(keys).toEqual(["order 1", "order 1"]);
      expect(await balances(database)).toEqual([150, 20]);
    }),
  );
});

describe("the transaction as SQL text of docs/transactions.md", () => {
  it(
    "commits all but what its savepoint has taken back",
    inDatabase(async (database) => {
      const transfers = await open(database);
      await transfers.MoveInText(1, 2, 30);
      expect(await balances(database)).toEqual([70, 50]);
    }),
  );
});

describe("pinned transactions, as docs/transactions.md tells them,", () => {
  /** Whether readers wait while a transaction that has written this, and read, waits for something outside. */
  async function pins(database: TestDatabase, write: string): Promise<boolean> {
    await database
      .db()
      .exec("CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP, x REAL)");
    await database.db().exec("INSERT INTO note (id) VALUES (1)");
    const db = database.db();
    let hasRead = false;
    const { readDuring } = await db.transaction(async () => {
      await db.prepare(write).run();
      await db.prepare("SELECT * FROM note").all();
      const read = database.query("SELECT 1").then(() => {
        hasRead = true;
      });
      // Many turns of the event loop: the first lets go of the database, if anything does.
      for (let turn = 0; turn < 20 && !hasRead; turn++) await scheduler.wait(1);
      void read;
      return { readDuring: hasRead };
    });
    return !readDuring;
  }

  it.each([
    ["INSERT INTO note (id) VALUES (2)", false],
    ["INSERT INTO note (x) VALUES (random()) RETURNING x", false],
    ["UPDATE note SET x = 1", false],
    ["UPDATE note SET at = CURRENT_TIMESTAMP", false],
    ["INSERT INTO note (id, x) VALUES (1, random()) ON CONFLICT (id) DO UPDATE SET x = excluded.x", false],
    ["INSERT INTO note (x) VALUES (random()), (random())", true],
    ["UPDATE note SET id = 2, at = datetime('now')", true],
  ])("after %s: %s", (write, isPinned) =>
    inDatabase(async (database) => {
      expect(await pins(database, write)).toBe(isPinned);
    })(),
  );
});
