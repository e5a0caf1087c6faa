import { type DocumentNode, execute, GraphQLError, parse, specifiedRules, validate } from "graphql";
import { maxGraphqlCharacters, maxGraphqlTokens } from "../../limits.ts";
import { toRestError } from "../d1-rest/rest-error.ts";
import type { AnalyticsContext } from "./analytics-context.ts";
import { checkExtent } from "./document-limits.ts";
import { analyticsSchema } from "./schema.ts";
import { typeVariablesByUse } from "./variables-by-use.ts";

/** Errors of one query that are told. */
const maxErrors = 20;

/** What a client sends. */
export interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
}

/** What is told of an error. */
export interface ToldError {
  message: string;
  /** Where in the query. */
  locations?: { line: number; column: number }[];
  /** Where in the answer. */
  path?: (string | number)[];
  extensions?: { code?: string };
}

/** What it is told. As on Cloudflare, `errors` is null where there are none. */
export interface GraphqlAnswer {
  data: Record<string, unknown> | null;
  errors: ToldError[] | null;
}

/** An answer, and whether the query could be executed at all. */
export interface GraphqlOutcome {
  executed: boolean;
  answer: GraphqlAnswer;
}

/** Answers a query to the analytics. What is wrong with it is told in the answer: this does not throw. */
export async function answerQuery(
  request: GraphqlRequest,
  context: AnalyticsContext,
): Promise<GraphqlOutcome> {
  const { document, errors: invalid } = read(request.query);
  if (document === undefined) return { executed: false, answer: { data: null, errors: invalid.map(tell) } };
  const { data, errors } = await execute({
    schema: analyticsSchema,
    document,
    contextValue: context,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
  });
  return {
    executed: true,
    answer: { data: data ?? null, errors: errors ? errors.slice(0, maxErrors).map(tell) : null },
  };
}

/** The document that can be executed, or what keeps it from that. */
function read(query: string): { document?: DocumentNode; errors: readonly GraphQLError[] } {
  try {
    if (query.length > maxGraphqlCharacters) {
      throw new GraphQLError(`A query has at most ${maxGraphqlCharacters} characters, not ${query.length}.`);
    }
    const parsed = parse(query, { maxTokens: maxGraphqlTokens });
    checkExtent(parsed);
    const document = typeVariablesByUse(parsed, analyticsSchema);
    const errors = validate(analyticsSchema, document, specifiedRules, { maxErrors });
    return errors.length > 0 ? { errors } : { document, errors };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

/** What a resolver has met on the way to a database is told in the words of the REST API, which hide what is internal. */
function tell({ message, locations, path, extensions, originalError }: GraphQLError): ToldError {
  const { code } = extensions;
  const isOurs = originalError === undefined || originalError instanceof GraphQLError;
  return {
    message: isOurs ? message : toRestError(originalError).message,
    ...(locations && { locations: locations.map(({ line, column }) => ({ line, column })) }),
    ...(path && { path: [...path] }),
    ...(typeof code === "string" && isOurs && { extensions: { code } }),
  };
}
