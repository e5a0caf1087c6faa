import { InvalidArgumentError } from "./errors.ts";

/** The most of one product that a cart takes; the CHECK of cart_item says the same. */
export const maxQuantity = 1000;

/**
 * Checks that every value is an id, a positive integer: over HTTP a procedure gets whatever JSON was sent.
 *
 * @returns What is wrong with the first that is not, or undefined.
 */
export function checkIds(ids: Record<string, unknown>): InvalidArgumentError | undefined {
  for (const [name, value] of Object.entries(ids)) {
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      return new InvalidArgumentError(`${name} must be a positive integer, but is ${display(value)}.`);
    }
  }
  return undefined;
}

/** Checks that `quantity` is an integer from 1 to {@link maxQuantity}. */
export function checkQuantity(quantity: unknown): InvalidArgumentError | undefined {
  if (Number.isInteger(quantity) && (quantity as number) >= 1 && (quantity as number) <= maxQuantity) {
    return undefined;
  }
  return new InvalidArgumentError(
    `quantity must be an integer from 1 to ${maxQuantity}, but is ${display(quantity)}.`,
  );
}

/** What was passed, short: it may be anything, and it comes from outside. */
function display(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
