import type { Instruction } from "./compiled-statement.ts";

// Flags in p5 of the opcode Insert (sqliteInt.h).
const countsChange = 0x01;
const isUpdate = 0x04;
const setsLastRowid = 0x20;

/** What a program writes that touches the rows of one table and nothing else, indices aside. */
export interface PlainWrite {
  /** Of the table. */
  rootPage: number;
  /** `upsert`: each row is inserted or updated. */
  kind: "insert" | "update" | "upsert";
}

/**
 * Tells what a program writes when it can do nothing but insert rows into one rowid table, or update some of it under the
 * rowids that they have; undefined for everything else. OR REPLACE and a new rowid delete rows; a trigger would fire again on
 * the values that it has itself changed; a table WITHOUT ROWID has no rowid by which to find the row again.
 */
export function findPlainWrite(program: readonly Instruction[]): PlainWrite | undefined {
  const writes = program.filter(({ opcode, p5 }) => opcode === "Insert" && (p5 & countsChange) !== 0);
  if (program.some(({ opcode }) => touchesOtherRows.has(opcode))) return undefined;
  const inserts = writes.filter(({ p5 }) => (p5 & isUpdate) === 0);
  const [insert, ...moreInserts] = inserts;
  if (moreInserts.length > 0 || (insert !== undefined && (insert.p5 & setsLastRowid) === 0)) return undefined;
  const updates = writes.length - inserts.length;
  if (updates === 0 && program.some(({ opcode }) => opcode === "IdxDelete")) return undefined;
  const rootPages = new Set(writes.map((write) => rootPageOf(write, program)));
  const [rootPage] = rootPages;
  if (rootPages.size !== 1 || rootPage === undefined) return undefined;
  return { rootPage, kind: insert === undefined ? "update" : updates === 0 ? "insert" : "upsert" };
}

const touchesOtherRows: ReadonlySet<string> = new Set(["Delete", "Program", "VUpdate"]);

/** The cursor that the row goes to was opened on the table's root page (p3 = 0: not in a temporary schema). */
function rootPageOf(write: Instruction, program: readonly Instruction[]): number | undefined {
  return program.find(({ opcode, p1, p3 }) => opcode === "OpenWrite" && p1 === write.p1 && p3 === 0)?.p2;
}

/** Whether a program only updates records of one rowid table, in one pass, and gives no rows. */
export function isPlainUpdate(program: readonly Instruction[]): boolean {
  const writes = program.filter(({ opcode }) => writingOpcodes.has(opcode));
  return writes.length === 1 && writes[0]!.opcode === "Insert" && writes[0]!.p5 === (countsChange | isUpdate);
}

const writingOpcodes: ReadonlySet<string> = new Set([
  ..."Insert IdxInsert Delete IdxDelete Program VUpdate OpenEphemeral ResultRow ParseSchema Destroy".split(
    " ",
  ),
]);
