import { first, firstForUpdate, run } from "./steps.ts";
import { type Call, counting, inSteps, numberOf, sizeOf, type Workload } from "./workload.ts";

/**
 * YCSB's workload B: 95 % reads of a record of ten fields of 100 characters, 5 % updates of one field, the records by Zipf's law (0.99).
 * Beside it writers with transactions that read and update ten records each.
 */

const fields = Array.from({ length: 10 }, (_, index) => `field${index}`);
const alpha = 0.99;
const recordsOfWriter = 10;

export const ycsb: Workload = {
  name: "ycsb",
  prepare: (scale) => [
    "DROP TABLE IF EXISTS usertable",
    `CREATE TABLE usertable (ycsb_key INTEGER PRIMARY KEY, ${fields.map((field) => `${field} TEXT`).join(", ")})`,
    ...inSteps(
      sizeOf(scale, "records"),
      50_000,
      (from, to) =>
        `${counting("n", from, to)} INSERT INTO usertable SELECT i, ${fields.map(() => `'${"x".repeat(100)}'`).join(", ")} FROM n`,
    ),
  ],
  operations: {
    read: {
      kind: "statement",
      *steps(args) {
        return yield* first("SELECT * FROM usertable WHERE ycsb_key = ?", numberOf(args, "key"));
      },
    },
    update: {
      kind: "statement",
      *steps(args) {
        const field = fields[numberOf(args, "field")];
        yield* run(
          `UPDATE usertable SET ${field} = ? WHERE ycsb_key = ?`,
          textOf(numberOf(args, "seed")),
          numberOf(args, "key"),
        );
      },
    },
    "update-ten": {
      kind: "transaction",
      *steps(args) {
        const [firstKey, seed] = [numberOf(args, "key"), numberOf(args, "seed")];
        for (let key = firstKey; key < firstKey + recordsOfWriter; key++) {
          yield* firstForUpdate("SELECT field0 FROM usertable WHERE ycsb_key = ?", key);
          yield* run("UPDATE usertable SET field0 = ? WHERE ycsb_key = ?", textOf(seed), key);
        }
      },
    },
  },
  mixes: {
    b: (random, scale): Call => {
      const key = random.zipfKey(sizeOf(scale, "records"), alpha);
      if (random.chance(0.95)) return { operation: "read", args: { key } };
      return {
        operation: "update",
        args: { key, field: random.between(0, 9), seed: random.between(0, 999_999) },
      };
    },
    writers: (random, scale) => ({
      operation: "update-ten",
      args: {
        key: random.between(1, sizeOf(scale, "records") - recordsOfWriter),
        seed: random.between(0, 999_999),
      },
    }),
  },
  checks: (scale) => [
    {
      what: "every record is there",
      sql: `SELECT there FROM (SELECT count(*) AS there FROM usertable) AS counted WHERE there <> ${sizeOf(scale, "records")}`,
    },
  ],
};

function textOf(seed: number): string {
  return String(seed).padEnd(100, "y");
}
