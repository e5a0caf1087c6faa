import { runInDurableObject } from "cloudflare:test";
import { env, RpcTarget } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { ProceduresHost, procedureTable } from "../../src/database/procedures-host.ts";
import type { ProceduresDefinition } from "../../src/procedures.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { TestDatabase } from "../support/in-database.ts";
import { withinTime } from "../support/within-time.ts";

/** Names that mean something to the language, to the runtime, to the engine, or look like one of these. */
const strange = [
  ..."constructor __proto__ prototype toString valueOf hasOwnProperty isPrototypeOf __defineGetter__ then catch finally toJSON".split(
    " ",
  ),
  ..."call apply bind name length caller arguments #private private _private db env ctx dup fetch alarm connect query exec script".split(
    " ",
  ),
  ..."Symbol.iterator Symbol(Symbol.dispose) default inventory undefined null 0 -1".split(" "),
  "",
  " ",
  "\0",
  "\ud800",
  "é",
  "e\u0301",
  "Ｅcho",
  "Ech\u043e",
  "😀",
  "x".repeat(3_000),
];
const plain = ["Echo", "Count", "Pay", "echo", "a", "b"];
const memberName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...plain) },
  { weight: 2, arbitrary: fc.constantFrom(...strange) },
  fc.string({ maxLength: 6 }),
);

const kinds = [
  "method",
  "method",
  "method",
  "async",
  "getter",
  "setter",
  "value",
  "static",
  "symbol",
  "field",
] as const;

interface Member {
  name: string;
  kind: (typeof kinds)[number];
}

const members = fc.array(fc.record({ name: memberName, kind: fc.constantFrom(...kinds) }), { maxLength: 6 });

/** Classes from the base up to the one that is served. */
const lineage = fc.array(members, { minLength: 1, maxLength: 3 });
const namespace = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("default", "inventory", "x") },
  fc.constantFrom("then", "a.b", ""),
);
const namespaces = fc.uniqueArray(fc.tuple(namespace, lineage), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name,
});

const askedByTheLanguage = ["then", "catch", "finally", "toJSON"];

type Run = (...args: unknown[]) => unknown;

/** Makes the class that is served. Its members tell when they run. */
function classOf(lineage: Member[][], namespace: string, ran: string[]): new () => object {
  let made: new () => object = class {};
  for (const [level, members] of lineage.entries()) {
    const fields: [string, Run][] = [];
    made = class extends made {
      constructor() {
        super();
        for (const [name, value] of fields) Object.defineProperty(this, name, { value, configurable: true });
      }
    };
    for (const { name, kind } of members) {
      const tag = `${namespace}.${name} of ${level}: ${kind}`;
      const run: Run = (...args) => {
        ran.push(tag);
        return { tag, count: args.length };
      };
      const place = { configurable: true, enumerable: false };
      const define = (target: object, key: PropertyKey, property: PropertyDescriptor) => {
        if (key !== "constructor" && key !== "prototype")
          Object.defineProperty(target, key, { ...place, ...property });
      };
      const { prototype } = made;
      if (kind === "method") define(prototype, name, { value: run });
      if (kind === "async") define(prototype, name, { value: async (...args: unknown[]) => run(...args) });
      if (kind === "getter") define(prototype, name, { get: () => run });
      if (kind === "setter") define(prototype, name, { set: run });
      if (kind === "value") define(prototype, name, { value: tag });
      if (kind === "symbol") define(prototype, Symbol.for(name), { value: run });
      if (kind === "static") define(made, name, { value: run });
      // A field in the place of a method is the method, for the class itself as well.
      if (kind === "field" && !(name in prototype)) fields.push([name, run]);
    }
  }
  return made;
}

/** What a user would call the public methods of a class: the definition that is nearest to an instance decides. */
function publicMethodsOf(made: new () => object): string[] {
  const nearest = new Map<string, PropertyDescriptor>();
  for (let at = made.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (!nearest.has(name)) nearest.set(name, property as PropertyDescriptor);
    }
  }
  return [...nearest].flatMap(([name, { value }]) =>
    typeof value === "function" && !(name in Object.prototype) ? [name] : [],
  );
}

/** The names by which a definition can be called; undefined if it must be refused. */
function expectedNames(classes: Record<string, new () => object>): string[] | undefined {
  const names = Object.entries(classes).flatMap(([namespace, made]) =>
    publicMethodsOf(made).map((method) => ({ namespace, method })),
  );
  const isWrong =
    Object.keys(classes).some((namespace) => ["then", "a.b", ""].includes(namespace)) ||
    names.some(
      ({ namespace, method }) =>
        askedByTheLanguage.includes(method) || (namespace === "default" && Object.hasOwn(classes, method)),
    );
  if (isWrong) return undefined;
  return names.map(({ namespace, method }) => (namespace === "default" ? method : `${namespace}.${method}`));
}

