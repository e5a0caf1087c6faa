import { describe, expect, it } from "vitest";
import { checkImports, type ToldImport } from "../../../torture/crash/checks/check-imports.ts";
import type { TransferOutcome } from "../../../torture/crash/transfer.ts";
import { contentsWith } from "./recorded.ts";

function imports(...outcomes: TransferOutcome[]): ToldImport[] {
  return outcomes.map((outcome, i) => ({ batch: i + 1, rows: 100, outcome }));
}

function holding(log: number[], ...imported: { batch: number; rows: number; different: number }[]) {
  return { ...contentsWith(), importLog: log.map((batch) => ({ batch })), imported };
}

const whole = (batch: number) => ({ batch, rows: 100, different: 100 });

describe("a database after imports", () => {
  it("has the last one, as a whole", () => {
    expect(checkImports(imports("acknowledged", "acknowledged"), holding([1, 2], whole(2)))).toEqual([]);
    expect(checkImports([], holding([]))).toEqual([]);
  });

  it("has one that was cut off as a whole, or not at all", () => {
    expect(checkImports(imports("acknowledged", "unknown"), holding([1, 2], whole(2)))).toEqual([]);
    expect(checkImports(imports("acknowledged", "unknown"), holding([1], whole(1)))).toEqual([]);
  });

  it("has no part of one", () => {
    const told = imports("acknowledged", "unknown");
    expect(checkImports(told, holding([1], whole(1), { batch: 2, rows: 40, different: 40 }))).toEqual([
      'the rows are of the imports [{"batch":1,"rows":100,"different":100},{"batch":2,"rows":40,"different":40}], and 1 was the last one',
      "the import 2 has 40 rows, 40 of them different, of 100",
    ]);
    expect(checkImports(told, holding([1]))).toEqual([
      "the rows are of the imports [], and 1 was the last one",
    ]);
    expect(checkImports(told, holding([1, 2], { batch: 2, rows: 100, different: 60 }))).toEqual([
      "the import 2 has 100 rows, 60 of them different, of 100",
    ]);
  });

  it("has lost none that was acknowledged, and has none twice", () => {
    expect(checkImports(imports("acknowledged", "acknowledged"), holding([1], whole(1)))).toEqual([
      "the import 2 was acknowledged, and is lost",
    ]);
    expect(checkImports(imports("acknowledged"), holding([1, 1], whole(1)))).toEqual([
      "the import 1 is there 2 times",
    ]);
  });

  it("has none that has failed, and has them in their order", () => {
    expect(checkImports(imports("refused"), holding([1], whole(1)))).toEqual([
      "the import 1 has failed, and is there",
    ]);
    expect(checkImports(imports("acknowledged", "acknowledged"), holding([2, 1], whole(1)))).toEqual([
      "the imports came in another order: 2, 1",
    ]);
  });
});
