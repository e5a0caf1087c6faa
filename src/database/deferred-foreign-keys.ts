/**
 * Asks SQLite whether the open transaction could be committed as far as deferred foreign keys go. A commit
 * with a violation left fails with an opaque error, resets the object, and takes along every job that
 * shares the transaction; so each job is checked before it joins.
 *
 * SQLite keeps a counter of deferred violations, and no function reads it. But an INSERT into a parent
 * table looks for orphans in the child table only while the counter is not zero (the opcode FkIfZero), so
 * the rows that it reads tell. The two tables exist for the length of a savepoint only. This costs some 50
 * microseconds whatever the size of the database; `PRAGMA foreign_key_check` reads every child row. Both rows
 * get the rowid that was inserted last, so that last_insert_rowid() stays as the transaction left it.
 */
export function hasDeferredViolations(storage: DurableObjectStorage): boolean {
  probeName ??= `d1p_probe_${crypto.randomUUID().replaceAll("-", "")}`;
  let rowsRead = 0;
  try {
    storage.transactionSync(() => {
      storage.sql.exec(setUp(probeName!)).toArray();
      const probe = storage.sql.exec(`INSERT INTO ${probeName} VALUES (last_insert_rowid())`);
      probe.toArray();
      rowsRead = probe.rowsRead;
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return rowsRead > rowsReadWithoutViolation;
}

const undo = new Error("undo the probe");

/** The INSERT itself counts as one read; the orphan it looks at as another. */
const rowsReadWithoutViolation = 1;

/** A name that nobody else has given, the same for the life of the isolate: SQLite keeps compiled texts. */
let probeName: string | undefined;

const setUp = (name: string) => `
  CREATE TABLE ${name} (id INTEGER PRIMARY KEY);
  CREATE TABLE ${name}_child (parent REFERENCES ${name} DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO ${name}_child (rowid, parent) VALUES (last_insert_rowid(), NULL);
`;
