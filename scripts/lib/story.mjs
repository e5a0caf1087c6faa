/**
 * Telling and checking: each step prints what happened, and stops the demo if it is not what should have.
 */

/** A step did not go as told. */
export class UntrueStoryError extends Error {
  name = "UntrueStoryError";
}

/**
 * Prints a line that is true, or fails.
 *
 * @param {boolean} isTrue
 * @param {string} fact A sentence, true when all is well.
 * @param {unknown} [found] What was found instead.
 */
export function fact(isTrue, fact, found) {
  if (!isTrue) {
    const detail = found === undefined ? "" : `\n   found: ${JSON.stringify(found)}`;
    throw new UntrueStoryError(`not true: ${fact}${detail}`);
  }
  console.log(`   ok   ${fact}`);
}

let steps = 0;

/** @param {string} title */
export function heading(title) {
  steps++;
  console.log(`\n${steps}. ${title}`);
}

/**
 * Prints a call and its answer.
 *
 * @param {string} call Such as `Checkout(1)`.
 * @param {import("./api-client.mjs").ProcedureAnswer} answer
 */
export function showAnswer(call, { status, ms, result, error }) {
  const text = error
    ? `${error.code}: ${error.message}`
    : Object.entries(result)
        .map(([key, value]) => `${key} ${isAmount(key) ? cents(value) : value}`)
        .join(", ");
  console.log(`   ${call} -> ${status} in ${ms} ms\n        ${text}`);
}

/**
 * Prints rows as a table with a label in front of each.
 *
 * @param {Record<string, Record<string, string | number>>} rows By label.
 */
export function showRows(rows) {
  const columns = Object.keys(Object.values(rows)[0] ?? {});
  const table = [
    ["", ...columns],
    ...Object.entries(rows).map(([label, row]) => [
      label,
      ...columns.map((column) => (isAmount(column) ? cents(Number(row[column])) : String(row[column]))),
    ]),
  ];
  const widths = columns.map((_, index) => Math.max(...table.map((line) => line[index + 1].length)));
  for (const [label, ...cells] of table) {
    const padded = cells.map((cell, index) => cell.padStart(widths[index]));
    console.log(`        ${label.padEnd(6)}  ${padded.join("   ")}`);
  }
}

/** @param {string} name */
function isAmount(name) {
  return name.includes("balance") || name.includes("amount");
}

/** @param {number} amount In cents. */
export function cents(amount) {
  return (amount / 100).toFixed(2);
}
