import { env, exports } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { applyMigrations, callProcedure, isolateDatabase } from "d1-procedures/testing";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, describe, expect, it } from "vitest";
import Procedures from "../src/procedures";
import { account, entry } from "../src/schema";

isolateDatabase(env.DB); // what a test writes is undone after it
const db = connect(env.DB);
const orm = drizzle(db);
const { Open, Transfer, PayAll } = db.Procedures;

const [ada, grace, nobody] = [1, 2, 3];

beforeAll(async () => {
  await applyMigrations(env.DB, env.MIGRATIONS);
  await Open("Ada", 100);
  await Open("Grace", 20);
});

/** The balances, and how many entries there are. */
const state = async () => [
  ...(await orm.select({ balance: account.balance }).from(account)).map(({ balance }) => balance),
  await orm.$count(entry),
];
const asItWas = [100, 20, 2];

describe("Transfer", () => {
  it("gives nothing when there is not enough to take", async () => {
    const { error } = await Transfer(grace, ada, 70, "rent");
    expect(error).toMatchObject({ code: "NOT_ENOUGH_MONEY", message: "Grace has 20." });
    expect(await state()).toEqual(asItWas);
  });

  it.each([0, -1, 0.5, Number.NaN])("refuses an amount of %d", async (amount) => {
    expect((await Transfer(ada, grace, amount, "rent")).error).toMatchObject({ code: "INVALID_AMOUNT" });
  });

  it.each([1, 2, 3, 4, 5, 6])("moves nothing when its statement %i fails", async (throwAtStatement) => {
    const args: Parameters<typeof Transfer> = [ada, grace, 70, "rent"];
    const { error } = await callProcedure(Procedures, "Transfer", args, { faults: { throwAtStatement } });
    expect(error).toBeDefined();
    expect(await state()).toEqual(asItWas);
  });

  it("moves money, with an entry on both sides", async () => {
    expect(await Transfer(ada, grace, 70, "rent")).toEqual({ balance: 30 });
    expect(await state()).toEqual([30, 90, 4]);
  });

  it("never overdraws, however many run at once", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => Transfer(ada, grace, 30, "rent")));
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(3);
    expect((await state()).slice(0, 2)).toEqual([10, 110]);
  });
});

it("PayAll makes the payments that can be made", async () => {
  const wages = [
    { to: grace, amount: 60, text: "wage" },
    { to: nobody, amount: 30, text: "wage" },
    { to: grace, amount: 50, text: "bonus" },
    { to: grace, amount: 10, text: "bonus" },
  ];
  const refused = [
    { to: nobody, reason: "There is no account 3." },
    { to: grace, reason: "Ada has 40." },
  ];
  expect(await PayAll(ada, wages)).toEqual({ paid: 2, refused });
  expect(await state()).toEqual([30, 90, 6]);
});

it("no code can overdraw an account", async () => {
  await expect(orm.update(account).set({ balance: -1 })).rejects.toMatchObject({
    cause: { message: expect.stringContaining("CHECK constraint failed: not_overdrawn") },
  });
});

describe("the API", () => {
  const get = (path: string, token: string) =>
    exports.default.fetch(`http://bank${path}`, { headers: { authorization: `Bearer ${token}` } });

  it.each(["/accounts/1", "/client/v4/accounts/local/d1/database"])(
    "%s is closed without the token",
    async (path) => {
      expect((await get(path, "wrong")).status).toBe(401);
    },
  );

  it("shows an account with its entries", async () => {
    const response = await get("/accounts/1", "token-of-the-tests");
    expect(await response.json()).toEqual({
      owner: "Ada",
      balance: 100,
      entries: [{ amount: 100, text: "deposit" }],
    });
  });
});
