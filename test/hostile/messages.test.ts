import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import type { DatabaseRpc } from "../../src/protocol.ts";
import { gateOf } from "../support/gate.ts";
import { contentsOf, expectUsable } from "./ways-in.ts";

/** What anybody who holds the binding can call, with whatever RPC can carry. */
type Rpc = Record<string, (message?: unknown) => Promise<unknown>>;

const ways = {
  "the object": () => {
    const stub = env.DB.getByName(crypto.randomUUID());
    return { rpc: stub as unknown as Rpc, db: connect(stub) };
  },
  "the service binding": () => ({
    rpc: env.CONFORMANCE_SERVICE as unknown as Rpc,
    db: connect(env.CONFORMANCE_SERVICE),
  }),
};

const select = { sql: "SELECT 1 AS n", params: [] };
const insert = { sql: "INSERT INTO canary VALUES (2)", params: [] };

function cyclic(): object {
  const query: Record<string, unknown> = { ...select };
  query.self = query;
  return { queries: [query], more: query };
}

function holes(length: number, ...items: unknown[]): unknown[] {
  items.length = length;
  return items;
}

const polluting = (message: object) =>
  JSON.parse(JSON.stringify(message).replace("SAFE", "__proto__")) as object;

const wrong: unknown[] = [
  undefined,
  null,
  true,
  5,
  "text",
  Symbol.name,
  7n,
  [],
  [select],
  {},
  new Date(0),
  new Map([["sql", "x"]]),
  new Uint8Array(3),
];

const refusedQueries: [what: string, message: unknown, code: string][] = [
  ...wrong.map((message): [string, unknown, string] => [String(message), message, "INVALID_ARGUMENT"]),
  ...wrong
    .filter((queries) => !Array.isArray(queries) || queries.length === 0)
    .map((queries): [string, unknown, string] => [
      `queries: ${String(queries)}`,
      { queries },
      "INVALID_ARGUMENT",
    ]),
  ...wrong.map((query): [string, unknown, string] => [
    `a query that is ${String(query)}`,
    { queries: [insert, query] },
    "INVALID_ARGUMENT",
  ]),
  ["queries like an array", { queries: { length: 1, 0: select } }, "INVALID_ARGUMENT"],
  ["queries with a hole", { queries: holes(3, insert) }, "INVALID_ARGUMENT"],
  ["queries that are nothing but a hole", { queries: holes(1) }, "INVALID_ARGUMENT"],
  ["2^32 - 1 holes", { queries: holes(2 ** 32 - 1, insert) }, "LIMIT_EXCEEDED"],
  ["queries on the prototype", polluting({ SAFE: { queries: [insert] } }), "INVALID_ARGUMENT"],
  ["a query on the prototype", { queries: [polluting({ SAFE: insert })] }, "INVALID_ARGUMENT"],
  [
    "sql that is an array of a text",
    { queries: [insert, { sql: ["SELECT 1"], params: [] }] },
    "INVALID_ARGUMENT",
  ],
  ["sql that is missing", { queries: [insert, { params: [] }] }, "INVALID_ARGUMENT"],
  ["params that are missing", { queries: [insert, { sql: "SELECT 1" }] }, "INVALID_ARGUMENT"],
  ["params by name", { queries: [insert, { sql: "SELECT :a", params: { a: 1 } }] }, "INVALID_ARGUMENT"],
  ["params that are a text", { queries: [insert, { sql: "SELECT ?", params: "a" }] }, "INVALID_ARGUMENT"],
  [
    "params that are bytes",
    { queries: [insert, { sql: "SELECT ?", params: new Uint8Array(1) }] },
    "INVALID_ARGUMENT",
  ],
  ...[undefined, {}, new Date(0), new Map(), [256], ["a"], 7n, () => 1, new Error("x")].map(
    (value): [string, unknown, string] => [
      `a parameter that is ${String(value)}`,
      { queries: [insert, { sql: "SELECT ?", params: [value] }] },
      "D1_TYPE_ERROR",
    ],
  ),
  [
    "a parameter that contains itself",
    { queries: [insert, { sql: "SELECT ?", params: [cyclic()] }] },
    "D1_TYPE_ERROR",
  ],
  [
    "an array of bytes that is one hole",
    { queries: [insert, { sql: "SELECT ?", params: [holes(1)] }] },
    "D1_TYPE_ERROR",
  ],
  [
    "2^32 - 1 bytes that are holes",
    { queries: [insert, { sql: "SELECT ?", params: [holes(2 ** 32 - 1)] }] },
    "LIMIT_EXCEEDED",
  ],
  ["params with a hole", { queries: [insert, { sql: "SELECT ?, ?", params: holes(2, 1) }] }, "D1_TYPE_ERROR"],
  [
    "2^32 - 1 parameters that are holes",
    { queries: [insert, { sql: "SELECT ?", params: holes(2 ** 32 - 1) }] },
    "D1_TYPE_ERROR",
  ],
  [
    "a million parameters",
    { queries: [insert, { sql: "SELECT ?", params: Array(1_000_000).fill(1) }] },
    "LIMIT_EXCEEDED",
  ],
];

