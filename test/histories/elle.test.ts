import { describe, expect, it } from "vitest";
import { check } from "./checker/check.ts";
import { append, read, undone } from "./checker/history.ts";
import { serialHistory } from "./checker/serial-history.ts";
import { atOnce, failed, inTurn, ok, unknown } from "./checker/written-histories.ts";
import { type ElleEvent, fromElleJson, toElleJson } from "./elle.ts";

const x = 1;
const y = 2;
const eventsOf = (json: string) => JSON.parse(json) as ElleEvent[];

describe("a history in elle-cli's JSON", () => {
  it("has two events for each transaction, in their order, as elle-cli's own examples have", () => {
    const json = toElleJson(atOnce(ok(append(x, 1), read(y, [])), ok(append(y, 2), read(x, [1]))));
    expect(json.split("\n")).toEqual([
      '[{"index":0,"type":"invoke","f":"txn","process":0,"value":[["append",1,1],["r",2,null]]},',
      '{"index":1,"type":"invoke","f":"txn","process":1,"value":[["append",2,2],["r",1,null]]},',
      '{"index":2,"type":"ok","f":"txn","process":0,"value":[["append",1,1],["r",2,[]]]},',
      '{"index":3,"type":"ok","f":"txn","process":1,"value":[["append",2,2],["r",1,[1]]]}]',
      "",
    ]);
  });

  it("has what was undone inside a transaction as a failed one beside it", () => {
    const events = eventsOf(toElleJson(inTurn(ok(append(x, 1), undone(append(x, 2), undone(append(y, 3)))))));
    expect(events.map(({ type, process, value }) => [type, process, value])).toEqual([
      ["invoke", 0, [["append", x, 1]]],
      [
        "invoke",
        1,
        [
          ["append", x, 2],
          ["append", y, 3],
        ],
      ],
      ["ok", 0, [["append", x, 1]]],
      [
        "fail",
        1,
        [
          ["append", x, 2],
          ["append", y, 3],
        ],
      ],
    ]);
  });

  it("tells no results of what failed or is unknown", () => {
    const events = eventsOf(toElleJson(inTurn(unknown(append(x, 1), read(x, null)), failed(append(x, 2)))));
    expect(events.map(({ type, value }) => [type, value])).toEqual([
      [
        "invoke",
        [
          ["append", x, 1],
          ["r", x, null],
        ],
      ],
      [
        "info",
        [
          ["append", x, 1],
          ["r", x, null],
        ],
      ],
      ["invoke", [["append", x, 2]]],
      ["fail", [["append", x, 2]]],
    ]);
  });

  it("is the same history when it is read back", () => {
    const history = atOnce(ok(append(x, 1), read(x, [1])), failed(append(x, 2)), unknown(append(x, 3)));
    expect(fromElleJson(toElleJson(history))).toEqual(history);
  });

  it("is as good as the history that it was made of", () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(check(fromElleJson(toElleJson(serialHistory(seed, 100))))).toEqual([]);
    }
  });

  it("is as bad as the history that it was made of", () => {
    const bad = [
      atOnce(ok(append(x, 1), undone(append(x, 2))), ok(read(x, [1, 2]))),
      inTurn(ok(append(x, 1)), ok(read(x, []))),
      atOnce(ok(append(x, 1), append(y, 1)), ok(read(x, []), read(y, [1]))),
    ];
    const anomalies = bad.map((history) =>
      check(fromElleJson(toElleJson(history))).map(({ anomaly }) => anomaly),
    );
    expect(anomalies).toEqual([["G1a"], ["G-single-realtime"], ["G-single"]]);
  });

  it("is refused when its events do not pair", () => {
    const [invoke, ok1] = eventsOf(toElleJson(inTurn(ok(append(x, 1)))));
    const [begun, lost] = eventsOf(toElleJson(inTurn(unknown(append(x, 1)))));
    expect(() => fromElleJson(JSON.stringify([ok1]))).toThrow("Process 0 ends what it has not begun: 1.");
    expect(() => fromElleJson(JSON.stringify([invoke, invoke]))).toThrow("Process 0 begins twice: 0.");
    expect(() => fromElleJson(JSON.stringify([begun, lost, begun]))).toThrow("Process 0 begins twice: 0.");
  });
});
