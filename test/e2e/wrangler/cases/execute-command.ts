import { expect, it } from "vitest";
import { configuredName, type Suite } from "../suite.ts";

export function executeCommandCases(suite: () => Suite): void {
  const execute = (name: string, sql: string, ...options: string[]) =>
    suite().wrangler.d1(["execute", name, "--remote", `--command=${sql}`, ...options]);

  it("a statement that fails undoes those before it; --json has the error", async () => {
    const { api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (text TEXT)");

    const run = await execute(
      name,
      "INSERT INTO note VALUES ('a');\nINSERT INTO nota VALUES ('b')",
      "--json",
    );

    expect(run.exitCode).toBe(1);
    expect(run.json()).toMatchObject({
      error: {
        code: 7500,
        notes: [
          {
            text: "Error in line 2: INSERT INTO nota VALUES ('b'): no such table: nota: SQLITE_ERROR [code: 7500]",
          },
        ],
      },
    });
    expect(await api.query(uuid, "SELECT * FROM note")).toEqual([]);
  });

  it("several statements give a result each, in the database behind env.DB", async () => {
    const { api } = suite();
    const run = await execute(
      configuredName,
      `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
       CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
         UPDATE note SET text = CASE WHEN text LIKE '%;' THEN text ELSE text || ';' END WHERE id = NEW.id;
       END;
       INSERT INTO note (text) VALUES ('a; b'), ('c');
       SELECT * FROM note`,
      "--json",
    );

    const notes = [
      { id: 1, text: "a; b;" },
      { id: 2, text: "c;" },
    ];
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.json()).toMatchObject([
      { success: true, results: [] },
      { success: true, results: [] },
      { success: true, results: [], meta: { changes: 4, last_row_id: 2, changed_db: true, rows_written: 4 } },
      {
        success: true,
        results: notes,
        meta: { changes: 0, changed_db: false, rows_read: 2, rows_written: 0 },
      },
    ]);
    expect(await api.query(configuredName, "SELECT * FROM note")).toEqual(notes);
  });
}
