import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";

const ended = expect.stringContaining("ended by a test");

/** A call, and what it has stored when it was acknowledged. */
interface Call {
  stores: string[];
  answer: Promise<unknown>;
}

function two({ procedures }: FaultyDatabase, name: string, wait = false): Call {
  return { stores: [`${name} 1`, `${name} 2`], answer: procedures.InsertTwo(name, 0, wait) };
}

function batch({ db }: FaultyDatabase, name: string): Call {
  const insert = db.prepare("INSERT INTO item VALUES (?, '')");
  return {
    stores: [`${name} 1`, `${name} 2`],
    answer: db.batch([insert.bind(`${name} 1`), insert.bind(`${name} 2`)]),
  };
}

function write({ db }: FaultyDatabase, name: string): Call {
  return { stores: [name], answer: db.prepare("INSERT INTO item VALUES (?, '')").bind(name).run() };
}

/** What is stored of the calls that were acknowledged; the others must have failed with the end of the object. */
async function acknowledged(calls: Call[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(calls.map(({ answer }) => answer));
  return outcomes.flatMap((outcome, index) => {
    if (outcome.status === "fulfilled") return calls[index]!.stores;
    expect(outcome.reason).toMatchObject({ message: ended });
    return [];
  });
}

describe("the sudden end of an object", () => {
  it("in a turn that several share answers each of them: stored as a whole, or failed", async () => {
    const database = await faultyDatabase();
    // Behind the first, which waits outside, the others share a turn, and the object ends in the middle of it.
    const calls = [
      two(database, "first", true),
      two(database, "second"),
      batch(database, "third"),
      write(database, "fourth"),
      { stores: [], answer: database.procedures.Abort("fifth") },
      two(database, "sixth"),
      write(database, "seventh"),
    ];
    const stored = await acknowledged(calls);
    expect(await database.names()).toEqual(stored);
    await expect(calls[4]!.answer).rejects.toThrow("ended by a test");
    await database.procedures.InsertTwo("next", 0, true);
    expect((await database.names()).slice(-2)).toEqual(["next 1", "next 2"]);
  });

  it("again and again loses nothing that was acknowledged, and doubles nothing", async () => {
    const database = await faultyDatabase();
    const stored: string[] = [];
    for (let life = 0; life < 8; life++) {
      const calls = Array.from({ length: 12 }, (_, n) => {
        const name = `${life}.${n}`;
        return n % 3 === 0
          ? two(database, name, n % 2 === 0)
          : n % 3 === 1
            ? batch(database, name)
            : write(database, name);
      });
      // At another place of the queue each time.
      calls.splice(1 + life, 0, { stores: [], answer: database.procedures.Abort(`${life}`) });
      stored.push(...(await acknowledged(calls)));
    }
    expect((await database.names()).sort()).toEqual(stored.sort());
  });

  it("while reads are under way fails them, and the next are answered", async () => {
    const database = await faultyDatabase();
    await database.procedures.Insert("kept");
    const reads = Array.from({ length: 10 }, () => database.db.prepare("SELECT name FROM item").raw());
    const aborting = database.procedures.AbortNow();
    const late = Array.from({ length: 10 }, () => database.db.prepare("SELECT name FROM item").raw());
    await expect(aborting).rejects.toMatchObject({ message: ended });
    for (const outcome of await Promise.allSettled([...reads, ...late])) {
      if (outcome.status === "fulfilled") expect(outcome.value).toEqual([["kept"]]);
      else expect(outcome.reason).toMatchObject({ message: ended });
    }
    expect(await database.names()).toEqual(["kept"]);
  });

  it("during an export fails it, its polls, and who waits behind it; no file is left, and the next one is whole", async () => {
    const database = await faultyDatabase();
    await database.db.exec(
      "INSERT INTO item WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000) SELECT n, hex(zeroblob(20)) FROM c",
    );
    const key = crypto.randomUUID();
    const { stub } = database;
    // Promises of their own: one of a stub that fails is reported as unhandled, whoever awaits it.
    const exporting = (async () => stub.startExport(key, {}))();
    const second = (async () => stub.startExport(`${key} again`, {}))();
    const waiting = write(database, "behind the export");
    const aborting = (async () => stub.call({ id: "abort", name: "AbortNow", args: [] }))();
    const outcomes = await Promise.allSettled([exporting, second, waiting.answer, aborting]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason)).toMatchObject([
      { message: ended },
      { code: "EXPORT_RUNNING" },
      { message: ended },
      { message: ended },
    ]);
    expect(await env.DUMPS.head(key)).toBeNull();
    let status = await database.stub.startExport(key, {});
    while (status.status === "active") status = await database.stub.pollExport(status.id);
    expect(status).toMatchObject({
      status: "complete",
      result: { tables: [{ name: "item", rows: 50_000 }] },
    });
    await database.procedures.Insert("after");
  });
});
