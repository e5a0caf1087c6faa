import { env, exports } from "cloudflare:workers";
import { applyMigrations, isolateDatabase } from "d1-procedures/testing";
import { beforeAll, expect, it } from "vitest";
import website from "../website/index";

isolateDatabase(env.DB); // what a test writes is undone after it
beforeAll(() => applyMigrations(env.DB, env.MIGRATIONS));

/** A request to the second Worker, whose bindings lead to the first one's entrypoints. */
async function ask(path: string, init?: RequestInit) {
  const bindings = { DB: exports.DB, API: exports.default };
  const response = await website.fetch(new Request(`http://theatre${path}`, init), bindings);
  return { status: response.status, body: await response.json() };
}
const book = (guest: string, ...seats: string[]) =>
  ask("/bookings", { method: "POST", body: JSON.stringify({ guest, seats }) });
const free = async () => (await ask("/seats")).body;

const allFree = { free: ["A1", "A2", "A3", "B1", "B2", "B3"] };

it("books nothing when one of the seats is taken", async () => {
  await book("Ada", "A2");
  expect(await book("Grace", "A1", "A2")).toEqual({ status: 409, body: { error: "Seat A2 is not free." } });
  expect(await free()).toEqual({ free: ["A1", "A3", "B1", "B2", "B3"] });
});

it("books nothing when there is no such seat", async () => {
  expect(await book("Grace", "A1", "Z9")).toEqual({ status: 409, body: { error: "Seat Z9 is not free." } });
  expect(await free()).toEqual(allFree);
});

it("books nothing for nobody", async () => {
  expect((await book("", "A1")).status).toBe(409);
  expect(await free()).toEqual(allFree);
});

it("gives a seat to one of those who want it at the same time", async () => {
  const guests = ["Ada", "Grace", "Linus", "Barbara", "Edsger"];
  const answers = await Promise.all(guests.map((guest) => book(guest, "A1", "A2")));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
});

it("books seats", async () => {
  expect(await book("Ada", "A1", "B1")).toEqual({ status: 201, body: { booked: ["A1", "B1"] } });
  expect(await free()).toEqual({ free: ["A2", "A3", "B2", "B3"] });
});

it("leads to the REST API of the first Worker, which is closed without the token", async () => {
  const path = "/client/v4/accounts/local/d1/database";
  expect((await ask(path)).status).toBe(401);
  const headers = { authorization: "Bearer token-of-the-tests" };
  expect(await ask(path, { headers })).toMatchObject({
    status: 200,
    body: { result: [{ name: "theatre" }] },
  });
});
