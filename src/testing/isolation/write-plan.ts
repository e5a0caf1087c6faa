import type { Instruction } from "../../database/compiled-statement.ts";
import { deterministicFunctions } from "../../database/deterministic-functions.ts";
import { findPlainWrite } from "../../database/plain-writes.ts";
import { headOf, splitStatements } from "../../database/sql-text.ts";
import { type RowSelector, rowSelector } from "./row-selection.ts";
import type { RunSql } from "./run-sql.ts";
import { readShape, type TableShape } from "./table-shape.ts";

/** What a statement does to the database, as far as undoing it goes. */
export type WritePlan =
  | { kind: "reads" }
  | { kind: "rows"; writes: RowWrites }
  /** CREATE: what is there stays as it is. */
  | { kind: "creates" }
  /** DROP, ALTER. */
  | { kind: "restructures" }
  /** ANALYZE and its kin. */
  | { kind: "statistics" };

/** A statement that writes rows. */
export interface RowWrites {
  /** The tables whose rows it may change, those of triggers and cascades included. */
  readonly tables: readonly TableShape[];
  /** It writes to a virtual table, too. */
  readonly virtual: boolean;
  /** It is a plain INSERT of one row, and nothing else happens. */
  readonly singleInsert: boolean;
  /** It changes or deletes the rows that this finds, and nothing else happens. */
  readonly selector: RowSelector | undefined;
  /**
   * Whether it changes the same rows when it runs twice: `unless-late`, if no time passes; `unknown`, it calls random() or the like.
   */
  readonly sameRows: "always" | "unless-late" | "unknown";
  /** REPLACE may delete rows, for which triggers do not fire. */
  readonly replaces: boolean;
}

/** They give another value when time has passed. */
const clockFunctions: ReadonlySet<string> = new Set(
  "date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp".split(
    " ",
  ),
);

/** They tell of the connection, which a dry run leaves as it was. */
const counterFunctions: ReadonlySet<string> = new Set(["changes", "total_changes", "last_insert_rowid"]);

/** In p5 of OpenWrite: p2 is no root page, but a register that will hold one. */
const rootInRegister = 0x10;

const nothing: WritePlan = { kind: "reads" };

/** SQLite does not compile an EXPLAIN again when the schema has changed, and the runtime keeps statements by their text. */
let explained = 0;

/**
 * Finds out what a text of one statement or several may write.
 *
 * @param params Those of its last statement.
 */
export function planWrite(run: RunSql, text: string, params: readonly unknown[]): WritePlan {
  const statements = splitStatements(text);
  const plans = statements.map(({ sql }, index) =>
    planStatement(run, sql, index === statements.length - 1 ? params : []),
  );
  const [only] = plans;
  return plans.length === 1 && only !== undefined ? only : together(plans);
}

function planStatement(run: RunSql, sql: string, params: readonly unknown[]): WritePlan {
  const [verb, second] = headOf(sql, 2);
  switch (verb) {
    case "INSERT":
    case "REPLACE":
    case "UPDATE":
    case "DELETE":
    case "WITH":
      return planRows(run, sql, params);
    case "CREATE":
      return { kind: "creates" };
    case "DROP":
    case "ALTER":
      return { kind: "restructures" };
    case "ANALYZE":
      return { kind: "statistics" };
    case "PRAGMA":
      return second === "OPTIMIZE" ? { kind: "statistics" } : nothing;
    default:
      return nothing;
  }
}

function planRows(run: RunSql, sql: string, params: readonly unknown[]): WritePlan {
  const program = run<[number, string, number, number, number, string | null, number, string | null]>(
    `EXPLAIN /*test ${++explained}*/ ${sql}`,
    ...params,
  ).map(([addr, opcode, p1, p2, p3, p4, p5]): Instruction => ({ addr, opcode, p1, p2, p3, p4, p5 }));
  if (!program.some(({ opcode, p2 }) => opcode === "Transaction" && p2 !== 0)) return nothing;
  const roots = new Set(program.flatMap(writtenRoot));
  const objects = run<[root: number, table: string]>(
    "SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage IN (SELECT value FROM json_each(?))",
    JSON.stringify([...roots]),
  );
  const names = [...new Set(objects.map(([, table]) => table))].filter((table) => !/^sqlite_/i.test(table));
  const tables = names.flatMap((name) => readShape(run, name) ?? []);
  const virtual = program.some(({ opcode }) => opcode === "VUpdate");
  const replaces = mentionsReplace(run, sql, names);
  const [only] = tables;
  // Triggers and what foreign keys set off are programs of their own.
  const goesOn =
    virtual || replaces || tables.length !== 1 || program.some(({ opcode }) => opcode === "Program");
  const isPlain = only !== undefined && only.key.kind !== "none" && !goesOn;
  return {
    kind: "rows",
    writes: {
      tables,
      virtual,
      singleInsert:
        isPlain &&
        only.key.kind === "rowid" &&
        !isLoop(program) &&
        findPlainWrite(program)?.kind === "insert",
      selector: isPlain && sameRows(program) !== "unknown" ? rowSelector(sql, only) : undefined,
      sameRows: sameRows(program),
      replaces,
    },
  };
}

/** OpenWrite names the page in p2 (p3 is the schema: 0 is main), Clear in p1. */
function writtenRoot({ opcode, p1, p2, p3, p5 }: Instruction): number[] {
  if (opcode === "OpenWrite" && p3 === 0 && (p5 & rootInRegister) === 0) return [p2];
  return opcode === "Clear" && p2 === 0 ? [p1] : [];
}

function isLoop(program: readonly Instruction[]): boolean {
  return program.some(({ opcode }) => /^(Next|Prev|VNext|SorterNext|Yield)$/.test(opcode));
}

function sameRows(program: readonly Instruction[]): RowWrites["sameRows"] {
  let late = false;
  for (const { opcode, p4 } of program) {
    if (!/^(Function|PureFunc|AggStep|AggInverse)$/.test(opcode)) continue;
    const name = (p4 ?? "").replace(/\(-?\d+\)$/, "").toLowerCase();
    if (deterministicFunctions.has(name) || counterFunctions.has(name)) continue;
    if (!clockFunctions.has(name)) return "unknown";
    late = true;
  }
  return late ? "unless-late" : "always";
}

/** In its own text, in a constraint of a table, or in a trigger. The function of that name counts too: it does no harm. */
function mentionsReplace(run: RunSql, sql: string, tables: readonly string[]): boolean {
  if (/\breplace\b/i.test(sql)) return true;
  const texts = run<[string | null]>(
    "SELECT sql FROM sqlite_schema WHERE tbl_name IN (SELECT value FROM json_each(?))",
    JSON.stringify(tables),
  );
  return texts.some(([text]) => /\breplace\b/i.test(text ?? ""));
}

function together(plans: readonly WritePlan[]): WritePlan {
  const writing = plans.filter(({ kind }) => kind !== "reads");
  if (writing.length === 0) return nothing;
  const rows = writing.flatMap((plan) => (plan.kind === "rows" ? [plan.writes] : []));
  // What changes the schema in the middle of a text decides on the rest.
  if (rows.length < writing.length) return { kind: "restructures" };
  return {
    kind: "rows",
    writes: {
      tables: [...new Map(rows.flatMap(({ tables }) => tables.map((shape) => [shape.name, shape]))).values()],
      virtual: rows.some(({ virtual }) => virtual),
      singleInsert: false,
      selector: undefined,
      sameRows:
        (["unknown", "unless-late"] as const).find((kind) => rows.some((each) => each.sameRows === kind)) ??
        "always",
      replaces: rows.some(({ replaces }) => replaces),
    },
  };
}
