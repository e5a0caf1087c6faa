import { describe, expect, it } from "vitest";
import { checkTransfers, countUnknownButDone } from "../../../torture/crash/checks/check-transfers.ts";
import { checkBooks } from "../../../torture/crash/checks/contents.ts";
import { contentsWith, posted, told } from "./recorded.ts";

const pay = told("pay", "acknowledged");
const buy = told("buy", "unknown");

describe("a database with what its clients were told", () => {
  it("has no problems", () => {
    const contents = contentsWith(posted(pay));
    expect(checkBooks(contents)).toEqual([]);
    expect(checkTransfers([pay, buy, told("no", "refused")], contents)).toEqual([]);
  });

  it("may have what nobody was told the end of, as a whole", () => {
    const contents = contentsWith(posted(pay), posted(buy));
    expect(checkTransfers([pay, buy], contents)).toEqual([]);
    expect(countUnknownButDone([pay, buy], contents)).toBe(1);
  });
});

describe("a transfer", () => {
  it("that was acknowledged and is not there is lost", () => {
    expect(checkTransfers([pay], contentsWith())).toEqual([
      "the transfer pay (plain) was acknowledged, and is lost",
    ]);
  });

  it("that was acknowledged before it was committed is lost with the crash, however whole the rest is", () => {
    // What a Worker leaves behind that answers first, and writes afterwards.
    const early = [1, 2, 3, 4].map((n) => told(`early-${n}`, "acknowledged"));
    const contents = contentsWith(...early.slice(0, 3).map(posted));
    expect(checkBooks(contents)).toEqual([]);
    expect(checkTransfers(early, contents)).toEqual([
      "the transfer early-4 (plain) was acknowledged, and is lost",
    ]);
  });

  it("of which only one half is there was torn, whatever its client was told", () => {
    for (const outcome of ["acknowledged", "unknown"] as const) {
      const torn = told("torn", outcome);
      const contents = contentsWith(posted(torn).slice(0, 1));
      expect(checkBooks(contents)).toEqual([
        "half of the transfer torn is there",
        "the money is 19995, and was 20000",
      ]);
      expect(checkTransfers([torn], contents)).toEqual([
        "the transfer torn (plain) is not there once and as a whole: -5 on account 1",
      ]);
    }
  });

  it("that is there twice was repeated", () => {
    const contents = contentsWith(posted(pay), posted(pay));
    expect(checkBooks(contents)).toEqual(["the transfer pay has 4 postings, not 2"]);
    expect(checkTransfers([pay], contents)).toMatchObject([
      expect.stringContaining("is not there once and as a whole"),
    ]);
  });

  it("that is there in other words was changed", () => {
    const [taken, given] = posted(pay);
    const contents = contentsWith([{ ...taken!, account: 7 }, given!]);
    expect(checkBooks(contents)).toEqual([]);
    expect(checkTransfers([pay], contents)).toMatchObject([expect.stringContaining("-5 on account 7")]);
  });

  it("that was refused is not there", () => {
    const refused = told("refused", "refused");
    expect(checkTransfers([refused], contentsWith(posted(refused)))).toEqual([
      "the transfer refused (plain) was refused, and is there",
    ]);
    const unheard = told("unheard", "unknown", "refused");
    expect(checkTransfers([unheard], contentsWith(posted(unheard)))).toEqual([
      "the transfer unheard (refused) was refused, and is there",
    ]);
  });

  it("that nobody has asked for is not there", () => {
    expect(checkTransfers([], contentsWith(posted(pay)))).toEqual([
      "nobody has asked for the transfer pay, which is there",
    ]);
  });

  it("with an idempotency key has it, and is found by it", () => {
    const once = told("once", "acknowledged", "once");
    const contents = contentsWith(posted(once));
    expect(checkTransfers([once], contents)).toEqual([
      "the transfer once is there without its idempotency key",
    ]);
    expect(checkTransfers([once], { ...contents, done: [{ key: "once" }] })).toEqual([]);
    expect(checkBooks({ ...contentsWith(), done: [{ key: "once" }] })).toEqual([
      "the idempotency key of once is there without the transfer",
    ]);
    expect(checkBooks({ ...contents, done: [{ key: "once" }, { key: "once" }] })).toEqual([
      "an idempotency key is there twice",
    ]);
  });
});

describe("the books", () => {
  it("say when a balance is not what its postings sum up to, and when money has come or gone", () => {
    const contents = contentsWith(posted(pay));
    const [first, ...others] = contents.accounts;
    const wrong = { ...contents, accounts: [{ ...first!, balance: first!.balance + 1 }, ...others] };
    expect(checkBooks(wrong)).toEqual([
      "account 1 has 996, and its postings sum up to 995",
      "the money is 20001, and was 20000",
    ]);
  });

  it("say when there are postings of no account", () => {
    const { accounts, ...others } = contentsWith(posted(pay));
    expect(checkBooks({ ...others, accounts: accounts.slice(1) })).toContain(
      "there are postings of account 1, which is not there",
    );
  });
});
