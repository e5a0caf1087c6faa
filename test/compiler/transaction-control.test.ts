import { describe, expect, it } from "vitest";
import { isTransactionControl, parseTransactionControl } from "../../src/database/transaction-control.ts";

describe("parseTransactionControl", () => {
  it.each([
    ["BEGIN", { verb: "begin" }],
    ["begin transaction;", { verb: "begin" }],
    ["BEGIN IMMEDIATE", { verb: "begin" }],
    ["/* a */ BEGIN -- b\n EXCLUSIVE TRANSACTION ;;", { verb: "begin" }],
    ["\ufeffBEGIN DEFERRED", { verb: "begin" }],
    ["COMMIT", { verb: "commit" }],
    ["end transaction", { verb: "commit" }],
    ["ROLLBACK", { verb: "rollback" }],
    ["ROLLBACK TRANSACTION", { verb: "rollback" }],
    // SQLite takes a name here and ignores it.
    ["BEGIN TRANSACTION transfer", { verb: "begin" }],
    ["END TRANSACTION transfer", { verb: "commit" }],
    ["ROLLBACK TRANSACTION transfer TO a", { verb: "rollback-to", name: "a" }],
    ["SAVEPOINT a", { verb: "savepoint", name: "a" }],
    ['savepoint "A b""c"', { verb: "savepoint", name: 'a b"c' }],
    ["SAVEPOINT \u00c9", { verb: "savepoint", name: "\u00c9" }],
    ["SAVEPOINT [A]", { verb: "savepoint", name: "a" }],
    ["SAVEPOINT `a`", { verb: "savepoint", name: "a" }],
    ["SAVEPOINT 'it''s'", { verb: "savepoint", name: "it's" }],
    ["SAVEPOINT savepoint", { verb: "savepoint", name: "savepoint" }],
    ["RELEASE a", { verb: "release", name: "a" }],
    ["RELEASE SAVEPOINT a", { verb: "release", name: "a" }],
    ["RELEASE SAVEPOINT savepoint", { verb: "release", name: "savepoint" }],
    ["ROLLBACK TO a", { verb: "rollback-to", name: "a" }],
    ["ROLLBACK TRANSACTION TO SAVEPOINT a", { verb: "rollback-to", name: "a" }],
  ])("reads %s", (sql, control) => {
    expect(parseTransactionControl(sql)).toEqual(control);
  });

  it.each([
    "BEGIN; SELECT 1",
    "BEGIN SELECT 1",
    "BEGIN IMMEDIATE DEFERRED",
    "COMMIT a",
    "ROLLBACK TO",
    "ROLLBACK a",
    "SAVEPOINT",
    "SAVEPOINT a b",
    "RELEASE",
  ])("takes %s for no control statement, but sees that it begins like one", (sql) => {
    expect(parseTransactionControl(sql)).toBeUndefined();
    expect(isTransactionControl(sql)).toBe(true);
  });

  it.each([
    "COMM\u0131T",
    "SELECT 1",
    "",
    "'BEGIN'",
    '"BEGIN"',
    "EXPLAIN BEGIN",
    "BEGINNING",
    "REPLACE INTO t VALUES (1)",
  ])("leaves %s alone", (sql) => {
    expect(parseTransactionControl(sql)).toBeUndefined();
    expect(isTransactionControl(sql)).toBe(false);
  });
});
