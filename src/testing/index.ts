/**
 * d1-procedures/testing: for test files that vitest runs inside workerd. Nothing of it works anywhere else.
 *
 * - {@link isolateDatabase}: each suite and each test has its own view of the data.
 * - {@link applyMigrations} and {@link seed}: what there is before a test.
 * - {@link callProcedure}: a procedure as a local function, with an `env` of the test's own, and with faults.
 *
 * @module
 */

export { applyMigrations, type D1Migration } from "./apply-migrations.ts";
export { type CallProcedureOptions, callProcedure } from "./call-procedure.ts";
export type { DatabaseTargetOptions } from "./database-target.ts";
export { delayCalls } from "./delay-calls.ts";
export type { Faults } from "./faults.ts";
export { isolateDatabase } from "./isolate-database.ts";
export { seed } from "./seed.ts";
