import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { Isolated } from "./isolated.ts";

const shop = `
  CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, at TEXT DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer REFERENCES customer ON DELETE CASCADE, total REAL);
  CREATE INDEX by_customer ON purchase (customer);
  CREATE TABLE audit (entry TEXT);
  CREATE TRIGGER noted AFTER UPDATE ON purchase BEGIN INSERT INTO audit VALUES (OLD.total || '->' || NEW.total); END;
  CREATE TABLE tag (name TEXT PRIMARY KEY, uses INT) WITHOUT ROWID;
  INSERT INTO customer (name) VALUES ('Ada'), ('Bob');
  INSERT INTO purchase (customer, total) VALUES (1, 10), (1, 20), (2, 30);
  INSERT INTO tag VALUES ('new', 1)`;

const statements = [
  "SELECT total_changes() >= 0",
  "INSERT INTO customer (name) VALUES ('Cid')",
  "INSERT INTO purchase (customer, total) VALUES (last_insert_rowid(), 5)",
  "SELECT changes(), last_insert_rowid()",
  "INSERT INTO customer (name) VALUES ('Dan'), ('Eve') RETURNING id, name",
  "UPDATE purchase SET total = total + 1 WHERE customer = 1",
  "SELECT changes(), last_insert_rowid()",
  "UPDATE purchase SET total = total * 2",
  "INSERT INTO customer (name) VALUES ('Ada') ON CONFLICT (name) DO UPDATE SET name = 'Ada!' RETURNING *",
  "INSERT OR IGNORE INTO customer (name) VALUES ('Bob')",
  "INSERT OR REPLACE INTO tag VALUES ('new', 2), ('old', 1)",
  "REPLACE INTO customer (id, name) VALUES (2, 'Bob again')",
  "DELETE FROM customer WHERE id = 1",
  "SELECT * FROM audit",
  "UPDATE tag SET uses = changes()",
  "DELETE FROM purchase",
  "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
  "SELECT name FROM pragma_table_list WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
  "CREATE TABLE more (a)",
  "INSERT INTO more SELECT id FROM customer",
  "DROP TABLE more",
];

/** Everything that a client is told, but how long it took and when. */
async function told(db: D1Database): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const sql of statements) {
    const { results: rows, meta } = await db.prepare(sql).all();
    const { changes, last_row_id, changed_db, rows_read, rows_written } = meta;
    const timeless = JSON.stringify(rows).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<at>");
    results.push({ sql, rows: timeless, changes, last_row_id, changed_db, rows_read, rows_written });
  }
  return results;
}

it("A client is told the same of every statement with and without isolation", async () => {
  const plain = connect(env.DB, { name: "not isolated" });
  await plain.exec(shop);
  const isolated = new Isolated();
  await isolated.db.exec(shop);
  const expected = await told(plain);
  await isolated.level(async () => {
    expect(await told(isolated.db)).toEqual(expected);
  });
  // After the level: the counters of the connection are right, too.
  await isolated.level(async () => {
    const { meta } = await isolated.db.prepare("UPDATE purchase SET total = 1").run();
    expect(meta.changes).toBe(6);
  });
});

it("A batch is told the same with and without isolation", async () => {
  const plain = connect(env.DB, { name: "not isolated, for a batch" });
  const isolated = new Isolated();
  const batch = async (db: D1Database) => {
    const results = await db.batch(statements.slice(1, 16).map((sql) => db.prepare(sql)));
    return results.map(({ meta: { changes, last_row_id, rows_read, rows_written } }) => ({
      changes,
      last_row_id,
      rows_read,
      rows_written,
    }));
  };
  await plain.exec(shop);
  await isolated.db.exec(shop);
  const expected = await batch(plain);
  await isolated.level(async () => {
    expect(await batch(isolated.db)).toEqual(expected);
  });
});

it("A failing statement leaves changes() and last_insert_rowid() as it does without isolation", async () => {
  const plain = connect(env.DB, { name: "not isolated, for a failure" });
  const isolated = new Isolated();
  const afterFailure = async (db: D1Database) => {
    await db.prepare("INSERT INTO customer (id, name) VALUES (77, 'Zoe')").run();
    const failing = db.prepare("UPDATE customer SET name = 'same'").run();
    await expect(failing).rejects.toThrow(/UNIQUE constraint failed: customer.name/);
    return db.prepare("SELECT changes(), last_insert_rowid()").raw();
  };
  await plain.exec(shop);
  await isolated.db.exec(shop);
  const expected = await afterFailure(plain);
  await isolated.level(async () => {
    expect(await afterFailure(isolated.db)).toEqual(expected);
  });
});
