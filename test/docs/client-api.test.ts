import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import page from "../../docs/client-api.md?raw";
import { connect } from "../../src/client/connect.ts";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import source from "./client-api.test.ts?raw";

describe("docs/client-api.md", () => {
  everySnippetRuns(page, { "client-api.test.ts": source });
});

async function withUsers() {
  const db = connect(env.DB, { name: crypto.randomUUID() });
  await db.exec(`
    CREATE TABLE user (user_id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE event (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user ON DELETE CASCADE);
    INSERT INTO user VALUES (1, 'Grace');
  `);
  await db.Procedures.CreateTables();
  return db;
}

describe("what docs/client-api.md says", () => {
  it("of sessions is true", async () => {
    const db = await withUsers();
    const request = new Request("http://example.com/");
    const session = db.withSession(request.headers.get("x-d1-bookmark") ?? "first-unconstrained");
    const user = await session.prepare("SELECT name FROM user WHERE user_id = ?").bind(1).first();
    const response = Response.json(user);
    response.headers.set("x-d1-bookmark", session.getBookmark() ?? "");
    const before = response.headers.get("x-d1-bookmark")!;
    expect(await response.json()).toEqual({ name: "Grace" });

    await session.Procedures.Insert("Ada");
    const bookmark = session.getBookmark(); // after the procedure's writes
    expect(bookmark! > before).toBe(true);
  });

  it("of scripts is true", async () => {
    const db = await withUsers();
    const error = await db
      .exec("CREATE TABLE tag (\n  name TEXT\n);\nINSERT INTO tga VALUES ('a');")
      .catch((thrown) => thrown);
    error.message; // D1_EXEC_ERROR: Error in line 4: INSERT INTO tga VALUES ('a'): no such table: tga: SQLITE_ERROR
    expect(error.message).toBe(
      "D1_EXEC_ERROR: Error in line 4: INSERT INTO tga VALUES ('a'): no such table: tga: SQLITE_ERROR",
    );
  });

  it("of a table's rebuild is true", async () => {
    const db = await withUsers();
    await db.exec("INSERT INTO event VALUES (7, 1)");
    await db.exec(`
      PRAGMA foreign_keys = OFF;
      CREATE TABLE __new_user (user_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      INSERT INTO __new_user SELECT user_id, name FROM user;
      DROP TABLE user;
      ALTER TABLE __new_user RENAME TO user;
      PRAGMA foreign_keys = ON;
    `);
    expect(await db.prepare("SELECT id FROM event").first("id")).toBe(7);
  });

  it("of 64-bit integers is true", async () => {
    const db = await withUsers();
    const exact = db.withExactIntegers();
    await exact.prepare("INSERT INTO event (id, user_id) VALUES (?, ?)").bind(9007199254740993n, 1).run();
    const event = await exact.prepare("SELECT id, user_id FROM event").first();
    // { id: 9007199254740993n, user_id: 1 }
    expect(event).toEqual({ id: 9007199254740993n, user_id: 1 });
  });
});
