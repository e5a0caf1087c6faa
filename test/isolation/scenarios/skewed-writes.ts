import type { Scenario } from "../scenario.ts";

/** Anomalies of several transactions whose reads are all of one state, before any of them writes. */
export const skewedWrites: Scenario[] = [
  {
    anomaly: "G2-item",
    is: "Write skew: two transactions read the same rows, and each changes another one of them.",
    shows: "Both would take 10 from a sum that is 30, each from another row, where only one of them may.",
    transactions: {
      async T1(t) {
        const sum = sumOf(await t.read("SELECT id, value FROM test WHERE id IN (1, 2)"));
        await t.write(`UPDATE test SET value = ${sum === 30 ? 0 : 10} WHERE id = 1`);
      },
      async T2(t) {
        const sum = sumOf(await t.read("SELECT id, value FROM test WHERE id IN (1, 2)"));
        await t.write(`UPDATE test SET value = ${sum === 30 ? 10 : 20} WHERE id = 2`);
      },
    },
    schedule: "T1 T2 T1 T2 T1 T2",
    prevented: { T1: ["1=10 2=20"], T2: ["1=0 2=20"], outside: ["1=10 2=20", "1=0 2=20"] },
    happens: {
      T1: ["1=10 2=20"],
      T2: ["1=10 2=20"],
      outside: ["1=10 2=20", "1=0 2=20", "1=0 2=10"],
    },
  },
  {
    anomaly: "G2",
    is: "Anti-dependency cycle (write skew on a condition): each inserts what the other one's condition would find.",
    shows: "Both would find nothing and insert a row, though each row is one that the other one looked for.",
    transactions: {
      async T1(t) {
        const found = await t.read("SELECT id, value FROM test WHERE value % 3 = 0");
        if (found === "nothing") await t.write("INSERT INTO test VALUES (3, 30)");
      },
      async T2(t) {
        const found = await t.read("SELECT id, value FROM test WHERE value % 3 = 0");
        if (found === "nothing") await t.write("INSERT INTO test VALUES (4, 42)");
      },
    },
    schedule: "T1 T2 T1 T2 T1 T2",
    prevented: { T1: ["nothing"], T2: ["3=30"], outside: ["1=10 2=20", "1=10 2=20 3=30"] },
    happens: {
      T1: ["nothing"],
      T2: ["nothing"],
      outside: ["1=10 2=20", "1=10 2=20 3=30", "1=10 2=20 3=30 4=42"],
    },
  },
  {
    anomaly: "G2 (two edges)",
    is: "The same with a reader in between (Fekete and others): it sees the second writer and not the first one.",
    shows:
      "The third transaction would see 25 and 10, though who has read 20 must come before, and sets the 10 to 0.",
    transactions: {
      async T1(t) {
        await t.read("SELECT id, value FROM test");
        await t.write("UPDATE test SET value = 0 WHERE id = 1");
      },
      async T2(t) {
        await t.write("UPDATE test SET value = value + 5 WHERE id = 2");
      },
      async T3(t) {
        await t.read("SELECT id, value FROM test");
      },
    },
    schedule: "T1 T2 T2 T3 T3 T1 T1",
    prevented: {
      T1: ["1=10 2=20"],
      T2: [],
      T3: ["1=0 2=25"],
      outside: ["1=10 2=20", "1=0 2=20", "1=0 2=25"],
    },
    happens: {
      T1: ["1=10 2=20"],
      T2: [],
      T3: ["1=10 2=25"],
      outside: ["1=10 2=20", "1=10 2=25", "1=0 2=25"],
    },
  },
];

function sumOf(rows: string): number {
  return rows.split(" ").reduce((sum, row) => sum + Number(row.split("=")[1]), 0);
}
