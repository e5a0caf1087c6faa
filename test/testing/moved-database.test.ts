import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { isolateDatabase } from "../../src/testing/index.ts";

const name = crypto.randomUUID();
const db = connect(env.DB, { name });
// As a restore does.
await env.DB.getByName(name).endWith(`${name} restored`);
await db.exec("CREATE TABLE entry (id INTEGER PRIMARY KEY)");

describe("A database that a restore has moved before", () => {
  isolateDatabase(env.DB, { name });

  it.each([1, 2])("is isolated where it is now (%s)", async () => {
    expect(await db.prepare("INSERT INTO entry DEFAULT VALUES RETURNING id").first("id")).toBe(1);
  });
});
