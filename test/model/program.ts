import fc from "fast-check";

/** One write to the database of the model: see {@link schema}. */
export type Write =
  | { write: "insert"; key: number; value: number }
  | { write: "add"; key: number; value: number }
  | { write: "delete"; key: number }
  | { write: "clear" }
  | { write: "stamp"; key: number };

/** What a transaction's callback does next. `caught`: it goes on after a failure. */
export type Step =
  | { step: "write"; write: Write; caught: boolean }
  | { step: "batch"; writes: Write[]; caught: boolean }
  | { step: "at once"; writes: Write[] }
  | { step: "read" }
  | { step: "wait"; ms: number }
  | { step: "commit" }
  | { step: "rollback" }
  | { step: "savepoint"; verb: "SAVEPOINT" | "RELEASE" | "ROLLBACK TO"; name: string }
  | { step: "nested"; block: Block };

export interface Block {
  steps: Step[];
  throws: boolean;
}

/** What a procedure does next, outside of any transaction or with one. */
export type Task =
  | { task: "write"; write: Write }
  | { task: "batch"; writes: Write[] }
  | { task: "read" }
  | { task: "wait"; ms: number }
  | { task: "transaction"; block: Block }
  | { task: "text"; steps: Step[]; end: "COMMIT" | "END" | "ROLLBACK" };

/** One procedure call. */
export type Program = Task[];

/** `item` fails for a key that exists, or for a value below zero; `stamp` holds values that SQLite makes up. */
export const schema = `
  CREATE TABLE item (key INTEGER PRIMARY KEY, value INTEGER NOT NULL CHECK (value >= 0));
  CREATE TABLE stamp (key INTEGER UNIQUE, made INTEGER DEFAULT (random()), at TEXT DEFAULT CURRENT_TIMESTAMP);
`;

// Few keys, so that programs get in each other's way.
const key = fc.integer({ min: 1, max: 3 });
const value = fc.integer({ min: -2, max: 3 });

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ write: fc.constant("insert" as const), key, value }),
  { weight: 3, arbitrary: fc.record({ write: fc.constant("add" as const), key, value }) },
  fc.record({ write: fc.constant("delete" as const), key }),
  fc.record({ write: fc.constant("clear" as const) }),
  fc.record({ write: fc.constant("stamp" as const), key }),
);
const writes = fc.array(write, { minLength: 1, maxLength: 3 });
const wait = { step: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3 }) };
const caught = fc.boolean();

const stepsOf = (nested: fc.Arbitrary<Block>, ends: fc.Arbitrary<Step>[]) =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ step: fc.constant("write" as const), write, caught }) },
      fc.record({ step: fc.constant("batch" as const), writes, caught }),
      fc.record({ step: fc.constant("at once" as const), writes }),
      { weight: 2, arbitrary: fc.record({ step: fc.constant("read" as const) }) },
      { weight: 3, arbitrary: fc.record(wait) },
      {
        weight: 2,
        arbitrary: fc.record({
          step: fc.constant("savepoint" as const),
          verb: fc.constantFrom("SAVEPOINT" as const, "RELEASE" as const, "ROLLBACK TO" as const),
          name: fc.constantFrom("a", "b"),
        }),
      },
      { weight: 2, arbitrary: fc.record({ step: fc.constant("nested" as const), block: nested }) },
      ...ends,
    ),
    { maxLength: 6 },
  );

const ends: fc.Arbitrary<Step>[] = [
  fc.record({ step: fc.constant("commit" as const) }),
  fc.record({ step: fc.constant("rollback" as const) }),
];

const { block } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.record({
    steps: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      stepsOf(fc.constant({ steps: [], throws: true }), ends),
      stepsOf(tie("block"), ends),
    ),
    throws: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
}));

const task: fc.Arbitrary<Task> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ task: fc.constant("write" as const), write }) },
  fc.record({ task: fc.constant("batch" as const), writes }),
  fc.record({ task: fc.constant("read" as const) }),
  fc.record({ task: fc.constant("wait" as const), ms: wait.ms }),
  { weight: 4, arbitrary: fc.record({ task: fc.constant("transaction" as const), block }) },
  fc.record({
    task: fc.constant("text" as const),
    steps: stepsOf(block, []),
    end: fc.constantFrom("COMMIT" as const, "END" as const, "ROLLBACK" as const),
  }),
);

/** Several procedure calls that run at the same time. */
export const programs: fc.Arbitrary<Program[]> = fc.array(fc.array(task, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});
