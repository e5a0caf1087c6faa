import { GraphQLInputObjectType, GraphQLList, GraphQLNonNull } from "graphql";
import { dateScalar, stringScalar, timeScalar } from "./scalars.ts";

const dayMs = 24 * 3_600_000;

/** What a filter keeps. */
export interface InsightSelection {
  /** Undefined: all of them. */
  databaseIds: ReadonlySet<string> | undefined;
  fromMs: number;
  toMs: number;
}

/** The filter as it comes in: every condition that is there must hold. */
export interface InsightFilter {
  AND?: InsightFilter[] | null;
  databaseId?: string | null;
  databaseId_in?: string[] | null;
  date?: string | null;
  date_geq?: string | null;
  date_leq?: string | null;
  datetime_geq?: string | null;
  datetime_leq?: string | null;
  datetimeHour?: string | null;
  datetimeHour_geq?: string | null;
  datetimeHour_leq?: string | null;
}

/** Times are as exact as the insights, which count by the hour: one that has begun belongs to what is kept. */
export const insightFilterType: GraphQLInputObjectType = new GraphQLInputObjectType({
  name: "AccountD1AdaptiveGroupsFilter_InputObject",
  description: "Conditions that must all hold. Times are rounded to hours, outwards.",
  fields: () => ({
    AND: { type: new GraphQLList(new GraphQLNonNull(insightFilterType)) },
    databaseId: { type: stringScalar },
    databaseId_in: { type: new GraphQLList(new GraphQLNonNull(stringScalar)) },
    date: { type: dateScalar },
    date_geq: { type: dateScalar },
    date_leq: { type: dateScalar },
    datetime_geq: { type: timeScalar },
    datetime_leq: { type: timeScalar },
    datetimeHour: { type: timeScalar },
    datetimeHour_geq: { type: timeScalar },
    datetimeHour_leq: { type: timeScalar },
  }),
});

/** What a filter comes to. */
export function select(filter: InsightFilter | null | undefined): InsightSelection {
  const everything: InsightSelection = { databaseIds: undefined, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  return filter ? narrow(everything, filter) : everything;
}

function narrow(selection: InsightSelection, filter: InsightFilter): InsightSelection {
  const { databaseId, databaseId_in, date, datetimeHour } = filter;
  const ids = [databaseId == null ? undefined : [databaseId], databaseId_in ?? undefined].filter(
    (ids) => ids !== undefined,
  );
  const from = [date, filter.date_geq, filter.datetime_geq, datetimeHour, filter.datetimeHour_geq];
  const until = [filter.datetime_leq, datetimeHour, filter.datetimeHour_leq];
  const untilEndOf = [date, filter.date_leq];
  const narrowed: InsightSelection = {
    databaseIds: ids.reduce<ReadonlySet<string> | undefined>(
      (kept, ids) => new Set(kept === undefined ? ids : ids.filter((id) => kept.has(id))),
      selection.databaseIds,
    ),
    fromMs: Math.max(selection.fromMs, ...times(from)),
    toMs: Math.min(selection.toMs, ...times(until), ...times(untilEndOf).map((day) => day + dayMs - 1)),
  };
  return (filter.AND ?? []).reduce(narrow, narrowed);
}

function times(values: (string | null | undefined)[]): number[] {
  return values.filter((value) => value != null).map((value) => Date.parse(value));
}
