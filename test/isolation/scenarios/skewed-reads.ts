import type { Scenario } from "../scenario.ts";

/** Anomalies of one transaction whose reads belong to different states. */
export const skewedReads: Scenario[] = [
  {
    anomaly: "PMP",
    is: "Predicate-many-preceders (phantom): two reads by a condition see different sets of rows.",
    shows: "The second condition would find a row that was not there for the first one.",
    transactions: {
      async T1(t) {
        await t.read("SELECT id, value FROM test WHERE value = 30");
        await t.read("SELECT id, value FROM test WHERE value % 3 = 0");
      },
      async T2(t) {
        await t.write("INSERT INTO test VALUES (3, 30)");
      },
    },
    schedule: "T1 T2 T2 T1 T1",
    prevented: { T1: ["nothing", "nothing"], T2: [], outside: ["1=10 2=20", "1=10 2=20 3=30"] },
    happens: { T1: ["nothing", "3=30"], T2: [], outside: ["1=10 2=20", "1=10 2=20 3=30"] },
  },
  {
    anomaly: "PMP (write predicate)",
    is: "The same for a write: it hits other rows than the read before it has shown.",
    shows: "A transaction would read the row that is 20, delete what is 20, and delete another row.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = value + 10");
      },
      async T2(t) {
        await t.read("SELECT id, value FROM test WHERE value = 20");
        await t.write("DELETE FROM test WHERE value = 20");
        await t.read("SELECT id, value FROM test");
      },
    },
    schedule: "T2 T1 T1 T2 T2 T2",
    // T2 comes first: what it deletes is what it has read.
    prevented: { T1: [], T2: ["2=20", "1=10"], outside: ["1=10 2=20", "1=10", "1=20"] },
    happens: { T1: [], T2: ["2=20", "2=30"], outside: ["1=10 2=20", "1=20 2=30", "2=30"] },
  },
  {
    anomaly: "P4",
    is: "Lost update: two transactions read a value, and both write what they make of it.",
    shows: "Two increments would leave 11: one of them is lost.",
    transactions: {
      async T1(t) {
        const [, value] = (await t.read("SELECT id, value FROM test WHERE id = 1")).split("=");
        await t.write(`UPDATE test SET value = ${Number(value) + 1} WHERE id = 1`);
      },
      async T2(t) {
        const [, value] = (await t.read("SELECT id, value FROM test WHERE id = 1")).split("=");
        await t.write(`UPDATE test SET value = ${Number(value) + 1} WHERE id = 1`);
      },
    },
    schedule: "T1 T2 T1 T2 T1 T2",
    prevented: { T1: ["1=10"], T2: ["1=11"], outside: ["1=10 2=20", "1=11 2=20", "1=12 2=20"] },
    happens: { T1: ["1=10"], T2: ["1=10"], outside: ["1=10 2=20", "1=11 2=20"] },
  },
  {
    anomaly: "G-single",
    is: "Read skew: one row is read before, another one after what changes both.",
    shows:
      "A transaction would read 10 and 18, of which the one is older than a transaction that the other one is of.",
    transactions: {
      async T1(t) {
        await t.read("SELECT id, value FROM test WHERE id = 1");
        await t.read("SELECT id, value FROM test WHERE id = 2");
      },
      async T2(t) {
        await t.read("SELECT id, value FROM test");
        await t.write("UPDATE test SET value = 12 WHERE id = 1");
        await t.write("UPDATE test SET value = 18 WHERE id = 2");
      },
    },
    schedule: "T1 T2 T2 T2 T2 T1 T1",
    prevented: { T1: ["1=10", "2=20"], T2: ["1=10 2=20"], outside: ["1=10 2=20", "1=12 2=18"] },
    happens: {
      T1: ["1=10", "2=18"],
      T2: ["1=10 2=20"],
      outside: ["1=10 2=20", "1=12 2=20", "1=12 2=18"],
    },
  },
  {
    anomaly: "G-single (predicates)",
    is: "The same by conditions: the second one finds what has changed since the first one.",
    shows: "A row that was seen as 10 would be found again as 12.",
    transactions: {
      async T1(t) {
        await t.read("SELECT id, value FROM test WHERE value % 5 = 0");
        await t.read("SELECT id, value FROM test WHERE value % 3 = 0");
      },
      async T2(t) {
        await t.write("UPDATE test SET value = 12 WHERE value = 10");
      },
    },
    schedule: "T1 T2 T2 T1 T1",
    prevented: { T1: ["1=10 2=20", "nothing"], T2: [], outside: ["1=10 2=20", "1=12 2=20"] },
    happens: { T1: ["1=10 2=20", "1=12"], T2: [], outside: ["1=10 2=20", "1=12 2=20"] },
  },
  {
    anomaly: "G-single (write predicate)",
    is: "The same by the condition of a write, which looks at a later state than the read before it.",
    shows: "A transaction that has read the old 10 would no longer find the old 20 to delete.",
    transactions: {
      async T1(t) {
        await t.read("SELECT id, value FROM test WHERE id = 1");
        t.note(`${await t.write("DELETE FROM test WHERE value = 20")} deleted`);
      },
      async T2(t) {
        await t.read("SELECT id, value FROM test");
        await t.write("UPDATE test SET value = 12 WHERE id = 1");
        await t.write("UPDATE test SET value = 18 WHERE id = 2");
      },
    },
    schedule: "T1 T2 T2 T2 T2 T1 T1",
    prevented: { T1: ["1=10", "1 deleted"], T2: ["1=10"], outside: ["1=10 2=20", "1=10", "1=12"] },
    happens: {
      T1: ["1=10", "0 deleted"],
      T2: ["1=10 2=20"],
      outside: ["1=10 2=20", "1=12 2=20", "1=12 2=18"],
    },
  },
];
