import type { Scenario } from "../scenario.ts";

/** Anomalies that need what is not committed to be seen, or to be written over. */
export const dirty: Scenario[] = [
  {
    anomaly: "G0",
    is: "Write cycle (dirty write): two transactions write over each other, each of them last somewhere.",
    shows: "Of two transactions that both set both rows, one row would be left by each.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = 11 WHERE id = 1");
        await t.write("UPDATE test SET value = 21 WHERE id = 2");
      },
      async T2(t) {
        await t.write("UPDATE test SET value = 12 WHERE id = 1");
        await t.write("UPDATE test SET value = 22 WHERE id = 2");
      },
    },
    schedule: "T1 T2 T2 T1 T1 T2",
    prevented: { T1: [], T2: [], outside: ["1=10 2=20", "1=11 2=21", "1=12 2=22"] },
    happens: {
      T1: [],
      T2: [],
      outside: ["1=10 2=20", "1=11 2=20", "1=12 2=20", "1=12 2=22", "1=12 2=21"],
    },
  },
  {
    anomaly: "G1a",
    is: "Aborted read (dirty read): a value is seen whose transaction then rolls back.",
    shows: "The second transaction would read the 101 that the first one takes back.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = 101 WHERE id = 1");
        t.rollBack();
      },
      async T2(t) {
        await t.read("SELECT id, value FROM test");
        await t.read("SELECT id, value FROM test");
      },
    },
    schedule: "T1 T2 T1 T2 T2",
    prevented: { T1: [], T2: ["1=10 2=20", "1=10 2=20"], outside: ["1=10 2=20"] },
    happens: { T1: [], T2: ["1=101 2=20", "1=101 2=20"], outside: ["1=10 2=20", "1=101 2=20"] },
  },
  {
    anomaly: "G1b",
    is: "Intermediate read (dirty read): a value is seen that its transaction goes on to change.",
    shows: "The second transaction would read the 101 that the first one replaces before it commits.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = 101 WHERE id = 1");
        await t.write("UPDATE test SET value = 11 WHERE id = 1");
      },
      async T2(t) {
        await t.read("SELECT id, value FROM test");
        await t.read("SELECT id, value FROM test");
      },
    },
    schedule: "T1 T2 T1 T1 T2 T2",
    prevented: { T1: [], T2: ["1=11 2=20", "1=11 2=20"], outside: ["1=10 2=20", "1=11 2=20"] },
    happens: {
      T1: [],
      T2: ["1=101 2=20", "1=11 2=20"],
      outside: ["1=10 2=20", "1=101 2=20", "1=11 2=20"],
    },
  },
  {
    anomaly: "G1c",
    is: "Circular information flow (dirty read): two transactions each see what the other one writes.",
    shows:
      "Each of two transactions would read the new value of the other, so that each came after the other.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = 11 WHERE id = 1");
        await t.read("SELECT id, value FROM test WHERE id = 2");
      },
      async T2(t) {
        await t.write("UPDATE test SET value = 22 WHERE id = 2");
        await t.read("SELECT id, value FROM test WHERE id = 1");
      },
    },
    schedule: "T1 T2 T1 T2 T1 T2",
    prevented: { T1: ["2=20"], T2: ["1=11"], outside: ["1=10 2=20", "1=11 2=20", "1=11 2=22"] },
    happens: { T1: ["2=22"], T2: ["1=11"], outside: ["1=10 2=20", "1=11 2=20", "1=11 2=22"] },
  },
  {
    anomaly: "OTV",
    is: "Observed transaction vanishes: part of a transaction is seen, and then not the rest of it.",
    shows:
      "The third transaction would read the first row of the second one and the second row of the first one.",
    transactions: {
      async T1(t) {
        await t.write("UPDATE test SET value = 11 WHERE id = 1");
        await t.write("UPDATE test SET value = 19 WHERE id = 2");
      },
      async T2(t) {
        await t.write("UPDATE test SET value = 12 WHERE id = 1");
        await t.write("UPDATE test SET value = 18 WHERE id = 2");
      },
      async T3(t) {
        await t.read("SELECT id, value FROM test WHERE id = 1");
        await t.read("SELECT id, value FROM test WHERE id = 2");
        await t.read("SELECT id, value FROM test WHERE id = 2");
        await t.read("SELECT id, value FROM test WHERE id = 1");
      },
    },
    schedule: "T1 T1 T2 T1 T3 T3 T2 T2 T3 T3 T3",
    prevented: {
      T1: [],
      T2: [],
      T3: ["1=12", "2=18", "2=18", "1=12"],
      outside: ["1=10 2=20", "1=11 2=19", "1=12 2=18"],
    },
    happens: {
      T1: [],
      T2: [],
      T3: ["1=12", "2=19", "2=18", "1=12"],
      outside: ["1=10 2=20", "1=11 2=20", "1=11 2=19", "1=12 2=19", "1=12 2=18"],
    },
  },
];
