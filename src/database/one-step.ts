import type { Instruction } from "./compiled-statement.ts";

/**
 * Whether a program that fails has written nothing: it writes one row, and once it has begun to, nothing can
 * fail any more. That is an INSERT of one row, and an UPDATE or DELETE by a unique key, without triggers and
 * foreign key actions. Whatever else there is counts as more, because it costs a savepoint only.
 */
export function writesInOneStep(program: readonly Instruction[]): boolean {
  const firstWrite = program.findIndex(({ opcode }) => writing.has(opcode));
  // Init jumps to the preparations at the end, which run first.
  const preparations = program[0]?.opcode === "Init" ? program[0].p2 : program.length;
  return (
    !program.some((instruction) => repeating.has(instruction.opcode) || isLoop(instruction)) &&
    program
      .slice(firstWrite, preparations)
      .every(({ opcode, p1 }) => neverFailing.has(opcode) || (opcode === "Halt" && p1 === 0))
  );
}

const writing: ReadonlySet<string> = new Set(["Insert", "IdxInsert", "Delete", "IdxDelete"]);

/** What runs a part of the program again, or another program. An FTS5 table may do anything for one VUpdate. */
const repeating: ReadonlySet<string> = new Set([
  "Gosub",
  "InitCoroutine",
  "Next",
  "Prev",
  "Program",
  "RowSetRead",
  "SorterNext",
  "VNext",
  "VUpdate",
  "Yield",
]);

/** Every program ends with a jump from its preparations to its second instruction. */
function isLoop({ opcode, addr, p2 }: Instruction): boolean {
  return opcode === "Goto" && p2 <= addr && p2 !== 1;
}

/** What may follow the first write: more writes of the same row, and what they read. */
const neverFailing: ReadonlySet<string> = new Set([
  ...writing,
  "Close",
  "Column",
  "Copy",
  "FkCounter",
  "Goto",
  "IntCopy",
  "Integer",
  "IsNull",
  "NotNull",
  "Null",
  "Rowid",
  "SCopy",
]);
