/** What does not fit into a message between Workers, whose end is at 32 MiB: an error for whoever asked, and for nobody else. */
import { describe, expect, it } from "vitest";
import { type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";

const tooLarge = { code: "LIMIT_EXCEEDED", message: expect.stringContaining("LIMIT, ") };
const rows = "SELECT hex(zeroblob(500000)) FROM json_each(?)";
const list = (length: number) => JSON.stringify(Array(length).fill(0));

const calls: [what: string, call: (database: FaultyDatabase) => Promise<unknown>, stored: string[]][] = [
  ["a read of 40 MB", ({ db }) => db.prepare(rows).bind(list(40)).raw(), []],
  ["a read of 200 MB", ({ db }) => db.prepare(rows).bind(list(200)).raw(), []],
  ["a read of 3 GB", ({ db }) => db.prepare(rows).bind(list(3_000)).raw(), []],
  ["a batch of reads of 3 GB", ({ db }) => db.batch(Array(100).fill(db.prepare(rows).bind(list(30)))), []],
  ["a batch of reads of 40 MB", ({ db }) => db.batch(Array(2).fill(db.prepare(rows).bind(list(20)))), []],
  [
    "a write that gives 40 MB",
    ({ db }) =>
      db
        .prepare("INSERT INTO item SELECT 'row', zeroblob(1000000) FROM json_each(?) RETURNING hex(filler)")
        .bind(list(20))
        .run(),
    [],
  ],
  [
    "a batch of 40 MB of parameters",
    ({ db }) =>
      db.batch(Array(40).fill(db.prepare("INSERT INTO item VALUES ('row', ?)").bind("x".repeat(1_000_000)))),
    [],
  ],
  ["arguments of 40 MB", ({ procedures }) => procedures.Insert("x".repeat(40_000_000)), []],
  // It is known to be too large when the procedure has ended, and committed.
  [
    "a procedure's result of 40 MB",
    ({ procedures }) => procedures.InsertAndGive("committed", 40),
    ["committed"],
  ],
];

describe("a call that is too large", () => {
  it.each(calls)("fails alone: %s", async (_what, call, stored) => {
    const database = await faultyDatabase();
    await database.procedures.Insert("kept");
    const bookmark = async () => (await database.stub.info()).bookmark;
    const [epoch] = (await bookmark()).split("-");
    const neighbours = ["one", "two", "three"];
    const [outcome] = await Promise.allSettled([
      call(database),
      ...neighbours.map((name, n) => database.procedures.InsertTwo(name, 0, n === 1)),
    ]);
    expect(outcome).toMatchObject({ status: "rejected", reason: tooLarge });
    const expected = ["kept", ...stored, ...neighbours.flatMap((name) => [`${name} 1`, `${name} 2`])];
    expect((await database.names()).toSorted()).toEqual(expected.toSorted());
    expect((await bookmark()).split("-")[0]).toBe(epoch);
  });

  it("is none just below the limit", async () => {
    const database = await faultyDatabase();
    expect(await database.procedures.InsertAndGive("stored", 33)).toHaveLength(33);
    expect(await database.db.prepare(rows).bind(list(33)).raw()).toHaveLength(33);
  });
});
