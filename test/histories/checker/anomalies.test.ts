import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import { append, read, type Transaction, undone } from "./history.ts";
import type { Anomaly } from "./problem.ts";
import { atOnce, failed, inTurn, ok, unknown } from "./written-histories.ts";

const anomaliesOf = (history: Transaction[]) => check(history).map(({ anomaly }) => anomaly);
const x = 1;
const y = 2;

/** A bad history, what it is, and the good one that is next to it. */
interface Pair {
  what: string;
  bad: Transaction[];
  is: Anomaly[];
  good: Transaction[];
}

const pairs: Pair[] = [
  {
    what: "a write cycle (G0)",
    bad: atOnce(
      ok(append(x, 1), append(y, 1)),
      ok(append(x, 2), append(y, 2)),
      ok(read(x, [1, 2]), read(y, [2, 1])),
    ),
    is: ["G0"],
    good: atOnce(
      ok(append(x, 1), append(y, 1)),
      ok(append(x, 2), append(y, 2)),
      ok(read(x, [1, 2]), read(y, [1, 2])),
    ),
  },
  {
    what: "an aborted read (G1a)",
    bad: atOnce(failed(append(x, 1)), ok(read(x, [1]))),
    is: ["G1a"],
    good: atOnce(failed(append(x, 1)), ok(read(x, []))),
  },
  {
    what: "an aborted read of a nested block (G1a)",
    bad: atOnce(ok(append(x, 1), undone(append(x, 2))), ok(read(x, [1, 2]))),
    is: ["G1a"],
    good: atOnce(ok(append(x, 1), undone(append(x, 2))), ok(read(x, [1]))),
  },
  {
    what: "an update of what was rolled back (G1a)",
    bad: atOnce(failed(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2]))),
    is: ["G1a"],
    good: atOnce(failed(append(x, 1)), ok(append(x, 2)), ok(read(x, [2]))),
  },
  {
    what: "an intermediate read (G1b)",
    bad: atOnce(ok(append(x, 1), append(x, 2)), ok(read(x, [1]))),
    is: ["G1b", "G-single"],
    good: atOnce(ok(append(x, 1), append(x, 2)), ok(read(x, [1, 2]))),
  },
  {
    what: "circular information flow (G1c)",
    bad: atOnce(ok(append(x, 1), read(y, [1])), ok(append(y, 1), read(x, [1]))),
    is: ["G1c"],
    good: atOnce(ok(append(x, 1), read(y, [])), ok(append(y, 1), read(x, [1]))),
  },
  {
    what: "read skew (G-single)",
    bad: atOnce(ok(append(x, 1), append(y, 1)), ok(read(x, []), read(y, [1]))),
    is: ["G-single"],
    good: atOnce(ok(append(x, 1), append(y, 1)), ok(read(x, [1]), read(y, [1]))),
  },
  {
    what: "write skew (G2-item)",
    bad: atOnce(ok(read(x, []), append(y, 1)), ok(read(y, []), append(x, 1)), ok(read(x, [1]), read(y, [1]))),
    is: ["G2-item"],
    good: atOnce(
      ok(read(x, []), append(y, 1)),
      ok(read(y, [1]), append(x, 1)),
      ok(read(x, [1]), read(y, [1])),
    ),
  },
  {
    what: "write skew whose appends nobody reads (G2-item)",
    bad: atOnce(ok(read(x, []), append(y, 1)), ok(read(y, []), append(x, 1))),
    is: ["G2-item"],
    good: atOnce(ok(read(x, []), append(y, 1)), ok(read(y, [1]), append(x, 1))),
  },
  {
    what: "a long fork (G2-item)",
    bad: atOnce(
      ok(append(x, 1)),
      ok(append(y, 1)),
      ok(read(x, [1]), read(y, [])),
      ok(read(x, []), read(y, [1])),
    ),
    is: ["G2-item"],
    good: atOnce(
      ok(append(x, 1)),
      ok(append(y, 1)),
      ok(read(x, [1]), read(y, [])),
      ok(read(x, [1]), read(y, [1])),
    ),
  },
  {
    what: "a lost update, of which a later read shows one half",
    bad: atOnce(ok(read(x, []), append(x, 1)), ok(read(x, []), append(x, 2)), ok(read(x, [2]))),
    is: ["incompatible orders", "G-single"],
    good: atOnce(ok(read(x, []), append(x, 1)), ok(read(x, [1]), append(x, 2)), ok(read(x, [1, 2]))),
  },
  {
    what: "orders that contradict each other",
    bad: atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2])), ok(read(x, [2, 1]))),
    is: ["incompatible orders"],
    good: atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2])), ok(read(x, [1]))),
  },
  {
    what: "an append that was done twice",
    bad: atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2, 1]))),
    is: ["duplicate", "G0"],
    good: atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2]))),
  },
  {
    what: "an element from nowhere",
    bad: atOnce(ok(append(x, 1)), ok(read(x, [1, 7]))),
    is: ["garbage"],
    good: atOnce(ok(append(x, 1)), ok(append(x, 7)), ok(read(x, [1, 7]))),
  },
  {
    what: "a read that lacks the transaction's own append",
    bad: atOnce(ok(append(x, 1), read(x, []))),
    is: ["internal"],
    good: atOnce(ok(append(x, 1), read(x, [1]))),
  },
  {
    what: "a read that has somebody's append behind the transaction's own",
    bad: atOnce(ok(append(x, 1), read(x, [1, 2])), ok(append(x, 2))),
    is: ["internal"],
    good: atOnce(ok(append(x, 1), read(x, [2, 1])), ok(append(x, 2))),
  },
  {
    what: "a read that does not repeat",
    bad: atOnce(ok(read(x, []), read(x, [1])), ok(append(x, 1))),
    is: ["internal"],
    good: atOnce(ok(read(x, [1]), read(x, [1])), ok(append(x, 1))),
  },
  {
    what: "a read of what the transaction appends later",
    bad: atOnce(ok(read(x, [1]), append(x, 1))),
    is: ["internal"],
    good: atOnce(ok(read(x, []), append(x, 1), read(x, [1]))),
  },
  {
    what: "a read of what the transaction has undone",
    bad: atOnce(ok(append(x, 1), undone(append(x, 2), read(x, [1, 2])), read(x, [1, 2]))),
    is: ["internal"],
    good: atOnce(ok(append(x, 1), undone(append(x, 2), read(x, [1, 2])), read(x, [1]))),
  },
  {
    what: "a transaction that rolls back after it has read half of another one",
    bad: atOnce(
      ok(append(x, 1), append(y, 1)),
      failed(read(x, [1]), append(x, 2), read(x, [1, 2]), read(y, [])),
    ),
    is: ["G-single"],
    good: atOnce(
      ok(append(x, 1), append(y, 1)),
      failed(read(x, [1]), append(x, 2), read(x, [1, 2]), read(y, [1])),
    ),
  },
  {
    what: "half of a transaction whose outcome is unknown",
    bad: atOnce(unknown(append(x, 1), append(y, 1)), ok(read(x, [1]), read(y, []))),
    is: ["G-single"],
    good: atOnce(unknown(append(x, 1), append(y, 1)), ok(read(x, []), read(y, []))),
  },
  {
    what: "a stale read",
    bad: inTurn(ok(append(x, 1)), ok(read(x, []))),
    is: ["G-single-realtime"],
    good: atOnce(ok(append(x, 1)), ok(read(x, []))),
  },
  {
    what: "a read that sees less than an earlier one",
    bad: inTurn(unknown(append(x, 1)), ok(read(x, [1])), ok(read(x, []))),
    is: ["G-single-realtime"],
    good: inTurn(unknown(append(x, 1)), ok(read(x, [])), ok(read(x, [1]))),
  },
  {
    what: "an acknowledged append that is lost",
    bad: inTurn(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [2]))),
    is: ["G0-realtime"],
    good: inTurn(failed(append(x, 1)), ok(append(x, 2)), ok(read(x, [2]))),
  },
  {
    what: "appends in another order than they were acknowledged",
    bad: inTurn(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [2, 1]))),
    is: ["G0-realtime"],
    good: atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [2, 1]))),
  },
  {
    what: "a read of what is appended later",
    bad: inTurn(ok(read(x, [1])), ok(append(x, 1))),
    is: ["G1c-realtime"],
    good: atOnce(ok(read(x, [1])), ok(append(x, 1))),
  },
  {
    what: "a read that is older than two acknowledged appends",
    bad: inTurn(ok(append(x, 1)), ok(append(y, 1)), ok(read(x, []), read(y, []))),
    is: ["G-single-realtime"],
    good: atOnce(ok(append(x, 1)), ok(append(y, 1)), ok(read(x, []), read(y, []))),
  },
];

