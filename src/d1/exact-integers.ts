import { D1Error } from "../errors.ts";
import type { SqlValue, StatementMessage } from "../protocol.ts";
import { placeholders } from "./placeholders.ts";
import { toSqlValue } from "./values.ts";

/** What SQLite stores as an integer. */
const smallest = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

/**
 * Converts a value as D1 does, and takes a BigInt besides.
 *
 * @throws D1_TYPE_ERROR as D1, and for a BigInt that is no 64-bit integer.
 */
export function toExactValue(value: unknown): SqlValue | bigint {
  if (typeof value !== "bigint") return toSqlValue(value);
  if (value >= smallest && value <= greatest) return value;
  throw new D1Error(
    "D1_TYPE_ERROR",
    `Type 'bigint' not supported for value '${value}': it has more than 64 bits`,
  );
}

/**
 * Makes a message of a statement with BigInts. The runtime binds no 64-bit integer (numbers bind as REAL), but
 * text, of which SQLite's CAST makes one: `?` becomes `(+CAST(?1 AS INTEGER))`. The plus takes the affinity away
 * that a CAST has and a parameter has not (https://sqlite.org/datatype3.html#affinity_of_expressions).
 */
export function exactMessage(sql: string, params: readonly (SqlValue | bigint)[]): StatementMessage {
  const isBigInt = params.map((value) => typeof value === "bigint");
  return {
    sql: isBigInt.includes(true) ? castParameters(sql, isBigInt) : sql,
    params: params.map((value) => (typeof value === "bigint" ? `${value}` : value)),
    exactIntegers: true,
  };
}

/** @param chosen For each parameter, by its position, whether it is to be cast. */
function castParameters(sql: string, chosen: readonly boolean[]): string {
  let result = "";
  let copied = 0;
  for (const { start, end, number } of placeholders(sql)) {
    if (!chosen[number - 1]) continue;
    result += `${sql.slice(copied, start)}(+CAST(?${number} AS INTEGER))`;
    copied = end;
  }
  return result + sql.slice(copied);
}