const calls: [what: string, message: unknown, code: string][] = [
  ...wrong.map((message): [string, unknown, string] => [String(message), message, "INVALID_ARGUMENT"]),
  ["no id", { name: "Echo", args: [] }, "INVALID_ARGUMENT"],
  ["an id that is a number", { id: 1, name: "Echo", args: [] }, "INVALID_ARGUMENT"],
  ["no name", { id: "1", args: [] }, "INVALID_ARGUMENT"],
  ["a name in an array", { id: "1", name: ["Echo"], args: [] }, "INVALID_ARGUMENT"],
  ["no args", { id: "1", name: "Echo" }, "INVALID_ARGUMENT"],
  ["args that are a text", { id: "1", name: "Echo", args: "x" }, "INVALID_ARGUMENT"],
  ["args like an array", { id: "1", name: "Echo", args: { length: 1 } }, "INVALID_ARGUMENT"],
  ["a call on the prototype", polluting({ SAFE: { id: "1", name: "Echo", args: [] } }), "INVALID_ARGUMENT"],
  ...[
    "",
    "constructor",
    "__proto__",
    "prototype",
    "toString",
    "Echo.call",
    "Echo.constructor",
    "default.Echo",
    "#db",
    "echo",
    "Echo ",
    "Echo\0",
  ].map((name): [string, unknown, string] => [
    `the name ${JSON.stringify(name)}`,
    { id: "1", name, args: [] },
    "UNKNOWN_PROCEDURE",
  ]),
];

describe.each(Object.entries(ways))("a message to %s", (_way, open) => {
  /** Sends each message, and checks that none of them did anything. */
  async function expectRefused(
    method: keyof DatabaseRpc,
    messages: [what: string, message: unknown, code: string][],
  ) {
    const { rpc, db } = open();
    await db.exec("DROP TABLE IF EXISTS canary; CREATE TABLE canary (n); INSERT INTO canary VALUES (1)");
    const before = await contentsOf(db);
    const answers = await Promise.all(
      messages.map(async ([what, message]) => {
        const answer = await rpc[method]!(message).then(
          () => "it is done",
          (error: { code?: string; message: string }) => error.code ?? error.message,
        );
        return [what, answer];
      }),
    );
    expect(answers).toEqual(messages.map(([what, , code]) => [what, code]));
    expect(await contentsOf(db)).toEqual(before);
    await expectUsable(db);
  }

  it("is refused as a query that is none, before anything of it runs", () =>
    expectRefused("query", refusedQueries));

  it.each(["call", "callInSession"] as const)("is refused as a procedure that is none: %s", (method) =>
    expectRefused(method, calls),
  );

  it.each(["exec", "script"] as const)("is refused as a script that is none: %s", (method) =>
    expectRefused(
      method,
      wrong
        .filter((message) => typeof message !== "string")
        .map((message) => [String(message), message, "INVALID_ARGUMENT"]),
    ),
  );

  it("cancels nothing when it is no id of a call", async () => {
    const { rpc } = open();
    for (const id of [...wrong, "", "__proto__", "constructor", { toString: () => "1" }].filter(
      (id) => typeof id !== "object" || id === null || Array.isArray(id),
    )) {
      expect(await rpc.cancel!(id)).toBe(false);
    }
  });

  it("is a query all the same with cycles, other keys and any bookmark", async () => {
    const { rpc } = open();
    const answer = {
      success: true,
      results: { queryResults: [{ data: { rows: [[1]] } }], bookmark: expect.any(String) },
    };
    const queries = [select];
    for (const message of [
      cyclic(),
      polluting({ SAFE: { polluted: true }, queries }),
      Object.fromEntries([
        ["queries", queries],
        ...["constructor", "then", "toString", "toJSON", "hasOwnProperty", "length"].map((key) => [key, 1]),
      ]),
      { queries: [{ ...select, exactIntegers: "yes", toJSON: 1, length: 9 }] },
      ...[5, {}, [], "x".repeat(1_000_000), "\0", null, true].map((bookmark) => ({ queries, bookmark })),
    ]) {
      expect(await rpc.query!(message)).toMatchObject(answer);
    }
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("reaches nothing but the methods of the contract", async () => {
    const { rpc, db } = open();
    const names = [
      "ctx",
      "env",
      "engine",
      "alarm",
      "checkQueries",
      "respond",
      "runScript",
      "#engine",
      "__proto__x",
    ];
    for (const name of names) {
      await expect((async () => rpc[name]!({ queries: [select] }))()).rejects.toThrow(Error);
    }
    await expectUsable(db);
  });
});

describe("a procedure call", () => {
  it("with an id that is under way is refused, and the one under way goes on", async () => {
    const { rpc, db } = ways["the object"]();
    await db.Procedures.CreateTables();
    const call = async (name: string, ...args: unknown[]) => rpc.call!({ id: "same", name, args });
    const name = crypto.randomUUID();
    const first = call("InsertAtGate", name);
    const ended = expect(first).rejects.toMatchObject({ code: "TRANSACTION_CANCELLED" });
    await gateOf(name).reached();
    await expect(call("Echo", 1)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(await rpc.cancel!("same")).toBe(true);
    await ended;
    expect(await call("Echo", 1)).toBe(1);
    expect(await db.Procedures.Count()).toBe(0);
  });

  it("gets holes, cycles and keys of the prototype as they are, and gives them back", async () => {
    const { rpc } = ways["the object"]();
    const echo = (value: unknown) => rpc.call!({ id: crypto.randomUUID(), name: "Echo", args: [value] });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const back = (await echo(cycle)) as unknown[];
    expect(back[0]).toBe(back);
    expect(await echo(holes(3, 1))).toEqual(holes(3, 1));
    const keys = polluting({ SAFE: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } });
    expect(Object.entries((await echo(keys)) as object)).toEqual(Object.entries(keys));
    expect(await rpc.call!({ id: "x", name: "CountArguments", args: holes(5) })).toBe(5);
    expect({}).not.toHaveProperty("polluted");
  });
});
