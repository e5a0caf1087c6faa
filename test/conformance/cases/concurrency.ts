import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

const create = (db: D1Database) =>
  db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)").run();

export default {
  title: "Statements at once",
  cases: [
    {
      behaviour: "runs a statement several times at once with different values",
      async run(db) {
        const statement = db.prepare("SELECT ? AS a");
        const values = Array.from({ length: 20 }, (_, index) => index);
        expect(await Promise.all(values.map((value) => statement.bind(value).first("a")))).toEqual(values);
      },
    },
    {
      behaviour: "answers one statement by all its methods at once",
      async run(db) {
        const statement = db.prepare("SELECT 5 AS a");
        const [first, all, raw, run] = await Promise.all([
          statement.first("a"),
          statement.all(),
          statement.raw(),
          statement.run(),
        ]);
        expect([first, all.results, raw, run.results]).toEqual([5, [{ a: 5 }], [[5]], [{ a: 5 }]]);
      },
    },
    {
      behaviour: "gives each of many inserts at once a rowid of its own",
      async run(db) {
        await create(db);
        const insert = db.prepare("INSERT INTO item (name) VALUES (?) RETURNING id");
        const names = Array.from({ length: 50 }, (_, index) => `item ${index}`);
        const ids = await Promise.all(names.map((name) => insert.bind(name).first<number>("id")));
        expect(ids.toSorted((a, b) => a! - b!)).toEqual(names.map((_, index) => index + 1));
      },
    },
    {
      behaviour: "lets one of several statements fail alone",
      async run(db) {
        await create(db);
        const insert = db.prepare("INSERT INTO item (name) VALUES (?)");
        const outcomes = await Promise.allSettled(["a", "a", "b"].map((name) => insert.bind(name).run()));
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
          "fulfilled",
          "fulfilled",
          "rejected",
        ]);
        expect(await db.prepare("SELECT name FROM item ORDER BY name").raw()).toEqual([["a"], ["b"]]);
      },
    },
    {
      behaviour: "loses no update of one row by many at once",
      async run(db) {
        await db.exec("CREATE TABLE counter (n INT)\nINSERT INTO counter VALUES (0)");
        const increment = db.prepare("UPDATE counter SET n = n + 1");
        await Promise.all(Array.from({ length: 50 }, () => increment.run()));
        expect(await db.prepare("SELECT n FROM counter").first("n")).toBe(50);
      },
    },
    {
      behaviour: "shows a batch to others whole or not at all",
      async run(db) {
        await db.exec("CREATE TABLE pair (a INT, b INT)\nINSERT INTO pair VALUES (0, 0)");
        const both = [db.prepare("UPDATE pair SET a = a + 1"), db.prepare("UPDATE pair SET b = b + 1")];
        const look = () => db.prepare("SELECT a = b AS same FROM pair").first("same");
        const looks: Promise<unknown>[] = [];
        const batches = Array.from({ length: 20 }, () => {
          const batch = db.batch(both);
          looks.push(look());
          return batch;
        });
        await Promise.all(batches);
        expect(new Set(await Promise.all(looks))).toEqual(new Set([1]));
        expect(await db.prepare("SELECT a, b FROM pair").first()).toEqual({ a: 20, b: 20 });
      },
    },
    {
      behaviour: "lets one of several batches fail alone",
      async run(db) {
        await create(db);
        const insert = db.prepare("INSERT INTO item (name) VALUES (?)");
        const outcomes = await Promise.allSettled([
          db.batch([insert.bind("a"), insert.bind("b")]),
          db.batch([insert.bind("c"), insert.bind("c")]),
          db.batch([insert.bind("d"), insert.bind("e")]),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        const names = await db.prepare("SELECT name FROM item ORDER BY name").raw();
        expect(names.flat()).toEqual(["a", "b", "d", "e"]);
      },
    },
    {
      behaviour: "shows a write to every read that starts after its promise has resolved",
      async run(db) {
        await create(db);
        for (let written = 1; written <= 10; written++) {
          await db.prepare("INSERT INTO item (name) VALUES (?)").bind(`item ${written}`).run();
          expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(written);
        }
      },
    },
  ],
} satisfies Concept;
