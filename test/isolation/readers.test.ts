import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { shownRows } from "./scenario.ts";

/** A transaction that sets both rows to 11 and stops after each of them, until the test lets it go on. */
async function stoppedTransaction() {
  const db = connect(env.ISOLATION, { name: crypto.randomUUID() });
  await db.Procedures.SetUp();
  let arrived = Promise.withResolvers<void>();
  let open = () => {};
  const gate = () =>
    new Promise<void>((resolve) => {
      open = resolve;
      arrived.resolve();
    });
  const ended = db.Procedures.SetBoth(11, gate);
  await arrived.promise;
  return {
    db,
    ended,
    /** Lets it set the second row. */
    async goOn() {
      arrived = Promise.withResolvers();
      open();
      await arrived.promise;
    },
    async commit() {
      open();
      await ended;
    },
  };
}

type Database = Awaited<ReturnType<typeof stoppedTransaction>>["db"];
const row = (db: Database, id: number) => db.prepare("SELECT id, value FROM test WHERE id = ?").bind(id);
const value = (db: Database, id: number) => row(db, id).first<number>("value");

describe("a reader outside of a transaction", () => {
  it("sees nothing of it before its commit, and all of it afterwards", async () => {
    const { db, goOn, commit } = await stoppedTransaction();
    const seen = async () =>
      shownRows(await db.prepare("SELECT id, value FROM test").raw<[number, number]>());
    expect(await seen()).toBe("1=10 2=20");
    await goOn();
    expect(await seen()).toBe("1=10 2=20");
    await commit();
    expect(await seen()).toBe("1=11 2=11");
  });

  it("sees two states in two reads that a commit comes between", async () => {
    const { db, goOn, commit } = await stoppedTransaction();
    await goOn();
    const first = await value(db, 1);
    await commit();
    expect([first, await value(db, 2)]).toEqual([10, 11]);
  });

  it("sees one state in a batch, whenever it comes", async () => {
    const { db, goOn, commit } = await stoppedTransaction();
    const both = async () => {
      const results = await db.batch<{ value: number }>([row(db, 1), row(db, 2)]);
      return results.map(({ results: [one] }) => one!.value);
    };
    expect(await both()).toEqual([10, 20]);
    await goOn();
    expect(await both()).toEqual([10, 20]);
    // Sent together with what lets the transaction commit: before it or after it, never half of each.
    const during = [both(), both(), commit().then(both), both()];
    for (const state of await Promise.all(during)) expect(["10,20", "11,11"]).toContain(state.join());
    expect(await both()).toEqual([11, 11]);
  });

  it("never sees an older state than one that was seen before", async () => {
    const { db, goOn, commit } = await stoppedTransaction();
    const seen: (number | null)[] = [];
    const reader = async () => {
      for (let n = 0; n < 20; n++) seen.push(await value(db, 1));
    };
    const reading = reader();
    await goOn();
    await commit();
    await reading;
    seen.push(await value(db, 1));
    expect(seen).toEqual(seen.toSorted((a, b) => a! - b!));
    expect(seen.at(-1)).toBe(11);
  });

  it("sees its own write, which waits for the transaction before it", async () => {
    const { db, goOn, commit } = await stoppedTransaction();
    let written = false;
    const write = db
      .prepare("UPDATE test SET value = value + 100 WHERE id = 1")
      .run()
      .then(() => {
        written = true;
      });
    expect(await value(db, 1)).toBe(10);
    await goOn();
    expect(written).toBe(false);
    await commit();
    await write;
    expect(await value(db, 1)).toBe(111);
  });
});
