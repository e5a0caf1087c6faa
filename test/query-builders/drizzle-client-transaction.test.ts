import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author } from "./drizzle-schema.ts";

describe("drizzle's db.transaction() over a client", () => {
  it("is refused before its callback runs, and told where transactions are", async () => {
    const orm = await openLibrary(connect(env.DB, { name: crypto.randomUUID() }));
    let ran = false;
    const transaction = orm.transaction(async (tx) => {
      ran = true;
      await tx.insert(author).values({ name: "a" });
    });
    await expect(transaction).rejects.toMatchObject({
      cause: {
        code: "TRANSACTION_MISUSE",
        message: expect.stringMatching(/^D1_ERROR: .*db\.transaction\(\) in a procedure.* or batch\(\)/),
      },
    });
    expect(ran).toBe(false);
    expect(await orm.$count(author)).toBe(3);
  });
});
