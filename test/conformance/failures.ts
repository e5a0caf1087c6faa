import { expect } from "vitest";

/** The error with which a promise rejects. Fails when it resolves, or rejects with something else. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`It rejects with something that is no Error: ${String(error)}`);
  }
  throw new Error(`It resolves, to ${JSON.stringify(result)}`);
}

/** Checks that a promise rejects as D1 does: the message behind a prefix, and without it in the `cause`. */
export async function expectD1Error(promise: Promise<unknown>, message: string): Promise<void> {
  expectD1Words(await failureOf(promise), "D1_ERROR", message);
}

/** The same for an error that is there already. */
export function expectD1Words(error: unknown, prefix: string, message: string): void {
  expect(error).toBeInstanceOf(Error);
  const { name, message: words, cause } = error as Error;
  expect(words).toBe(`${prefix}: ${message}`);
  expect(name).toBe("Error");
  expect(cause).toBeInstanceOf(Error);
  expect((cause as Error).message).toBe(message);
}
