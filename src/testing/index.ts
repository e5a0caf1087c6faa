/**
 * d1-procedures/testing: for test files that vitest runs inside workerd. Nothing of it works anywhere else.
 *
 * @module
 */

export type { DatabaseTargetOptions } from "./database-target.ts";
export { isolateDatabase } from "./isolate-database.ts";
