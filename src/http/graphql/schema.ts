import {
  GraphQLError,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
} from "graphql";
import type { AnalyticsContext } from "./analytics-context.ts";
import { d1AnalyticsAdaptiveGroups, d1QueriesAdaptiveGroups } from "./datasets.ts";
import { stringScalar } from "./scalars.ts";

const accountFilterType = new GraphQLInputObjectType({
  name: "AccountFilter_InputObject",
  fields: { accountTag: { type: stringScalar } },
});

const accountType = new GraphQLObjectType<{ accountTag: string }, AnalyticsContext>({
  name: "account",
  fields: {
    accountTag: { type: new GraphQLNonNull(stringScalar) },
    d1AnalyticsAdaptiveGroups,
    d1QueriesAdaptiveGroups,
  },
});

interface AccountsArguments {
  filter?: { accountTag?: string | null } | null;
}

const viewerType = new GraphQLObjectType<unknown, AnalyticsContext>({
  name: "viewer",
  fields: {
    accounts: {
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(accountType))),
      args: { filter: { type: accountFilterType } },
      resolve: (_viewer, { filter }: AccountsArguments, { accountId }) => {
        if (filter?.accountTag != null && filter.accountTag !== accountId) {
          // Cloudflare's words for an account that does not exist as well.
          throw new GraphQLError("not authorized for that account", { extensions: { code: "authz" } });
        }
        return [{ accountTag: accountId }];
      },
    },
  },
});

/** The part of Cloudflare's GraphQL Analytics API that tells of D1. Nothing is nullable: an error leaves no half answer. */
export const analyticsSchema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, AnalyticsContext>({
    name: "Query",
    fields: { viewer: { type: new GraphQLNonNull(viewerType), resolve: () => ({}) } },
  }),
});
