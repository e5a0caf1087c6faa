/**
 * Telling and checking: each step prints what happened, and stops the demo if it is not what should have.
 */

/** A step did not go as told. */
export class UntrueStoryError extends Error {}

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
 * Prints the rows before and after as a table.
 *
 * @param {Record<"before" | "after", Record<string, string | number>>} rows
 */
export function showRows({ before, after }) {
  const columns = Object.keys(before).map((name) => {
    const cells = [
      name,
      ...[before, after].map((row) => (isAmount(name) ? cents(row[name]) : `${row[name]}`)),
    ];
    const width = Math.max(...cells.map((cell) => cell.length));
    return cells.map((cell) => cell.padStart(width));
  });
  for (const [index, label] of ["", "before", "after"].entries()) {
    const cells = columns.map((column) => column[index]);
    console.log(`        ${label.padEnd(6)}   ${cells.join("   ")}`);
  }
}

/** @param {string} name */
function isAmount(name) {
  return name.includes("balance") || name.includes("amount");
}

/** @param {unknown} amount In cents. */
export function cents(amount) {
  return (Number(amount) / 100).toFixed(2);
}
