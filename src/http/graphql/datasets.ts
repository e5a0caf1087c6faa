import {
  GraphQLEnumType,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLResolveInfo,
} from "graphql";
import { maxGraphqlDatasets, maxGraphqlGroups } from "../../limits.ts";
import type { AnalyticsContext } from "./analytics-context.ts";
import { type InsightFilter, insightFilterType, select } from "./insight-filter.ts";
import {
  type InsightDimension,
  type InsightGroup,
  InsightGrouping,
  type InsightOrder,
  type InsightSums,
} from "./insight-groups.ts";
import { dateScalar, float64Scalar, stringScalar, timeScalar, uint64Scalar } from "./scalars.ts";
import { selectedFields } from "./selected-fields.ts";

const required = GraphQLNonNull;

const dimensionTypes = {
  databaseId: { type: new required(stringScalar) },
  date: { type: new required(dateScalar) },
  datetimeHour: { type: new required(timeScalar) },
  query: {
    type: new required(stringScalar),
    description: "Its text, or nothing for statements whose text is no longer known.",
  },
};

/** What tells one dataset from another. */
interface Dataset {
  /** Of its types, as Cloudflare names them. */
  typeName: string;
  description: string;
  dimensions: readonly InsightDimension[];
  sums: readonly (keyof InsightSums)[];
  averages: readonly (keyof InsightSums)[];
}

const commonDimensions = ["databaseId", "date", "datetimeHour"] as const;
const perQuery = ["queryDurationMs", "rowsRead", "rowsWritten", "rowsReturned"] as const;

/** What `wrangler d1 info` asks for. */
export const d1AnalyticsAdaptiveGroups = dataset({
  typeName: "AccountD1AnalyticsAdaptiveGroups",
  description: "How much databases have done.",
  dimensions: commonDimensions,
  sums: ["readQueries", "writeQueries", "rowsRead", "rowsWritten"],
  averages: [],
});

/** What `wrangler d1 insights` asks for. */
export const d1QueriesAdaptiveGroups = dataset({
  typeName: "AccountD1QueriesAdaptiveGroups",
  description: "What the statements cost that ran in databases.",
  dimensions: [...commonDimensions, "query"],
  sums: perQuery,
  averages: perQuery,
});

interface DatasetArguments {
  limit: number;
  filter?: InsightFilter | null;
  orderBy?: InsightOrder[] | null;
}

function dataset(dataset: Dataset): GraphQLFieldConfig<unknown, AnalyticsContext, DatasetArguments> {
  return {
    type: new required(new GraphQLList(new required(groupType(dataset)))),
    description: dataset.description,
    args: {
      limit: { type: new required(uint64Scalar), defaultValue: maxGraphqlGroups },
      filter: { type: insightFilterType },
      orderBy: { type: new GraphQLList(new required(orderType(dataset))) },
    },
    resolve: resolveDataset,
  };
}

async function resolveDataset(
  _account: unknown,
  { limit, filter, orderBy }: DatasetArguments,
  context: AnalyticsContext,
  info: GraphQLResolveInfo,
): Promise<InsightGroup[]> {
  if (limit < 1 || limit > maxGraphqlGroups) {
    throw new GraphQLError(`limit must be positive number and not greater than ${maxGraphqlGroups}`);
  }
  if (++context.datasets > maxGraphqlDatasets) {
    throw new GraphQLError(`A query asks for at most ${maxGraphqlDatasets} datasets; send several queries.`);
  }
  // `__typename` is no dimension.
  const dimensions = [...selectedFields(info, "dimensions")].filter((name) =>
    Object.hasOwn(dimensionTypes, name),
  );
  const grouping = new InsightGrouping(dimensions as InsightDimension[]);
  const { databaseIds, fromMs, toMs } = select(filter);
  // One after another: each may bring megabytes, of which little is kept.
  for (const database of fromMs > toMs ? [] : await context.databases.select(databaseIds)) {
    grouping.add(database.uuid, await database.insights(fromMs, toMs));
  }
  return grouping.groups(orderBy ?? [], limit);
}

function groupType({ typeName, description, dimensions, sums, averages }: Dataset) {
  const fields = <T>(names: readonly string[], typeOf: (name: string) => T) =>
    Object.fromEntries(names.map((name) => [name, typeOf(name)]));
  const object = (part: string, fields: ConstructorParameters<typeof GraphQLObjectType>[0]["fields"]) =>
    new required(new GraphQLObjectType({ name: `${typeName}${part}`, fields }));
  const sumType = (name: string) => ({
    type: new required(name === "queryDurationMs" ? float64Scalar : uint64Scalar),
  });
  return new GraphQLObjectType<InsightGroup>({
    name: typeName,
    description,
    fields: {
      count: { type: new required(uint64Scalar), description: "Runs of statements." },
      dimensions: {
        type: object(
          "Dimensions",
          fields(dimensions, (name) => dimensionTypes[name as InsightDimension]),
        ),
        description:
          "What the groups differ in: there is one for each combination of those that are asked for.",
      },
      sum: { type: object("Sum", fields(sums, sumType)) },
      ...(averages.length > 0 && {
        avg: {
          type: object(
            "Avg",
            fields(averages, () => ({ type: new required(float64Scalar) })),
          ),
        },
      }),
    },
  });
}

function orderType({ typeName, dimensions, sums, averages }: Dataset) {
  const keys: [name: string, by: InsightOrder["by"]][] = [
    ["count", "count"],
    ...dimensions.map((dimension) => [dimension, dimension] as [string, InsightDimension]),
    ...sums.map((field) => [`sum_${field}`, { of: "sum", field }] as [string, InsightOrder["by"]]),
    ...averages.map((field) => [`avg_${field}`, { of: "avg", field }] as [string, InsightOrder["by"]]),
  ];
  const values = keys.flatMap(([name, by]) => [
    [`${name}_ASC`, { value: { by, descending: false } satisfies InsightOrder }],
    [`${name}_DESC`, { value: { by, descending: true } satisfies InsightOrder }],
  ]);
  return new GraphQLEnumType({ name: `${typeName}OrderBy`, values: Object.fromEntries(values) });
}
