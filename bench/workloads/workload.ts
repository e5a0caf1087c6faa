import type { Random } from "../harness/random.ts";
import type { Row, Statement, Steps } from "./steps.ts";

/** JSON: it goes to the contenders over RPC and HTTP. */
export type Args = Record<string, number | readonly number[]>;
export type Scale = Record<string, number>;

/** One thing that clients ask for. */
export interface Operation {
  /** `transaction`: all or nothing. `statement`: a single statement, which commits by itself. */
  kind: "transaction" | "statement";
  steps: (args: Args) => Steps;
  /** The same as statements that are fixed in advance, where it can be said so; then a D1 batch is all or nothing, too. */
  batch?: (args: Args) => Statement[];
  /** The same as a call of one of the workload's PL/pgSQL functions. */
  call?: (args: Args) => Statement;
}

export interface Check {
  /** A sentence that is true when the check holds. */
  what: string;
  /** Gives the rows that contradict. */
  sql: string;
}

export interface Workload {
  name: string;
  /** Statements that make and fill its tables, at any earlier state of the database. */
  prepare: (scale: Scale) => string[];
  operations: Readonly<Record<string, Operation>>;
  /** What a client asks for next. */
  mixes: Readonly<Record<string, (random: Random, scale: Scale) => Call>>;
  checks: (scale: Scale) => Check[];
  /** PL/pgSQL functions. */
  functions?: readonly string[];
}

export interface Call {
  operation: string;
  args: Args;
}

export type Rows = readonly Row[];

/** A recursive query that counts, which SQLite and PostgreSQL both know, as the head of an INSERT. */
export function counting(name: string, from: number, to: number): string {
  return `WITH RECURSIVE ${name}(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM ${name} WHERE i < ${to})`;
}

/** Fills in steps: the runtime resets an object whose transaction takes 30 s. */
export function inSteps(rows: number, step: number, insert: (from: number, to: number) => string): string[] {
  const statements: string[] = [];
  for (let from = 1; from <= rows; from += step)
    statements.push(insert(from, Math.min(rows, from + step - 1)));
  return statements;
}

/** An argument that is a number. */
export function numberOf(args: Args, name: string): number {
  const value = args[name];
  if (typeof value !== "number") throw new Error(`The argument ${name} is no number.`);
  return value;
}

export function numbersOf(args: Args, name: string): readonly number[] {
  const value = args[name];
  if (typeof value !== "object") throw new Error(`The argument ${name} is no list of numbers.`);
  return value;
}

/** What a mix needs to know about the data. */
export function sizeOf(scale: Scale, name: string): number {
  const value = scale[name];
  if (value === undefined) throw new Error(`The scale says nothing about ${name}.`);
  return value;
}
