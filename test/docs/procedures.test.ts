import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import page from "../../docs/procedures.md?raw";
import { connect } from "../../src/client/connect.ts";
import { DatabaseError, type DatabaseErrorCode, httpStatusOfCode } from "../../src/errors.ts";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { DB } from "./procedures/bank.ts";
import bank from "./procedures/bank.ts?raw";
import source from "./procedures.test.ts?raw";

describe("docs/procedures.md", () => {
  everySnippetRuns(page, { "bank.ts": bank, "procedures.test.ts": source });

  it("tells of every error of the database its status, and whether to try it again", () => {
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (yes|no|read first) \|/gm)];
    const told = rows.map(([, code, status, again]) => ({ code, status: Number(status), again }));
    const unknown = new Set(["COMMIT_FAILED", "INTERNAL_ERROR"]);
    const known = Object.entries(httpStatusOfCode).map(([code, status]) => {
      const { retryable } = new DatabaseError(code as DatabaseErrorCode, "");
      return { code, status, again: retryable ? "yes" : unknown.has(code) ? "read first" : "no" };
    });
    const byCode = (left: { code?: string }, right: { code?: string }) => (left.code! < right.code! ? -1 : 1);
    expect(told.toSorted(byCode)).toEqual(known.toSorted(byCode));
  });
});

async function openBank() {
  const namespace = env.BANK;
  const db = connect(namespace, { name: crypto.randomUUID() });
  await db.exec(`CREATE TABLE account (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL, welcomed INTEGER NOT NULL DEFAULT 0
  )`);
  return db;
}

describe("what docs/procedures.md says", () => {
  it("of a call is true", async () => {
    const db = await openBank();
    const id = await db.Procedures.Open("Ada", 10_000);
    const { error, balance } = await db.Procedures.Withdraw(id, 4_000);
    const richest = await db.Procedures.reports.Richest(10);
    expect({ error, balance }).toEqual({ error: undefined, balance: 6_000 });
    expect(richest).toEqual([{ owner: "Ada", balance: 6_000 }]);
  });

  it("of a call from another Worker is true", async () => {
    await connect(env.BANK).exec("CREATE TABLE account (id INTEGER PRIMARY KEY, owner, balance, welcomed)");
    const entrypoint = new DB(createExecutionContext(), env);
    const id = await entrypoint.Procedures.Open("Grace", 500);
    expect(await entrypoint.Procedures.Withdraw(id, 200)).toMatchObject({ balance: 300 });
    expect(await entrypoint.Procedures.reports.Richest(1)).toEqual([{ owner: "Grace", balance: 300 }]);
  });

  it("of a call that fails is true", async () => {
    const db = await openBank();
    const id = await db.Procedures.Open("Ada", 100);
    const { error } = await db.Procedures.Withdraw(id, 250);
    error?.message; // "150 cents are missing."
    Object(error).code; // "INSUFFICIENT_FUNDS"
    error instanceof Error; // true, and it is no InsufficientFundsError any more
    expect(error).toMatchObject({
      name: "InsufficientFundsError",
      message: "150 cents are missing.",
      code: "INSUFFICIENT_FUNDS",
      missing: 150,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error?.constructor).toBe(Error);
  });

  it("of work that goes on after the answer is true", async () => {
    const db = await openBank();
    const id = await db.Procedures.Open("Ada", 100);
    const welcomed = () => db.prepare("SELECT welcomed FROM account WHERE id = ?").bind(id).first("welcomed");
    await expect.poll(welcomed).toBe(1);
  });

  it("of a caller that gives up is true", async () => {
    const db = await openBank();
    // The caller's time does not run out here, however slow the machine is.
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
    const impatient = db.withSignal(AbortSignal.timeout(2_000));
    await impatient.Procedures.reports.Richest(10);
    expect(timeout).toHaveBeenCalledWith(2_000);
    timeout.mockRestore();
    await expect(
      db.withSignal(AbortSignal.abort(new Error("gone"))).Procedures.reports.Richest(10),
    ).rejects.toThrow("gone");
  });

  it("of names that nobody can call is true", async () => {
    const db = await openBank();
    const procedures = db.Procedures as unknown as Record<string, () => Promise<unknown>>;
    await expect(procedures.Balance!()).rejects.toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      message: 'No procedure is called "Balance". There are: Open, Withdraw, reports.Richest.',
    });
  });
});
