import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { shiftedClock } from "../support/shifted-clock.ts";
import { graphql, groups, infoRequest, insightsRequest } from "./graphql-client.ts";
import { createDatabase, reading, rowsOf } from "./rest-client.ts";

const insert = "INSERT INTO item SELECT value FROM json_each(?)";
const select = "SELECT n FROM item WHERE n > ?";
/** Takes long enough for a clock that shows milliseconds. */
const slow =
  "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500000) SELECT max(n) FROM c";
let database: string;
let other: string;

beforeAll(async () => {
  // Not at the end of an hour, which might begin between a statement and the question for it.
  shiftedClock().shift(1_800_000 - (Date.now() % 3_600_000));
  ({ uuid: database } = await createDatabase("with-items"));
  ({ uuid: other } = await createDatabase("other"));
  await rowsOf(database, "CREATE TABLE item (n)");
  await rowsOf(database, insert, ["[1, 2, 3, 4]"]);
  for (const least of [0, 3, 9]) await rowsOf(database, select, [least]);
  await rowsOf(database, slow);
  await rowsOf(other, "SELECT 'other'");
});

/** The one dataset of an answer. */
function only(answer: Awaited<ReturnType<typeof graphql>>["answer"]) {
  expect(answer.errors).toBeNull();
  return Object.values(answer.data!.viewer.accounts[0]!)[0]!;
}

describe("what wrangler d1 info asks for", () => {
  it("is told by the hour", async () => {
    const { status, answer } = await graphql(infoRequest(database));
    expect(status).toBe(200);
    const [hour, ...more] = only(answer);
    expect(more).toEqual([]);
    expect(hour!.dimensions.datetimeHour).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
    expect(hour!.sum).toMatchObject({ readQueries: 4, writeQueries: 2 });
    expect(hour!.sum.rowsRead).toBeGreaterThanOrEqual(3 * 4);
    expect(hour!.sum.rowsWritten).toBeGreaterThanOrEqual(4);
  });

  it("is nothing for a database that does not exist, be there one of that name, or that has run nothing", async () => {
    const { uuid } = await createDatabase("idle");
    for (const id of ["missing", "with-items", "", uuid]) {
      expect(only((await graphql(infoRequest(id))).answer)).toEqual([]);
    }
  });

  it("is told with the read-only token as well, and not without one", async () => {
    expect((await graphql(infoRequest(database), reading)).status).toBe(200);
    const { status, answer } = await graphql(infoRequest(database), { authorization: "Bearer wrong" });
    expect(status).toBe(401);
    expect(answer.errors).toMatchObject([{ code: 10000 }]);
  });

  it("is an error for another account, in Cloudflare's words and without data", async () => {
    const { status, answer } = await graphql(infoRequest(database, "another"));
    expect(status).toBe(200);
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([
      expect.objectContaining({ message: "not authorized for that account", extensions: { code: "authz" } }),
    ]);
  });
});

