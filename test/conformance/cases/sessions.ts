import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const create = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)";
const insert = "INSERT INTO item (name) VALUES ('a')";

/** The constraints with which a session has no bookmark yet. */
const constraints: [what: string, constraint: string | null | undefined][] = [
  ["no constraint", undefined],
  ["null", null],
  ["an empty constraint", ""],
  ["a blank constraint", " \n"],
  ["first-primary", "first-primary"],
  ["first-unconstrained", "first-unconstrained"],
  ["a constraint with blanks around it", "  first-primary "],
];

/** Above every bookmark that a database gives. */
const farBookmark = "ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff";

export default {
  title: "Sessions",
  cases: [
    ...constraints.map(([what, constraint]) => ({
      behaviour: `starts a session with ${what}: no bookmark before the first query, one after it`,
      async run(db: D1Database) {
        const session = db.withSession(constraint as string | undefined);
        expect(session.getBookmark()).toBeNull();
        expect(await session.prepare("SELECT 1 AS a").first("a")).toBe(1);
        expect(session.getBookmark()).toMatch(/./);
      },
    })),
    {
      behaviour: "gives bookmarks of four hexadecimal numbers",
      async run(db) {
        const session = db.withSession();
        await session.prepare("SELECT 1").run();
        expect(session.getBookmark()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
      },
    },
    {
      behaviour: "gives a session prepare(), batch() and getBookmark(), and nothing else of a database",
      async run(db) {
        const session = db.withSession() as unknown as Record<string, unknown>;
        for (const method of ["prepare", "batch", "getBookmark"])
          expect(session[method]).toBeTypeOf("function");
        for (const method of ["exec", "withSession", "dump"]) expect(session[method]).toBeUndefined();
      },
    },
    {
      behaviour: "starts a session with any other text as its bookmark, without blanks around it",
      async run(db) {
        expect(db.withSession(" 00000000-00000001 ").getBookmark()).toBe("00000000-00000001");
        expect(db.withSession("FIRST-PRIMARY").getBookmark()).toBe("FIRST-PRIMARY");
      },
    },
    {
      behaviour: "runs queries of every kind in a session",
      async run(db) {
        const session = db.withSession("first-primary");
        await session.prepare(create).run();
        await session.prepare(insert).run();
        const select = session.prepare("SELECT name FROM item WHERE id = ?").bind(1);
        expect(await select.first("name")).toBe("a");
        expect(await select.raw()).toEqual([["a"]]);
        expect((await select.all()).results).toEqual([{ name: "a" }]);
        expect((await session.batch([select]))[0]!.results).toEqual([{ name: "a" }]);
      },
    },
    {
      behaviour: "moves the bookmark on with every query, never back",
      async run(db) {
        const session = db.withSession();
        const bookmarks: string[] = [];
        for (const sql of [create, "SELECT 1", insert, "SELECT 1", insert]) {
          await session.prepare(sql).run();
          bookmarks.push(session.getBookmark()!);
        }
        await session.batch([session.prepare(insert), session.prepare("SELECT 1")]);
        bookmarks.push(session.getBookmark()!);
        expect(bookmarks).toEqual(bookmarks.toSorted((a, b) => a.localeCompare(b)));
      },
    },
    {
      behaviour: "reads in a session what it wrote",
      async run(db) {
        const session = db.withSession("first-unconstrained");
        await session.batch([session.prepare(create), session.prepare(insert)]);
        for (let written = 2; written <= 4; written++) {
          await session.prepare(insert).run();
          expect(await session.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(written);
        }
      },
    },
    {
      behaviour: "goes on from the bookmark of another session, and reads what that one wrote",
      async run(db) {
        const first = db.withSession();
        await first.batch([first.prepare(create), first.prepare(insert)]);
        const bookmark = first.getBookmark()!;
        const second = db.withSession(bookmark);
        expect(second.getBookmark()).toBe(bookmark);
        expect(await second.prepare("SELECT name FROM item").first("name")).toBe("a");
        expect(second.getBookmark()!.localeCompare(bookmark)).toBeGreaterThanOrEqual(0);
      },
    },
    {
      behaviour: "keeps a bookmark that is ahead of the database's",
      async run(db) {
        const session = db.withSession(farBookmark);
        expect(await session.prepare("SELECT 1 AS a").first("a")).toBe(1);
        expect(session.getBookmark()).toBe(farBookmark);
      },
    },
    {
      behaviour: "gives each session its own bookmark",
      async run(db) {
        const [first, second] = [db.withSession(), db.withSession()];
        await first.prepare("SELECT 1").run();
        expect(first.getBookmark()).not.toBeNull();
        expect(second.getBookmark()).toBeNull();
      },
    },
    {
      behaviour: "leaves the bookmark alone when a query fails",
      async run(db) {
        const session = db.withSession();
        const message = "no such table: item: SQLITE_ERROR";
        await expectD1Error(session.prepare("SELECT * FROM item").run(), message);
        expect(session.getBookmark()).toBeNull();
        await session.prepare("SELECT 1").run();
        const bookmark = session.getBookmark();
        await expectD1Error(session.prepare("SELECT * FROM item").run(), message);
        expect(session.getBookmark()).toBe(bookmark);
      },
    },
    {
      behaviour: "takes the bookmark of the latest of several queries at once",
      async run(db) {
        const session = db.withSession();
        await db.prepare(create).run();
        await Promise.all([1, 2, 3].map(() => session.prepare(insert).run()));
        const bookmark = session.getBookmark()!;
        await session.prepare("SELECT 1").run();
        expect(session.getBookmark()!.localeCompare(bookmark)).toBeGreaterThanOrEqual(0);
        expect(await session.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(3);
      },
    },
    {
      behaviour: "counts a batch to the session that runs it, whoever prepared its statements",
      async run(db) {
        const [runner, other] = [db.withSession(), db.withSession()];
        await runner.batch([db.prepare("SELECT 1"), other.prepare("SELECT 2")]);
        expect(runner.getBookmark()).not.toBeNull();
        expect(other.getBookmark()).toBeNull();
        await db.batch([other.prepare("SELECT 1")]);
        expect(other.getBookmark()).toBeNull();
      },
    },
    {
      behaviour: "keeps a bound statement in its session",
      async run(db) {
        const session = db.withSession();
        await session.prepare("SELECT ? AS a").bind(1).bind(2).first();
        expect(session.getBookmark()).not.toBeNull();
      },
    },
    {
      behaviour: "throws a TypeError of JavaScript's own for a constraint that is not a string",
      async run(db) {
        expect(() => db.withSession(1 as unknown as string)).toThrow(TypeError);
      },
      differs: [
        {
          on: everywhere,
          entry: "Misuse is named where it happens",
          async run(db) {
            for (const constraint of [1, {}]) {
              expect(() => db.withSession(constraint as unknown as string)).toThrow(
                "D1_SESSION_ERROR: invalid bookmark or constraint",
              );
            }
          },
        },
      ],
    },
  ],
} satisfies Concept;
