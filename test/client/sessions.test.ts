import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { SessionBookmark } from "../../src/d1/session.ts";

function freshDatabase() {
  return connect(env.ENGINE, { name: crypto.randomUUID() });
}

async function withNotes() {
  const db = freshDatabase();
  await db.exec("CREATE TABLE note (text TEXT)");
  await db.Procedures.CreateTables();
  return db;
}

describe("a session's bookmark", () => {
  it("is null before the first answer, whatever the constraint", async () => {
    const db = freshDatabase();
    for (const constraint of [undefined, "", " ", "first-primary", "first-unconstrained"] as const) {
      expect(db.withSession(constraint).getBookmark()).toBeNull();
    }
  });

  it("has D1's shape: 8, 8, 8 and 32 hexadecimal digits", async () => {
    const session = freshDatabase().withSession();
    await session.prepare("SELECT 1").run();
    expect(session.getBookmark()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
  });

  it("grows with every commit and stays with a read", async () => {
    const db = await withNotes();
    const session = db.withSession("first-primary");
    const seen: string[] = [];
    for (let round = 0; round < 20; round++) {
      await session.prepare("INSERT INTO note VALUES (?)").bind(`${round}`).run();
      seen.push(session.getBookmark()!);
      await session.prepare("SELECT count(*) FROM note").run();
      expect(session.getBookmark()).toBe(seen.at(-1));
    }
    expect(new Set(seen).size).toBe(20);
    expect(seen.toSorted()).toEqual(seen);
  });

  it("follows what others have written, when the session reads", async () => {
    const db = await withNotes();
    const session = db.withSession();
    await session.prepare("SELECT 1").run();
    const before = session.getBookmark()!;
    await db.prepare("INSERT INTO note VALUES ('by somebody else')").run();
    expect(session.getBookmark()).toBe(before);
    await session.prepare("SELECT 1").run();
    expect(session.getBookmark()! > before).toBe(true);
  });

  it("starts the next session where the last one ended", async () => {
    const db = await withNotes();
    const first = db.withSession();
    await first.prepare("INSERT INTO note VALUES ('mine')").run();
    const second = db.withSession(first.getBookmark()!);
    expect(second.getBookmark()).toBe(first.getBookmark());
    expect(await second.prepare("SELECT text FROM note").first("text")).toBe("mine");
  });

  it("does not go back at a restart of the object, and grows with the next write", async () => {
    const db = await withNotes();
    const session = db.withSession();
    await session.prepare("INSERT INTO note VALUES ('before')").run();
    let before = session.getBookmark()!;
    for (const writes of [false, false, true, true]) {
      await db.Procedures.AbortObject("lost", "attached").catch(() => {});
      const later = db.withSession();
      await later.prepare("SELECT 1").run();
      expect(later.getBookmark()! >= before).toBe(true);
      before = later.getBookmark()!;
      if (!writes) continue;
      await later.prepare("INSERT INTO note VALUES ('after')").run();
      expect(later.getBookmark()! > before).toBe(true);
      before = later.getBookmark()!;
    }
  });

  it("is not moved by a write that fails", async () => {
    const session = (await withNotes()).withSession();
    await session.prepare("SELECT 1").run();
    const before = session.getBookmark();
    await expect(session.prepare("INSERT INTO missing VALUES (1)").run()).rejects.toThrow("no such table");
    expect(session.getBookmark()).toBe(before);
  });

  it("ignores one that is older, and takes one that is newer", () => {
    const bookmark = new SessionBookmark("00000002");
    for (const older of ["00000001", undefined]) bookmark.observe(older);
    expect(bookmark.bookmark).toBe("00000002");
    bookmark.observe("00000003");
    expect(bookmark.bookmark).toBe("00000003");
  });

  it("survives what a cookie may hold: blanks around it, another database's bookmark, nonsense", async () => {
    const db = await withNotes();
    for (const given of [
      " first-primary\n",
      "0000007b-0000b26e-00001574-52bb7ef6d58b2ebb0f5ba0bbfb6f0f1e",
      "'; DROP TABLE note --",
    ]) {
      const session = db.withSession(given);
      expect(await session.prepare("SELECT count(*) AS n FROM note").first("n")).toBe(0);
    }
  });

  it("is refused at once when it is no string", () => {
    const wrong = { bookmark: "x" } as unknown as string;
    expect(() => freshDatabase().withSession(wrong)).toThrow(
      "D1_SESSION_ERROR: invalid bookmark or constraint",
    );
  });
});

describe("a session", () => {
  it("reads its own writes, also with its statements in a batch", async () => {
    const session = (await withNotes()).withSession();
    await session.batch(["a", "b"].map((text) => session.prepare("INSERT INTO note VALUES (?)").bind(text)));
    expect(await session.prepare("SELECT text FROM note").raw()).toEqual([["a"], ["b"]]);
  });

  it("follows a procedure's writes", async () => {
    const session = (await withNotes()).withSession();
    await session.prepare("SELECT 1").run();
    const before = session.getBookmark()!;
    await session.Procedures.Insert("by a procedure");
    expect(session.getBookmark()! > before).toBe(true);
  });

  it("cancels its procedure calls with the client's signal", async () => {
    const controller = new AbortController();
    const session = (await withNotes()).withSignal(controller.signal).withSession();
    const call = session.Procedures.WaitForSignal();
    await scheduler.wait(20);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await expect(session.prepare("SELECT 1").run()).rejects.toThrow("enough");
  });
});