describe("what wrangler d1 insights asks for", () => {
  it("is told by statement, with sums and means", async () => {
    const byText = only((await graphql(insightsRequest(database))).answer);
    expect(byText).toHaveLength(4);
    expect(byText[0]).toMatchObject({ count: 1, dimensions: { query: slow } });
    const { sum, avg, count } = byText.find(({ dimensions }) => dimensions.query === select)!;
    expect(count).toBe(3);
    expect(sum.rowsReturned).toBe(4 + 1 + 0);
    expect(avg.rowsReturned).toBeCloseTo(5 / 3);
    expect(avg.queryDurationMs! * 3).toBeCloseTo(sum.queryDurationMs!);
    expect(sum.rowsWritten).toBe(0);
  });

  it.each([
    "sum_queryDurationMs",
    "sum_rowsRead",
    "sum_rowsWritten",
    "avg_queryDurationMs",
    "avg_rowsRead",
    "avg_rowsWritten",
    "count",
  ])("comes in the order of %s", async (key) => {
    const shown = (group: { count: number } & Record<"sum" | "avg", Record<string, number>>) => {
      const [part, field] = key.split("_") as ["sum" | "avg", string];
      return key === "count" ? group.count : group[part][field]!;
    };
    const inOrder = async (direction: string) =>
      only((await graphql(insightsRequest(database, { orderBy: `${key}_${direction}` }))).answer).map(shown);
    const ascending = await inOrder("ASC");
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
    expect(await inOrder("DESC")).toEqual([...ascending].reverse());
    expect(new Set(ascending).size).toBeGreaterThan(1);
  });

  it("is as many as the limit allows", async () => {
    const first = only(
      (await graphql(insightsRequest(database, { limit: 1, orderBy: "count_DESC" }))).answer,
    );
    expect(first.map(({ dimensions }) => dimensions.query)).toEqual([select]);
  });

  it.each([0, 10_001])("is an error for the limit %s, in Cloudflare's words", async (limit) => {
    const { answer } = await graphql(insightsRequest(database, { limit }));
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([
      expect.objectContaining({ message: "limit must be positive number and not greater than 10000" }),
    ]);
  });

  it.each([
    ["an order that does not exist", { orderBy: "sum_cost_DESC" }, 'Value "sum_cost_DESC" does not exist'],
    ["a limit below zero", { limit: -1 }, "whole number that is not negative, not -1"],
    ["half a limit", { limit: 1.5 }, "whole number that is not negative, not 1.5"],
    ["no limit at all", { limit: Number.NaN }, "whole number that is not negative"],
  ])("is an error of GraphQL for %s", async (_what, options, message) => {
    const { status, answer } = await graphql(insightsRequest(database, options));
    expect(status).toBe(400);
    expect(answer).toEqual({
      data: null,
      errors: [expect.objectContaining({ message: expect.stringContaining(message) })],
    });
  });
});