describe("the procedures of any class", () => {
  const { parameters, timeoutMs } = fuzzParameters("classes of procedures", { runs: 60, seconds: 20 });

  it(
    "are its public methods, and nothing else of it runs whatever name is called",
    () =>
      runInDurableObject(env.DB.getByName(crypto.randomUUID()), async (_object, state) => {
        const { engine } = new TestDatabase(state);
        const counts = { refused: 0, called: 0, unknown: 0 };
        const asked = fc.array(memberName, { maxLength: 5 });
        const property = fc.asyncProperty(
          namespaces,
          asked,
          fc.nat({ max: 3 }),
          async (spaces, others, count) => {
            const ran: string[] = [];
            const classes = Object.fromEntries(
              spaces.map(([name, lineage]) => [name, classOf(lineage, name, ran)]),
            );
            const expected = expectedNames(classes);
            let table: ReturnType<typeof procedureTable>;
            try {
              table = procedureTable(classes as ProceduresDefinition);
            } catch (error) {
              expect(error).toMatchObject({ name: "DatabaseError", code: "INVALID_ARGUMENT" });
              expect(expected).toBeUndefined();
              return void counts.refused++;
            }
            expect([...table.keys()].sort()).toEqual(expected?.sort());
            const host = new ProceduresHost(table, engine, state, {});
            const members = spaces.flatMap(([space, lineage]) =>
              lineage.flat().flatMap(({ name }) => [name, `${space}.${name}`]),
            );
            for (const name of new Set([...members, ...others, ...strange])) {
              const args = Array.from({ length: count }, () => name);
              ran.length = 0;
              const call = host.call({ id: crypto.randomUUID(), name, args });
              if (expected!.includes(name)) {
                const [method] = name.split(".").slice(-1);
                const { tag } = (await call) as { tag: string };
                expect(await call).toEqual({ tag, count });
                expect(tag).toContain(method);
                expect(ran).toEqual([tag]);
                counts.called++;
              } else {
                await expect(call).rejects.toMatchObject({ code: "UNKNOWN_PROCEDURE" });
                expect(ran).toEqual([]);
                counts.unknown++;
              }
            }
          },
        );
        await fc.assert(property, parameters);
        console.info(counts);
        expect(Math.min(...Object.values(counts))).toBeGreaterThan(5);
      }),
    timeoutMs,
  );
});

const known = ["Echo", "CountArguments", "CallId", "inventory.Reserve"];
const others = [
  ..."CreateTables Insert Count InsertAtGate InsertSlowly ThrowOutOfStock ReturnOutOfStock ThrowError ThrowText ThrowDatabaseError ReturnBigInt ReturnBytes CallItselfInTransaction CallItselfAfterTransaction".split(
    " ",
  ),
];
/** Names that are nearly known, or known to something else. */
const calledName = fc
  .oneof(
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    fc.constantFrom(...strange),
    fc
      .tuple(
        fc.constantFrom(...known, ...others, ...strange),
        fc.constantFrom(".", "", " ", "\0", "\u200b"),
        fc.constantFrom(...strange),
      )
      .map((parts) => parts.join("")),
    fc
      .tuple(fc.constantFrom(...strange), fc.constantFrom(".", ""), fc.constantFrom(...known))
      .map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.constantFrom(...known).map((name) => name.toUpperCase()),
  )
  .filter((name) => !others.includes(name));

