import fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzParameters } from "../support/fuzz.ts";
import { Isolated } from "./isolated.ts";

/** Every way in which a write touches rows that it does not name: cascades, triggers, replacements, deferred keys. */
const schema = `
  CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE, n INT, up REFERENCES a ON DELETE SET NULL);
  CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, a REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, u INT UNIQUE ON CONFLICT REPLACE);
  CREATE TABLE c (k TEXT COLLATE NOCASE, l INT, b REFERENCES b ON DELETE SET NULL ON UPDATE CASCADE, PRIMARY KEY (k, l)) WITHOUT ROWID;
  CREATE TABLE d (v, a REFERENCES a DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE log (entry);
  CREATE INDEX by_n ON a (n);
  CREATE TRIGGER logged AFTER UPDATE OF n ON a BEGIN INSERT INTO log VALUES (OLD.n || '->' || NEW.n); END;
  CREATE TRIGGER forgotten AFTER DELETE ON d BEGIN DELETE FROM log WHERE rowid = (SELECT max(rowid) FROM log); END;
  INSERT INTO a VALUES (1, 'x', 1, NULL), (2, 'y', 2, 1), (3, 'z', 3, 2), (4, 'w', 4, 4);
  INSERT INTO b (a, u) VALUES (1, 1), (1, 2), (2, 3), (3, NULL);
  INSERT INTO c VALUES ('p', 1, 1), ('P', 2, 1), ('q', 1, 3), ('r', 9, NULL);
  INSERT INTO d VALUES (1, 1), (1, 2), (NULL, 4);
  INSERT INTO log VALUES ('begin')`;

const id = fc.integer({ min: 0, max: 6 });
const name = fc.constantFrom("'x'", "'y'", "'z'", "'w'", "'v'", "NULL");
const either = fc.constantFrom("", " OR REPLACE", " OR IGNORE", " OR FAIL");
const sql = (strings: TemplateStringsArray, ...parts: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...parts).map((values) => String.raw({ raw: strings }, ...values));

const write = fc.oneof(
  sql`INSERT${either} INTO a VALUES (${id}, ${name}, ${id}, ${id})`,
  sql`INSERT${either} INTO a (u, n) VALUES (${name}, ${id}), (${name}, ${id})`,
  sql`INSERT INTO a (id, u, n) VALUES (${id}, ${name}, ${id}) ON CONFLICT DO UPDATE SET n = n + ${id}, u = excluded.u`,
  sql`UPDATE${either} a SET n = n + ${id} WHERE id > ${id}`,
  sql`UPDATE${either} a SET id = id + ${id}, u = ${name} WHERE n = ${id}`,
  sql`UPDATE a SET u = u || '!' WHERE id IN (${id}, ${id}) RETURNING *`,
  sql`UPDATE a SET u = CASE id WHEN ${id} THEN ${name} ELSE u END`,
  sql`DELETE FROM a WHERE id = ${id}`,
  sql`DELETE FROM a WHERE up = ${id} OR n < ${id}`,
  sql`INSERT${either} INTO b (a, u) SELECT id, ${id} FROM a WHERE id >= ${id}`,
  sql`INSERT INTO b VALUES (${id}, ${id}, ${id})`,
  sql`UPDATE b SET u = ${id} WHERE id = ${id}`,
  sql`UPDATE${either} b SET id = ${id} WHERE a = ${id}`,
  sql`DELETE FROM b WHERE id IN (SELECT b FROM c WHERE l = ${id})`,
  sql`INSERT${either} INTO c VALUES (upper(${name}), ${id}, ${id})`,
  sql`UPDATE${either} c SET k = ${name} WHERE l = ${id}`,
  sql`UPDATE c SET b = ${id} WHERE k = 'P'`,
  sql`DELETE FROM c WHERE k = ${name}`,
  sql`INSERT INTO d VALUES (${id}, ${id})`,
  sql`UPDATE d SET v = rowid + ${id}`,
  sql`DELETE FROM d WHERE v = ${id}`,
  sql`DELETE FROM log`,
  sql`REPLACE INTO log (rowid, entry) VALUES (${id}, 'again')`,
  sql`CREATE INDEX IF NOT EXISTS i${id} ON c (l)`,
);

/** In a level of their own, or not. */
const group = fc.record({
  nested: fc.boolean(),
  batch: fc.boolean(),
  writes: fc.array(write, { minLength: 1, maxLength: 4 }),
});

const { parameters, timeoutMs } = fuzzParameters("undo", { runs: 10, seconds: 5 });

it(
  "Whatever is written in a level, nothing of it is left",
  async () => {
    let written = 0;
    const isolated = new Isolated();
    await isolated.db.exec(schema);
    const before = await isolated.everything();
    const run = async (writes: readonly string[], batch: boolean) => {
      const statements = writes.map((text) => isolated.db.prepare(text));
      // Most of what is random fails: a constraint is in the way.
      const done = () => void written++;
      if (batch) await isolated.db.batch(statements).then(done, () => {});
      else for (const statement of statements) await statement.run().then(done, () => {});
    };
    await fc.assert(
      fc.asyncProperty(fc.array(group, { minLength: 1, maxLength: 5 }), async (groups) => {
        await isolated.level(async () => {
          for (const { nested, batch, writes } of groups) {
            if (!nested) await run(writes, batch);
            else {
              const outer = await isolated.everything();
              await isolated.level(() => run(writes, batch));
              expect(await isolated.everything()).toEqual(outer);
            }
          }
        });
        expect(await isolated.everything()).toEqual(before);
        expect(await isolated.rows("PRAGMA foreign_keys")).toEqual([[1]]);
      }),
      parameters,
    );
    // How much there is time for, a busy machine says.
    expect(written).toBeGreaterThan(0);
  },
  timeoutMs,
);
