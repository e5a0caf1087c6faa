import { env } from "cloudflare:workers";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { maxGraphqlDatabases, maxGraphqlDatasets, maxHttpBodyBytes } from "../../src/limits.ts";
import { graphql } from "./graphql-client.ts";

async function messages(query: string, variables?: unknown): Promise<string[]> {
  const { status, answer } = await graphql({ query, ...(variables !== undefined && { variables }) });
  expect([200, 400]).toContain(status);
  return (answer.errors ?? []).map(({ message }) => message);
}

const dataset = "d1QueriesAdaptiveGroups { count }";
const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(" ");

describe("a body that is no GraphQL request", () => {
  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["the query itself", "query { viewer { accounts { accountTag } } }"],
    ["null", "null"],
    ["a batch", [{ query: "{ viewer { accounts { accountTag } } }" }]],
    ["an empty batch", []],
    ["no query", { variables: {} }],
    ["a query that is no text", { query: { a: 1 } }],
    ["variables that are a list", { query: "{ viewer { accounts { accountTag } } }", variables: [1] }],
    ["variables that are a text", { query: "{ viewer { accounts { accountTag } } }", variables: "{}" }],
    [
      "an operation's name that is a number",
      { query: "{ viewer { accounts { accountTag } } }", operationName: 1 },
    ],
  ])("is refused: %s", async (_what, body) => {
    const { status, answer } = await graphql(body);
    expect(status).toBe(400);
    expect(answer.errors).toMatchObject([{ code: 7400 }]);
  });

  it("is refused by size before it is read", async () => {
    const { status } = await graphql({ query: "{}", variables: { a: "x".repeat(maxHttpBodyBytes) } });
    expect(status).toBe(413);
  });
});

describe("a query that is wrong", () => {
  it.each([
    ["empty", "", "Syntax Error"],
    ["a comment", "# nothing", "Syntax Error"],
    ["cut short", "{ viewer { accounts", "Syntax Error"],
    ["with a NUL", "{ viewer\0 { accounts { accountTag } } }", "Syntax Error"],
    [
      "for an unknown field",
      "{ viewer { zones { httpRequests1dGroups { count } } } }",
      'Cannot query field "zones"',
    ],
    ["for a field of every object", "{ viewer { constructor } }", 'Cannot query field "constructor"'],
    ["for __proto__", "{ viewer { __proto__ { a } } }", 'Cannot query field "__proto__"'],
    ["without fields", "{ viewer { accounts } }", "must have a selection of subfields"],
    ["a mutation", "mutation { erase }", "not configured to execute mutation"],
    ["a subscription", "subscription { erase }", "not configured to execute subscription"],
    [
      "with an unknown directive",
      "{ viewer @cost { accounts { accountTag } } }",
      'Unknown directive "@cost"',
    ],
    [
      "with an unknown argument",
      `{ viewer { accounts { ${dataset.replace(" ", "(cost: 1) ")} } } }`,
      'Unknown argument "cost"',
    ],
    [
      "with a variable that is not declared",
      "{ viewer { accounts(filter: {accountTag: $a}) { accountTag } } }",
      "is not defined",
    ],
    [
      "with a variable that is not used",
      "query ($a: string) { viewer { accounts { accountTag } } }",
      'Variable "$a" is never used',
    ],
    [
      "with two operations and no name",
      "query a { viewer { accounts { accountTag } } } query b { viewer { accounts { accountTag } } }",
      "Must provide operation name",
    ],
    ["with a fragment that does not exist", "{ viewer { ...missing } }", 'Unknown fragment "missing"'],
  ])("is told so: %s", async (_what, query, message) => {
    const told = await messages(query);
    expect(
      told.some((text) => text.includes(message)),
      told.join("\n"),
    ).toBe(true);
  });

  it("is told of some errors only, however many there are", async () => {
    const told = await messages(`{ ${times(400, (n) => `unknown${n}`)} }`);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(30);
  });

  it("that uses one variable in places of different types is refused", async () => {
    const told = await messages(
      "query ($a: string) { viewer { accounts(filter: {accountTag: $a}) { d1QueriesAdaptiveGroups(limit: $a) { count } } } }",
      { a: env.ACCOUNT_ID },
    );
    expect(told).toEqual([expect.stringContaining('used in position expecting type "uint64')]);
  });
});

