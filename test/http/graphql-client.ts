import { env } from "cloudflare:workers";
import { send } from "./http-client.ts";

/** One group of a dataset, as far as it was asked for. */
export interface Group {
  count: number;
  sum: Record<string, number>;
  avg: Record<string, number>;
  dimensions: Record<string, string>;
}

/** An answer to a query. */
export interface GraphqlResponse {
  data: { viewer: { accounts: Record<string, Group[]>[] } } | null;
  errors: { message: string; path?: unknown[]; extensions?: { code?: string } }[] | null;
}

/** Sends a GraphQL request, whatever it is, and gives the status and the body of the answer. */
export async function graphql(body: unknown, headers: Record<string, string> = {}) {
  const response = await send("/client/v4/graphql", {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json<GraphqlResponse>() };
}

/** The groups of the one dataset that a query asks for. */
export async function groups(dataset: string, variables: Record<string, unknown> = {}): Promise<Group[]> {
  const types = Object.keys(variables).map((name) => `$${name}: Any`);
  const head = types.length > 0 ? `query (${types.join(", ")})` : "";
  const { answer } = await graphql({
    query: `${head} { viewer { accounts { groups: ${dataset} } } }`,
    variables,
  });
  if (answer.errors !== null) throw new Error(JSON.stringify(answer.errors));
  return answer.data!.viewer.accounts[0]!.groups!;
}

/** What `wrangler d1 info` sends for the last day. */
export function infoRequest(databaseId: string, accountTag: string = env.ACCOUNT_ID) {
  const today = new Date(Date.now());
  const yesterday = new Date(new Date(today).setDate(today.getDate() - 1));
  return {
    query: `query getD1MetricsOverviewQuery($accountTag: string, $filter: ZoneWorkersRequestsFilter_InputObject) {
								viewer {
									accounts(filter: {accountTag: $accountTag}) {
										d1AnalyticsAdaptiveGroups(limit: 10000, filter: $filter) {
											sum {
												readQueries
												writeQueries
												rowsRead
												rowsWritten
										}
										dimensions {
												datetimeHour
										}
									}
								}
							}
						}`,
    operationName: "getD1MetricsOverviewQuery",
    variables: {
      accountTag,
      filter: {
        AND: [
          {
            datetimeHour_geq: yesterday.toISOString(),
            datetimeHour_leq: today.toISOString(),
            databaseId,
          },
        ],
      },
    },
  };
}

/** What `wrangler d1 insights` sends for the last minutes. */
export function insightsRequest(
  databaseId: string,
  { limit = 5, orderBy = "sum_queryDurationMs_DESC", minutes = 1 } = {},
) {
  const now = Date.now();
  return {
    query: `query getD1QueriesOverviewQuery($accountTag: string, $filter: ZoneWorkersRequestsFilter_InputObject) {
								viewer {
									accounts(filter: {accountTag: $accountTag}) {
										d1QueriesAdaptiveGroups(limit: ${limit}, filter: $filter, orderBy: [${orderBy}]) {
											sum {
												queryDurationMs
												rowsRead
												rowsWritten
												rowsReturned
											}
											avg {
												queryDurationMs
												rowsRead
												rowsWritten
												rowsReturned
											}
											count
											dimensions {
													query
											}
										}
									}
								}
							}`,
    operationName: "getD1QueriesOverviewQuery",
    variables: {
      accountTag: env.ACCOUNT_ID,
      filter: {
        AND: [
          {
            datetimeHour_geq: new Date(now - minutes * 60_000).toISOString(),
            datetimeHour_leq: new Date(now).toISOString(),
            databaseId,
          },
        ],
      },
    },
  };
}
