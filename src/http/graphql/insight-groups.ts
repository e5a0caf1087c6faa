import { GraphQLError } from "graphql";
import type { StatementInsight } from "../../admin-protocol.ts";
import { maxGraphqlTextBytes } from "../../limits.ts";

/** By what the insights can be grouped. */
export type InsightDimension = "databaseId" | "date" | "datetimeHour" | "query";

/** What is added up in a group. */
export interface InsightSums {
  readQueries: number;
  writeQueries: number;
  queryDurationMs: number;
  rowsRead: number;
  rowsWritten: number;
  rowsReturned: number;
}

/** One group, as the fields of its GraphQL types. */
export interface InsightGroup {
  count: number;
  sum: InsightSums;
  avg: InsightSums;
  dimensions: Partial<Record<InsightDimension, string>>;
}

/** A part of the order of groups. */
export interface InsightOrder {
  /** `count`, a dimension, or what is summed up. */
  by: "count" | InsightDimension | { of: "sum" | "avg"; field: keyof InsightSums };
  descending: boolean;
}

/** Adds up the insights of databases by the dimensions that are asked for. Without one, all of them are one group. */
export class InsightGrouping {
  readonly #dimensions: readonly InsightDimension[];
  readonly #groups = new Map<string, InsightGroup>();
  #textBytes = 0;

  constructor(dimensions: Iterable<InsightDimension>) {
    this.#dimensions = [...new Set(dimensions)];
  }

  /** @throws GraphQLError when the statements' texts are too much to keep. */
  add(databaseId: string, insights: readonly StatementInsight[]): void {
    for (const insight of insights) this.#groupOf(databaseId, insight).add(insight);
  }

  /** The groups in order, those first that come first in the insights. */
  groups(orders: readonly InsightOrder[], limit: number): InsightGroup[] {
    for (const { by } of orders) {
      if (typeof by === "string" && by !== "count" && !this.#dimensions.includes(by)) {
        throw new GraphQLError(`orderBy: to order by ${by}, ask for it among the dimensions.`);
      }
    }
    const compare = (a: InsightGroup, b: InsightGroup) => {
      for (const order of orders) {
        const [left, right] = [orderValue(a, order), orderValue(b, order)];
        if (left !== right) return left < right === order.descending ? 1 : -1;
      }
      return 0;
    };
    return [...this.#groups.values()].sort(compare).slice(0, limit);
  }

  #groupOf(databaseId: string, { hourMs, query }: StatementInsight): Group {
    const hour = new Date(hourMs).toISOString();
    const values = { databaseId, query, date: hour.slice(0, 10), datetimeHour: `${hour.slice(0, 19)}Z` };
    const dimensions = Object.fromEntries(
      this.#dimensions.map((dimension) => [dimension, values[dimension]]),
    );
    const key = JSON.stringify(Object.values(dimensions));
    const known = this.#groups.get(key);
    if (known !== undefined) return known as Group;
    this.#textBytes += 2 * key.length;
    if (this.#textBytes > maxGraphqlTextBytes) {
      throw new GraphQLError(
        "There are too many statements to tell apart: ask for fewer databases, a shorter time, or without the " +
          "dimension query.",
      );
    }
    const group = new Group(dimensions);
    this.#groups.set(key, group);
    return group;
  }
}

class Group implements InsightGroup {
  count = 0;
  readonly sum: InsightSums = {
    readQueries: 0,
    writeQueries: 0,
    queryDurationMs: 0,
    rowsRead: 0,
    rowsWritten: 0,
    rowsReturned: 0,
  };

  constructor(readonly dimensions: InsightGroup["dimensions"]) {}

  add({ count, writes, durationMs, rowsRead, rowsWritten, rowsReturned }: StatementInsight): void {
    this.count += count;
    this.sum[writes ? "writeQueries" : "readQueries"] += count;
    this.sum.queryDurationMs += durationMs;
    this.sum.rowsRead += rowsRead;
    this.sum.rowsWritten += rowsWritten;
    this.sum.rowsReturned += rowsReturned;
  }

  /** No group is empty: what made it has run. */
  get avg(): InsightSums {
    const sums = Object.entries(this.sum).map(([field, sum]) => [field, sum / this.count]);
    return Object.fromEntries(sums) as InsightSums;
  }
}

function orderValue(group: InsightGroup, { by }: InsightOrder): number | string {
  if (by === "count") return group.count;
  if (typeof by === "string") return group.dimensions[by]!;
  return by.of === "sum" ? group.sum[by.field] : group.sum[by.field] / group.count;
}