describe("a query that asks for too much is refused at once", () => {
  it.each([
    [
      "characters",
      `{ viewer { accounts { accountTag } } } #${"x".repeat(30_000)}`,
      "at most 20000 characters",
    ],
    ["tokens", `{ ${"a ".repeat(5_000)} }`, "more that 1000 tokens"],
    ["levels", `${"{ viewer ".repeat(20)}${"}".repeat(20)}`, "at most 15 levels of fields, not 20"],
    ["levels of brackets", `{ viewer { accounts(filter: ${"[".repeat(800)}`, "Syntax Error"],
    [
      "aliases",
      `{ viewer { accounts { ${times(9, () => "...a")} } } } fragment a on account { ${times(60, (n) => `a${n}: accountTag`)} }`,
      "at most 500 fields",
    ],
    [
      "a bomb of fragments",
      `{ viewer { accounts { ...f0 } } } ${times(30, (n) => `fragment f${n} on account { ...f${n + 1} ...f${n + 1} }`)} fragment f30 on account { accountTag }`,
      "at most 500 fields",
    ],
  ])("%s", async (_what, query, message) => {
    const told = await messages(query);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });

  it.each([
    ["itself", "fragment a on account { ...a }"],
    ["each other", "fragment a on account { ...b } fragment b on account { accountTag ...a }"],
    [
      "each other by way of fields",
      "fragment a on account { d1QueriesAdaptiveGroups { ...c } } fragment c on AccountD1QueriesAdaptiveGroups { dimensions { ...d } } fragment d on AccountD1QueriesAdaptiveGroupsDimensions { ...d }",
    ],
  ])("fragments that spread %s", async (_what, fragments) => {
    const told = await messages(`{ viewer { accounts { ...a } } } ${fragments}`);
    expect(
      told.some((text) => text.startsWith("Cannot spread fragment")),
      told.join("\n"),
    ).toBe(true);
  });

  it("datasets under many names, over all accounts and viewers of the query", async () => {
    const query = `{ ${times(4, (n) => `v${n}: viewer { accounts { ${times(maxGraphqlDatasets / 2, (m) => `d${m}: ${dataset}`)} } }`)} }`;
    const { answer } = await graphql({ query });
    expect(answer.data).toBeNull();
    expect(answer.errors![0]!.message).toContain(`at most ${maxGraphqlDatasets} datasets`);
  });

  it("more databases than one request can reach", async () => {
    const ids = Array.from({ length: maxGraphqlDatabases + 1 }, (_, n) => `database-${n}`);
    const told = await messages(
      "query ($ids: any) { viewer { accounts { d1QueriesAdaptiveGroups(filter: {databaseId_in: $ids}) { count } } } }",
      { ids },
    );
    expect(told).toEqual([
      expect.stringContaining(`at most ${maxGraphqlDatabases} databases, not ${ids.length}`),
    ]);
  });

  it("the schema in a circle", async () => {
    const circle = "fields { type { fields { type { fields { type { fields { name } } } } } } }";
    const told = await messages(`{ __schema { types { ${circle} } } }`);
    expect(told).toEqual(["Maximum introspection depth exceeded"]);
  });
});

describe("what is unusual but fine", () => {
  it("is answered: what tools send to learn the schema", async () => {
    const query = getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true });
    const { status, answer } = await graphql({ query });
    expect(status).toBe(200);
    expect(answer.errors).toBeNull();
    expect(JSON.stringify(answer.data)).toContain("AccountD1QueriesAdaptiveGroups");
  });

  it("is answered: the schema as wide and deep as the limits allow", async () => {
    const names = times(280, (n) => `n${n}: name`);
    const query = `{ __schema { types { fields { type { ofType { fields { ...f } } } } } } } fragment f on __Field { ${names} }`;
    const { answer } = await graphql({ query });
    expect(answer.errors).toBeNull();
  });

  it("is answered: a filter that nests deeply in its variables", async () => {
    let filter: object = { databaseId: "missing" };
    for (let depth = 0; depth < 200; depth++) filter = { AND: [filter, {}] };
    const query =
      "query ($filter: any) { viewer { accounts { d1QueriesAdaptiveGroups(filter: $filter) { count } } } }";
    const { answer } = await graphql({ query, variables: { filter } });
    expect(answer).toEqual({
      data: { viewer: { accounts: [{ d1QueriesAdaptiveGroups: [] }] } },
      errors: null,
    });
  });

  it("is answered: variables that nobody declared, some with special names", async () => {
    const body = `{"query": "{ viewer { accounts { accountTag } } }", "variables": {"__proto__": {"a": 1}, "b": 2}}`;
    expect((await graphql(body)).answer.errors).toBeNull();
  });
});
