import { describe, expect, it } from "vitest";
import { checkRestores, type DoneRestore, takenAway } from "../../../torture/crash/checks/check-restores.ts";
import type { Contents } from "../../../torture/crash/checks/contents.ts";
import type { TransferOutcome } from "../../../torture/crash/transfer.ts";
import { contentsWith, posted, told } from "./recorded.ts";

const state = (...keys: string[]): Contents =>
  contentsWith(...keys.map((key) => posted(told(key, "unknown"))));

function restore(backup: Contents, safety: Contents, ...acknowledgedBefore: string[]): DoneRestore {
  return { id: "r", backup, safety, acknowledgedBefore: new Set(acknowledgedBefore) };
}

const all = (outcome: TransferOutcome, ...keys: string[]) => keys.map((key) => told(key, outcome));

describe("a database that was restored", () => {
  it("has the backup, and what came after the switch; the safety backup has what came before it", () => {
    const restores = [restore(state("a"), state("a", "b"), "a", "b")];
    expect(checkRestores(all("acknowledged", "a", "b", "c"), restores, state("a", "c"))).toEqual([]);
    expect(takenAway(restores)).toEqual(new Set(["b"]));
  });

  it("goes from restore to restore", () => {
    const restores = [
      restore(state("a"), state("a", "b"), "a", "b"),
      restore(state("a", "c"), state("a", "c", "d"), "a", "c", "d"),
    ];
    const told = all("acknowledged", "a", "b", "c", "d", "e");
    expect(checkRestores(told, restores, state("a", "c", "e"))).toEqual([]);
  });

  it("has all of the backup", () => {
    const restores = [restore(state("a", "b"), state("a", "b", "c"), "a", "b", "c")];
    expect(checkRestores(all("acknowledged", "a", "b", "c"), restores, state("a"))).toEqual([
      "restore r is not whole: the transfer b of its backup is not there",
    ]);
  });

  it("has left in the safety backup what was acknowledged before the restore was asked for", () => {
    const restores = [restore(state("a"), state("a"), "a", "b")];
    expect(checkRestores(all("acknowledged", "a", "b"), restores, state("a"))).toEqual([
      "the transfer b was acknowledged before restore r, whose safety backup lacks it",
      "the transfer b (plain) was acknowledged, and is neither in the database nor in a safety backup",
    ]);
  });

  it("has lost nothing that was acknowledged on the way", () => {
    const restores = [restore(state("a"), state("a", "b"), "a")];
    expect(checkRestores(all("acknowledged", "a", "b", "c"), restores, state("a"))).toEqual([
      "the transfer c (plain) was acknowledged, and is neither in the database nor in a safety backup",
    ]);
  });

  it("has done nothing on both sides of the switch", () => {
    const restores = [restore(state("a"), state("a", "b"), "a")];
    expect(checkRestores(all("acknowledged", "a", "b"), restores, state("a", "b"))).toEqual([
      "the transfer b was done before the switch of restore r, and after it",
    ]);
  });

  it("has nothing that was refused, on neither side", () => {
    const restores = [restore(state("a"), state("a", "b"), "a")];
    expect(
      checkRestores([...all("acknowledged", "a"), ...all("refused", "b")], restores, state("a")),
    ).toEqual(["the transfer b (plain) was refused, and is there"]);
  });
});
