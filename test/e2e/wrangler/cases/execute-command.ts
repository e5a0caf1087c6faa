import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import { configuredName, type Suite } from "../suite.ts";

export function executeCommandCases(suite: () => Suite): void {
  const execute = (name: string, sql: string, ...options: string[]) =>
    suite().wrangler.d1(["execute", name, "--remote", `--command=${sql}`, ...options]);

  it("a statement that fails undoes those before it; --json has the error", async () => {
    const { api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (text TEXT)");

    const run = await execute(name, "INSERT INTO note VALUES ('a'); INSERT INTO nota VALUES ('b')", "--json");

    expect(run.exitCode).toBe(1);
    expectOnPage(
      `execute my-db --remote --json --command="INSERT INTO note VALUES ('a'); INSERT INTO nota VALUES ('b')"`,
      run.stdout,
    );
    expect(await api.query(uuid, "SELECT * FROM note")).toEqual([]);
  });

  it("several statements give a result each, in the database behind env.DB", async () => {
    const { api } = suite();
    await api.query(
      configuredName,
      `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
       CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
         UPDATE note SET text = CASE WHEN text LIKE '%;' THEN text ELSE text || ';' END WHERE id = NEW.id;
       END`,
    );

    const sql = "INSERT INTO note (text) VALUES ('a; b'), ('c'); SELECT * FROM note";
    const run = await execute(configuredName, sql, "--json");

    const notes = [
      { id: 1, text: "a; b;" },
      { id: 2, text: "c;" },
    ];
    expect(run.exitCode, run.output).toBe(0);
    expect(run.json()).toMatchObject([
      { success: true, results: [], meta: { changes: 4, last_row_id: 2, changed_db: true, rows_written: 4 } },
      {
        success: true,
        results: notes,
        meta: { changes: 0, changed_db: false, rows_read: 2, rows_written: 0 },
      },
    ]);
    expectOnPage(
      `execute d1-procedures --remote --json --command="INSERT INTO note (text) VALUES ('a; b'), ('c'); SELECT * FROM note"`,
      run.stdout,
    );
    expect(await api.query(configuredName, "SELECT * FROM note")).toEqual(notes);
  });
}
