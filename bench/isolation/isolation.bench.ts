import { env } from "cloudflare:workers";
import { it } from "vitest";
import type { DatabaseBinding } from "../../src/client/binding-kind.ts";
import { connect } from "../../src/client/connect.ts";
import type { DatabaseRpc, StatementMessage } from "../../src/protocol.ts";
import { databaseTarget } from "../../src/testing/database-target.ts";
import { IsolatedDatabase } from "../../src/testing/isolation/isolated-database.ts";
import { runInObject } from "../../src/testing/test-runtime.ts";

const binding = (env as unknown as { SHOP: DatabaseBinding }).SHOP;
const rounds = Number(process.env.ROUNDS ?? 5);
const testsPerRound = 100;

const schema = (rows: number) => `
  CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, balance INT, since TEXT DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INT REFERENCES customer ON DELETE CASCADE, total REAL);
  CREATE INDEX by_customer ON purchase (customer);
  WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${rows})
    INSERT INTO customer (id, name, balance) SELECT id, 'customer number ' || id, id % 1000 FROM n;
  INSERT INTO purchase SELECT id, id, id / 3.0 FROM customer WHERE id % 3 = 0`;

/** What a small test does: four statements, three of which write. */
const smallTest: StatementMessage[] = [
  { sql: "INSERT INTO purchase (customer, total) VALUES (?, ?)", params: [7, 9.5] },
  { sql: "UPDATE customer SET balance = balance - 1 WHERE id = ?", params: [7] },
  { sql: "DELETE FROM purchase WHERE customer = ? AND total = ?", params: [7, 9.5] },
  { sql: "SELECT balance FROM customer WHERE id = ?", params: [7] },
];

it("what a small test costs", async () => {
  for (const rows of [100, 10_000, 100_000]) {
    const [plain, isolated] = [`plain ${rows}`, `isolated ${rows}`];
    for (const name of [plain, isolated]) await connect(binding, { name }).exec(schema(rows));
    const database = IsolatedDatabase.of(databaseTarget(binding, { name: isolated }));
    const figures: { plain: number; isolated: number }[] = [];
    await database.inLevel(
      async () => {
        for (let round = 0; round <= rounds; round++) {
          const figure = {
            plain: await inObject(plain, (run) => run()),
            isolated: await inObject(isolated, (run) => database.inLevel(run, { concurrent: false })),
          };
          if (round > 0) figures.push(figure); // the first one warms up
        }
      },
      { concurrent: false },
    );
    console.log(`figures ${JSON.stringify({ rows, figures })}`);
  }
});

/**
 * Milliseconds of one small test. Inside the object: a round trip of the test runtime, of which a test makes one for each call with
 * isolation and without, takes longer than everything that is measured here.
 */
function inObject(name: string, test: (run: () => Promise<void>) => Promise<void>): Promise<number> {
  return runInObject(databaseTarget(binding, { name }).stub(), async (instance) => {
    const object = instance as unknown as DatabaseRpc;
    const run = async () => {
      for (const query of smallTest) await object.query({ queries: [query] });
    };
    const started = performance.now();
    for (let count = 0; count < testsPerRound; count++) await test(run);
    return (performance.now() - started) / testsPerRound;
  });
}
