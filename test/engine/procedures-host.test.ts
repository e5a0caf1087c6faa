import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { procedureTable } from "../../src/database/procedures-host.ts";
import type { ProceduresDefinition } from "../../src/procedures.ts";
import type { ProcedureCall } from "../../src/protocol.ts";

const newDatabase = () => env.ENGINE.getByName(crypto.randomUUID());
const names = (definition: ProceduresDefinition) => [...procedureTable(definition).keys()].sort();

/** Awaits inside: a promise of RPC that fails counts as unhandled when it is handed around. */
const send = async (message: ProcedureCall) => await newDatabase().call(message);
const call = (name: string, ...args: unknown[]) => send({ id: crypto.randomUUID(), name, args });

describe("what can be called", () => {
  it.each([
    "constructor",
    "toString",
    "hasOwnProperty",
    "__proto__",
    "prototype",
    "Accessor",
    "ownProperty",
    "Static",
    "#private",
    "private",
    "db",
    "env",
    "ctx",
    "default.Insert",
    "Insert.call",
    "then",
    "",
  ])("does not include %j", async (name) => {
    await expect(call(name)).rejects.toMatchObject({ code: "UNKNOWN_PROCEDURE" });
  });

  it("is told in alphabetical order when the name is unknown", async () => {
    await expect(call("Chekout")).rejects.toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      message: expect.stringMatching(
        /^No procedure is called "Chekout"\. There are: AbortObject, CountCalls, .*Inherited, /,
      ),
    });
  });

  it("includes the methods of a base class, and the derived class overrides them", async () => {
    expect(await call("Inherited")).toBe("from the base class");
    expect(await call("Overridden")).toBe("derived of base");
  });

  it("runs on a fresh instance for every call", async () => {
    const { Procedures } = connect(newDatabase());
    expect(await Procedures.CountCalls()).toBe(1);
    expect(await Procedures.CountCalls()).toBe(1);
  });

  it("does not include what every object has, even when the class has its own", () => {
    class Polite {
      Greet() {}
      toString() {
        return "polite";
      }
      valueOf() {
        return 1;
      }
    }
    expect(names(Polite)).toEqual(["Greet"]);
  });

  it("does not include a method of a base class that is hidden by what is none", () => {
    class Base {
      Hidden() {}
      AlsoHidden() {}
      Seen() {}
    }
    class Derived extends Base {}
    Object.defineProperty(Derived.prototype, "Hidden", { get: () => () => "by a getter" });
    Object.defineProperty(Derived.prototype, "AlsoHidden", { value: "no function" });
    expect(names(Derived)).toEqual(["Seen"]);
  });

  it("does not change when a prototype is changed later", () => {
    class Late {
      Early() {}
    }
    const table = procedureTable(Late);
    Object.defineProperty(Late.prototype, "Added", { value() {} });
    expect([...table.keys()]).toEqual(["Early"]);
  });
});

describe("several classes", () => {
  class Users {
    Create() {}
  }
  class Orders {
    Create() {}
    Cancel() {}
  }

  it("are namespaces, and the default one is flat", () => {
    expect(names({ default: Users, orders: Orders })).toEqual(["Create", "orders.Cancel", "orders.Create"]);
    expect(names({ users: Users, orders: Orders })).toEqual([
      "orders.Cancel",
      "orders.Create",
      "users.Create",
    ]);
  });

  it("may be the same class twice", () => {
    expect(names({ a: Users, b: Users })).toEqual(["a.Create", "b.Create"]);
  });
});

describe("a bad definition", () => {
  class WithThen {
    // biome-ignore lint/suspicious/noThenProperty: the mistake under test.
    then() {}
  }
  class WithToJson {
    toJSON() {}
  }
  class Fine {
    orders() {}
  }
  const invalid = (message: RegExp) =>
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
  const bad: [string, unknown, RegExp][] = [
    ["an instance in place of a class", { users: new Fine() }, /"users" is not a class/],
    [
      "undefined in place of a class, as a cyclic import leaves it",
      { users: undefined },
      /"users" is not a class/,
    ],
    ["nothing", undefined, /class/],
    ["null", null, /class/],
    ["a string", "Procedures", /class/],
    ["an arrow function, which has no methods", () => {}, /class/],
    ["a method that a promise would call", WithThen, /"then"/],
    ["such a method in a namespace", { users: WithThen }, /"users\.then"/],
    ["a method that JSON would call", WithToJson, /"toJSON"/],
    [
      "a method of the default class with the name of a namespace",
      { default: Fine, orders: Fine },
      /"orders"/,
    ],
    // biome-ignore lint/suspicious/noThenProperty: the mistake under test.
    ["a namespace that a promise would call", { then: Fine }, /"then"/],
    ["a namespace that every object has", { constructor: Fine }, /"constructor"/],
    ["a namespace with a dot", { "a.b": Fine }, /"a\.b"/],
    ["an empty namespace", { "": Fine }, /""/],
  ];

  it.each(bad)("is refused when the class is defined: %s", (_, definition, message) => {
    expect(() => procedureTable(definition as ProceduresDefinition)).toThrow(invalid(message));
  });

  it("is not an empty class", () => {
    expect(names(class {})).toEqual([]);
  });
});

describe("a malformed call", () => {
  const wrong: [string, unknown][] = [
    ["nothing", undefined],
    ["no id", { name: "CountCalls", args: [] }],
    ["an id that is a number", { id: 1, name: "CountCalls", args: [] }],
    ["no arguments", { id: "1", name: "CountCalls" }],
    ["arguments that are no array", { id: "1", name: "CountCalls", args: { length: 0 } }],
  ];

  it.each(wrong)("is refused: %s", async (_, message) => {
    await expect(send(message as ProcedureCall)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
