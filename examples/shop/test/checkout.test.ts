import { env, exports } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { applyMigrations, callProcedure, isolateDatabase } from "d1-procedures/testing";
import { beforeAll, describe, expect, it, vi } from "vitest";
import Procedures from "../src/procedures";

isolateDatabase(env.DB); // what a test writes is undone after it
const db = connect(env.DB);
const { Deliver, OpenCart, Checkout } = db.Procedures;

/** A provider that answers with these, one after another, and the last one from then on. */
function provider(...answers: (() => Response)[]) {
  const fetch = vi.fn(async (_url: string, _request: RequestInit) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer!();
  });
  const keys = () => fetch.mock.calls.map(([, { headers }]) => new Headers(headers).get("idempotency-key"));
  return { fetch, keys };
}
const accepting = () => provider(() => Response.json({ id: "charge-1" }));
const declining = () => provider(() => Response.json({ reason: "No money." }, { status: 402 }));
const failing = () => new Response("", { status: 500 });

const checkout = (payments: object, faults = {}) =>
  callProcedure(Procedures, "Checkout", [1], { env: { PAYMENTS: payments }, faults });

const stock = () => db.prepare("SELECT stock FROM product WHERE sku = 'pen'").first("stock");
const purchases = () => db.prepare("SELECT count(*) FROM purchase").first("count(*)");
const expectNothingSold = async () => expect([await stock(), await purchases()]).toEqual([3, 0]);

beforeAll(async () => {
  await applyMigrations(env.DB, env.MIGRATIONS);
  await Deliver("pen", 2_000, 3);
  await OpenCart("ada", { pen: 2 });
});

describe("Checkout", () => {
  it("puts the goods back when the payment is declined, and keeps a note of it", async () => {
    const { error } = await checkout(declining());
    expect(error).toMatchObject({ code: "PAYMENT_DECLINED", message: "No money." });
    await expectNothingSold();
    expect(await db.prepare("SELECT reason FROM declined_payment").raw()).toEqual([["No money."]]);
  });

  it.each([1, 2, 3, 4, 5])("sells nothing when its statement %i fails", async (throwAtStatement) => {
    const { error } = await checkout(accepting(), { throwAtStatement });
    expect(error).toBeDefined();
    await expectNothingSold();
  });

  it("charges once when the answer of the provider gets lost", async () => {
    const payments = provider(failing, () => Response.json({ id: "charge-1" }));
    expect((await checkout(payments)).error).toMatchObject({ code: "PAYMENT_UNCERTAIN" });
    await expectNothingSold();
    expect(await checkout(payments)).toEqual({ cart_id: 1, amount: 4_000, charge_id: "charge-1" });
    const [first, second] = payments.keys();
    expect(second).toBe(first);
  });

  it("charges the price of the day on which the cart was opened", async () => {
    await Deliver("pen", 2_500, 0);
    expect(await checkout(accepting())).toMatchObject({ amount: 4_000 });
  });

  it("charges once when the machine dies after the charge", async () => {
    const payments = accepting();
    await expect(checkout(payments, { crashBeforeCommit: true })).rejects.toThrow("crashed");
    await expectNothingSold();
    await checkout(payments);
    const [first, second] = payments.keys();
    expect(second).toBe(first);
  });

  it("answers as the first time when it is called again", async () => {
    const payments = accepting();
    const purchase = await checkout(payments);
    expect(await checkout(payments)).toEqual(purchase);
    expect(payments.fetch).toHaveBeenCalledTimes(1);
    expect([await stock(), await purchases()]).toEqual([1, 1]);
  });

  it("sells what is there, however many buy at once", async () => {
    for (let card = 2; card <= 10; card++) await OpenCart(`card ${card}`, { pen: 1 });
    const carts = [2, 3, 4, 5, 6, 7, 8, 9, 10];
    const answers = await Promise.all(carts.map((cart) => Checkout(cart)));
    const refusals = answers.flatMap(({ error }) => error?.message ?? []);
    expect(refusals).toEqual(Array(6).fill("Not enough of pen: 0 left."));
    expect([await stock(), await purchases()]).toEqual([0, 3]);
  });

  it("lets others read while the payment takes its time", async () => {
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<Response>()];
    const slow = {
      fetch() {
        asked.resolve();
        return answer.promise;
      },
    };
    const buying = checkout(slow);
    await asked.promise; // the goods are off the shelf, and nobody sees it
    await expectNothingSold();
    answer.resolve(Response.json({ id: "charge-1" }));
    await buying;
    expect([await stock(), await purchases()]).toEqual([1, 1]);
  });
});

it("no code can sell more than there is", async () => {
  await expect(db.exec("UPDATE product SET stock = stock - 4")).rejects.toThrow("CHECK");
  await expectNothingSold();
});

describe("the API", () => {
  const post = (path: string, token: string) =>
    exports.default.fetch(`http://shop${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ card: "ada", items: { pencil: 1 } }),
    });

  it.each(["/carts", "/carts/1/checkout", "/procedures/Checkout"])(
    "%s is closed without the token",
    async (path) => {
      expect((await post(path, "wrong")).status).toBe(401);
      await expectNothingSold();
    },
  );

  it("refuses goods that the shop does not have", async () => {
    const response = await post("/carts", "token-of-the-tests");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: "There is no pencil.", code: "NO_SUCH_PRODUCT" });
  });

  it("sells a cart", async () => {
    const response = await post("/carts/1/checkout", "token-of-the-tests");
    expect(await response.json()).toMatchObject({ cart_id: 1, amount: 4_000 });
    expect(await stock()).toBe(1);
  });
});