describe("a dataset", () => {
  const count = "{ count }";

  it("tells of all databases without a filter, and of each by its id", async () => {
    const all = await groups(
      "d1QueriesAdaptiveGroups(orderBy: [count_DESC]) { count dimensions { databaseId } }",
    );
    expect(all.map(({ count, dimensions }) => [dimensions.databaseId, count])).toEqual([
      [database, 6],
      [other, 1],
    ]);
    expect(await groups(`d1AnalyticsAdaptiveGroups ${count}`)).toEqual([{ count: 7 }]);
  });

  it.each([
    ["databaseId", () => ({ databaseId: other }), 1],
    ["databaseId_in", () => ({ databaseId_in: [other, database, "missing"] }), 7],
    ["databaseId_in with none", () => ({ databaseId_in: [] }), undefined],
    [
      "two that exclude each other",
      () => ({ databaseId: other, AND: [{ databaseId: database }] }),
      undefined,
    ],
    ["nested AND", () => ({ AND: [{ AND: [{ databaseId: other }] }, {}] }), 1],
    ["null everywhere", () => ({ databaseId: null, databaseId_in: null, date: null, AND: null }), 7],
    ["today", () => ({ date: new Date(Date.now()).toISOString().slice(0, 10) }), 7],
    ["this hour", () => ({ datetimeHour: `${new Date(Date.now()).toISOString().slice(0, 13)}:00:00Z` }), 7],
    ["the last minute", () => ({ datetime_geq: new Date(Date.now() - 60_000).toISOString() }), 7],
    ["until tomorrow, in another time zone", () => ({ datetime_leq: "2999-01-01T00:00:00+14:00" }), 7],
    ["a time that has passed", () => ({ datetimeHour_leq: "2024-01-01T00:00:00Z" }), undefined],
    ["days that have passed", () => ({ date_geq: "2024-01-01", date_leq: "2024-12-31" }), undefined],
    ["from late to early", () => ({ date_geq: "2024-12-31", date_leq: "2024-01-01" }), undefined],
    ["the future", () => ({ date_geq: "2999-01-01" }), undefined],
  ])("keeps what its filter says: %s", async (_what, filter, runs) => {
    const kept = await groups(`d1QueriesAdaptiveGroups(filter: $filter) ${count}`, { filter: filter() });
    expect(kept).toEqual(runs === undefined ? [] : [{ count: runs }]);
  });

  it.each([
    [{ date: "2024-02-30" }, "day as in"],
    [{ date_geq: "2024-01-01T00:00:00Z" }, "day as in"],
    [{ datetime_geq: "yesterday" }, "time as in"],
    [{ datetimeHour_leq: 5 }, "time as in"],
    [{ databaseId: { a: 1 } }, "must be a text"],
    [{ databaseId_in: [null] }, "not to be null"],
    [{ cost: 1 }, 'is not defined by type \\"AccountD1'],
    ["all", "to be an object"],
  ])("refuses the filter %j", async (filter, message) => {
    await expect(groups(`d1QueriesAdaptiveGroups(filter: $filter) ${count}`, { filter })).rejects.toThrow(
      message,
    );
  });

  it("is grouped by each combination of the dimensions asked for, by any way that GraphQL has to ask", async () => {
    const ways = [
      "{ dimensions { query date } count }",
      "{ ... { dimensions { ... on AccountD1QueriesAdaptiveGroupsDimensions { query date __typename } } } count }",
      "{ a: dimensions { query } b: dimensions { date q: query databaseId @skip(if: true) } count }",
      "{ dimensions @include(if: true) { query date databaseId @include(if: false) } count }",
    ];
    for (const way of ways) {
      const byText = await groups(`d1QueriesAdaptiveGroups(filter: $filter) ${way}`, {
        filter: { databaseId: database },
      });
      expect(byText.map(({ count }) => count).sort()).toEqual([1, 1, 1, 3]);
    }
  });

  it("can be put in the order of its dimensions, and of nothing that it is not grouped by", async () => {
    const ordered = (dimensions: string) =>
      groups(`d1QueriesAdaptiveGroups(orderBy: [date_DESC, query_ASC]) { dimensions { ${dimensions} } }`);
    const texts = (await ordered("date query")).map(({ dimensions }) => dimensions.query!);
    expect(texts).toEqual([...texts].sort());
    await expect(ordered("query")).rejects.toThrow("to order by date, ask for it among the dimensions");
  });

  it("takes variables of whatever type a client declares them with, as Cloudflare does", async () => {
    for (const type of ["string", "String!", "JSON", "Time!", "AccountFilter_InputObject"]) {
      const { answer } = await graphql({
        query: `query ($id: ${type}, $since: ${type}) { viewer { accounts { d1QueriesAdaptiveGroups(filter: {databaseId: $id, datetime_geq: $since}) { count } } } }`,
        variables: { id: other, since: "2024-01-01T00:00:00Z" },
      });
      expect(only(answer)).toEqual([{ count: 1 }]);
    }
  });

  it("misses a required variable, and says so", async () => {
    const { answer } = await graphql({
      query: `query ($id: string!) { viewer { accounts { d1QueriesAdaptiveGroups(filter: {databaseId: $id}) { count } } } }`,
    });
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining('"$id" of required type "string!"') },
    ]);
  });
});

describe("the schema", () => {
  it("is told to who asks with Cloudflare's names", async () => {
    const { answer } = await graphql({
      query: `{ __type(name: "AccountD1QueriesAdaptiveGroupsDimensions") { fields { name type { ofType { name } } } } }`,
    });
    expect(answer.data).toEqual({
      __type: {
        fields: [
          ["databaseId", "string"],
          ["date", "Date"],
          ["datetimeHour", "Time"],
          ["query", "string"],
        ].map(([name, type]) => ({ name, type: { ofType: { name: type } } })),
      },
    });
  });

  it("answers for the account that is configured when none is named", async () => {
    const { answer } = await graphql({ query: "{ viewer { accounts { accountTag } } }" });
    expect(answer).toEqual({
      data: { viewer: { accounts: [{ accountTag: env.ACCOUNT_ID }] } },
      errors: null,
    });
  });
});