describe("the checker", () => {
  it.each(pairs)("finds $what", ({ bad, is }) => {
    expect(anomaliesOf(bad)).toEqual(is);
  });

  it.each(pairs)("finds nothing next to $what", ({ good }) => {
    expect(check(good)).toEqual([]);
  });

  it("finds the parts of a call in another order", () => {
    const parts = ([first, second, reader]: Transaction[]) => [first!, { ...second!, after: 1 }, reader!];
    const bad = atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [2, 1])));
    const good = atOnce(ok(append(x, 1)), ok(append(x, 2)), ok(read(x, [1, 2])));
    expect(anomaliesOf(parts(bad))).toEqual(["G0-realtime"]);
    expect(check(parts(good))).toEqual([]);
  });

  it("finds a cycle that goes over the head of one who does not know when it ended", () => {
    // T2 never ended for its client: T3 does not come after it in time, but has read it.
    const bad = inTurn(ok(append(x, 1)), unknown(append(x, 2)), ok(read(x, [1, 2])), ok(read(x, [1])));
    expect(anomaliesOf(bad)).toEqual(["G-single-realtime"]);
    expect(check(bad.slice(0, 3))).toEqual([]);
  });

  it("says in words what is wrong, with the transactions and the reasons", () => {
    const [problem] = check(atOnce(ok(append(x, 5), append(y, 6)), ok(read(x, []), read(y, [6]))));
    expect(problem!.explanation.split("\n")).toEqual([
      "A cycle of",
      "  T1 (ok, process 0, 0..2): append 5 to 1, append 6 to 2",
      "  T2 (ok, process 1, 1..3): read 1 [], read 2 [6]",
      "in which each comes before the next one, because",
      "  - T1 appended 6 to key 2, and T2 read it;",
      "  - T2 read key 1 without 5, which T1 appended;",
    ]);
    expect(problem!.transactions).toEqual([1, 2]);
  });

  it("explains two cycles that have nothing to do with each other apart", () => {
    const skew = (id: number, k: number, l: number): Transaction[] =>
      atOnce(ok(append(k, 1), append(l, 1)), ok(read(k, []), read(l, [1]))).map((one) => ({
        ...one,
        id: one.id + id,
        invoked: one.invoked + id,
        completed: one.completed + id,
      }));
    const problems = check([...skew(0, 1, 2), ...skew(10, 3, 4)]);
    expect(problems.map(({ transactions }) => transactions.toSorted())).toEqual([
      [1, 2],
      [11, 12],
    ]);
  });

  it("refuses a history in which nobody can tell two appends apart", () => {
    expect(() => check(atOnce(ok(append(x, 1)), ok(append(x, 1))))).toThrow("1 is appended twice to key 1");
  });
});