describe("a name over RPC", () => {
  const { parameters, timeoutMs } = fuzzParameters("procedure names", { runs: 80, seconds: 20 });

  it(
    "calls the procedure that has it, or nothing",
    async () => {
      const name = crypto.randomUUID();
      const counts = { called: 0, unknown: 0, otherwise: 0 };
      const property = fc.asyncProperty(calledName, async (called) => {
        const stub = env.NAMESPACED.getByName(name);
        const call = async () => stub.call({ id: crypto.randomUUID(), name: called, args: ["x", 1] });
        const { Procedures } = connect(stub);
        const viaClient = async () => {
          const procedure = called
            .split(".")
            .reduce<unknown>((at, key) => Reflect.get(at as object, key), Procedures);
          return await (procedure as Run)("x", 1);
        };
        if (known.includes(called)) {
          const result = await withinTime(call());
          expect(called === "CallId" ? typeof result : result).toEqual(
            {
              Echo: "x",
              CountArguments: 2,
              CallId: "string",
              "inventory.Reserve": { sku: "x", reserved: 1 },
            }[called],
          );
          if (called !== "CallId") expect(await viaClient()).toEqual(result);
          counts.called++;
        } else {
          await expect(withinTime(call())).rejects.toMatchObject({ code: "UNKNOWN_PROCEDURE" });
          counts.unknown++;
          // Some names are not the client's to answer: those of every object.
          const outcome = await withinTime(viaClient()).then(
            () => "resolved",
            (error: Error & { code?: string }) => error.code ?? error.name,
          );
          if (outcome !== "UNKNOWN_PROCEDURE") counts.otherwise++;
        }
        expect(await Procedures.CountArguments(1)).toBe(1);
      });
      await fc.assert(property, parameters);
      console.info(counts);
      expect(Math.min(counts.called, counts.unknown)).toBeGreaterThan(5);
    },
    timeoutMs,
  );
});

class Live extends RpcTarget {
  greet() {
    return "hello";
  }
}

/** What RPC may carry, or not, and hold on to. */
const live: [string, () => unknown][] = [
  ["a function", () => () => 1],
  ["an RpcTarget", () => new Live()],
  ["a stream", () => new Blob(["text"]).stream()],
  ["a promise", () => Promise.resolve(1)],
  ["a symbol", () => Symbol("s")],
  ["a WeakMap", () => new WeakMap()],
  ["a Proxy", () => new Proxy({}, {})],
  [
    "a getter that throws",
    () =>
      Object.defineProperty({}, "a", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
  ],
  [
    "an instance",
    () =>
      new (class Thing {
        a = 1;
      })(),
  ],
  [
    "a detached buffer",
    () => {
      const buffer = new ArrayBuffer(4);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    },
  ],
  ["a shared buffer", () => new SharedArrayBuffer(4)],
  [
    "a cycle",
    () => {
      const cycle: unknown[] = [];
      cycle.push(cycle, { cycle });
      return cycle;
    },
  ],
  ["3,000 levels", () => Array.from({ length: 3_000 }).reduce((inner) => [inner], 1)],
  ["100,000 levels", () => Array.from({ length: 100_000 }).reduce((inner) => [inner], 1)],
  ["a megabyte", () => "€".repeat(500_000)],
  ["a long sparse array", () => Object.assign([], { length: 2 ** 32 - 1 })],
  ["an error with a cause", () => new TypeError("x", { cause: { a: [new Error("y")] } })],
  ["a request", () => new Request("http://localhost/")],
  ["headers", () => new Headers({ a: "b" })],
  ["a RegExp", () => /a/g],
];

const values = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: false,
  maxDepth: 3,
  key: fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom("__proto__", "constructor", "then", "toJSON", "length"),
  ),
});

describe("arguments over RPC", () => {
  const { parameters, timeoutMs } = fuzzParameters("procedure arguments", { runs: 80, seconds: 20 });

  it(
    "arrive as they are, or are refused, and the object lives on",
    async () => {
      const stub = env.DB.getByName(crypto.randomUUID());
      const { Procedures } = connect(stub);
      const counts = { echoed: 0, refused: 0, live: 0 };
      const one = fc.oneof(
        { weight: 4, arbitrary: values.map((value) => ({ what: "data", make: () => value })) },
        fc.constantFrom(...live).map(([what, make]) => ({ what, make })),
      );
      const property = fc.asyncProperty(
        one,
        fc.array(one, { maxLength: 3 }),
        async ({ what, make }, others) => {
          const value = make();
          try {
            const result = await withinTime(Procedures.Echo(value));
            if (what === "data") expect(result).toEqual(value);
            else counts.live++;
            (result as Partial<Disposable> | undefined)?.[Symbol.dispose]?.();
            counts.echoed++;
          } catch (error) {
            if (what === "data") throw error;
            expect((error as Error).message).not.toMatch(/internal error|did not come|UNKNOWN/);
            counts.refused++;
          }
          const args = others.map(({ make }) => make());
          const number = await withinTime(Procedures.CountArguments(...args)).catch(() => undefined);
          if (number !== undefined) expect(number).toBe(args.length);
          expect(await withinTime(Procedures.CountArguments(1, 2))).toBe(2);
          expect(Reflect.get({}, "polluted")).toBeUndefined();
        },
      );
      await fc.assert(property, parameters);
      console.info(counts);
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(1);
    },
    timeoutMs,
  );
});
