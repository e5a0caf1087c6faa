import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { type Greeter, type Returnable, returnable } from "../fixtures/engine-procedures.ts";

async function newDatabase() {
  const { Procedures } = connect(env.ENGINE.getByName(crypto.randomUUID()));
  await Procedures.CreateTables();
  return Procedures;
}

const live: ReadonlySet<Returnable> = new Set(["stream", "target", "function"]);
const plain = (Object.keys(returnable) as Returnable[]).filter((kind) => !live.has(kind));

describe("what a transaction returns", () => {
  it.each(plain.filter((kind) => kind !== "error" && kind !== "undefined"))(
    "reaches the caller as it was, by itself and in an object: %s",
    async (kind) => {
      const procedures = await newDatabase();
      const value = await procedures.Give(kind);
      expect(value).toEqual(returnable[kind]());
      expect(Object.prototype.toString.call(value)).toBe(Object.prototype.toString.call(returnable[kind]()));
      expect(await procedures.GiveInObject(kind)).toEqual({ value: returnable[kind]() });
      expect(await procedures.Names()).toEqual([kind]);
    },
  );

  it("is `{ error: undefined }` in place of undefined, so that `{ error }` can be taken from it", async () => {
    const procedures = await newDatabase();
    expect(await procedures.Give("undefined")).toStrictEqual({ error: undefined });
    expect(await procedures.GiveInObject("undefined")).toEqual({ value: undefined });
    expect(await procedures.Names()).toEqual(["undefined"]);
  });

  it("may be an error, by itself and in an object: that is a success", async () => {
    const procedures = await newDatabase();
    for (const value of [await procedures.Give("error"), (await procedures.GiveInObject("error")).value]) {
      expect(value).toBeInstanceOf(Error);
      expect(value).toMatchObject({ name: "DetailedError", code: "DETAILED" });
    }
    expect(await procedures.Names()).toEqual(["error"]);
  });

  it("may be a stream, read after the commit", async () => {
    const procedures = await newDatabase();
    const stream = (await procedures.Give("stream")) as ReadableStream;
    expect(await procedures.Names()).toEqual(["stream"]);
    expect(await new Response(stream).text()).toBe("streamed");
  });

  it("may be a function or an RpcTarget, of which the caller gets a stub", async () => {
    const procedures = await newDatabase();
    const add = (await procedures.Give("function")) as (a: number, b: number) => Promise<number>;
    expect(await add(2, 3)).toBe(5);
    expect(await add(4, 5)).toBe(9);
    const greeter = (await procedures.Give("target")) as unknown as { greet: Greeter["greet"] };
    expect(await greeter.greet("you")).toBe("Hello you");
    expect(await greeter.greet("again")).toBe("Hello again");
    expect(await procedures.Names()).toEqual(["function", "target"]);
  });
});

describe("an error of a transaction", () => {
  const detailed = {
    name: "DetailedError",
    message: "It failed in detail",
    code: "DETAILED",
    details: { tags: ["a", "b"], at: new Date(0) },
    cause: { name: "RangeError", message: "the deeper reason", depth: 2 },
  };

  it("keeps name, message, own properties and cause across RPC, returned in { error }", async () => {
    const procedures = await newDatabase();
    const { error } = await procedures.Fail("return");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject(detailed);
    expect((error as Error).cause).toBeInstanceOf(RangeError);
    expect(await procedures.Names()).toEqual([]);
  });

  it("keeps them when it is thrown", async () => {
    const procedures = await newDatabase();
    await expect(procedures.Fail("throw")).rejects.toMatchObject(detailed);
    expect(await procedures.Names()).toEqual([]);
  });

  it("of SQLite keeps its code and D1's words", async () => {
    const procedures = await newDatabase();
    const { error, stored } = await procedures.ViolateCheck();
    expect(stored).toBeUndefined();
    expect(error).toMatchObject({
      code: "SQLITE_CONSTRAINT_CHECK",
      message: expect.stringMatching(/^D1_ERROR: CHECK constraint failed: /),
      cause: { message: expect.stringMatching(/^CHECK constraint failed: /) },
    });
    expect(await procedures.Names()).toEqual([]);
  });
});

describe("a procedure", () => {
  it("goes on after a block that failed", async () => {
    const procedures = await newDatabase();
    expect(await procedures.WorkAfterBlock()).toEqual(["after: no"]);
  });
});
