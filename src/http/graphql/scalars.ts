import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";

// Cloudflare's own names of its scalars, in their own case.

/** A text. */
export const stringScalar = scalar("string", "A text.", (value) => {
  if (typeof value === "string") return value;
  throw new GraphQLError(`It must be a text, not ${JSON.stringify(value)}.`);
});

/** A number of things. */
export const uint64Scalar = scalar("uint64", "A whole number that is not negative.", (value) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GraphQLError(`It must be a whole number that is not negative, not ${JSON.stringify(value)}.`);
});

/** A mean, or milliseconds. */
export const float64Scalar = scalar("float64", "A number.", (value) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new GraphQLError(`It must be a number, not ${JSON.stringify(value)}.`);
});

/** A day. */
export const dateScalar = scalar("Date", "A day in UTC, as in 2026-11-21.", (value) => {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isRealDay(value)) return value;
  throw new GraphQLError(`It must be a day as in "2026-11-21", not ${JSON.stringify(value)}.`);
});

const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** A point in time. */
export const timeScalar = scalar("Time", "A point in time, as in 2026-11-21T09:00:00Z.", (value) => {
  if (typeof value === "string" && timePattern.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new GraphQLError(`It must be a time as in "2026-11-21T09:00:00Z", not ${JSON.stringify(value)}.`);
});

/** The 31st of February is one for Date.parse, which goes on counting. */
function isRealDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** @param check Gives the value, or throws. Asked for values in a query, in its variables, and in results alike. */
function scalar<T extends string | number>(name: string, description: string, check: (value: unknown) => T) {
  return new GraphQLScalarType<T, T>({
    name,
    description,
    serialize: check,
    parseValue: check,
    parseLiteral: (node) => check(literal(node)),
  });
}

function literal(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.STRING:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    default:
      return print(node);
  }
}
