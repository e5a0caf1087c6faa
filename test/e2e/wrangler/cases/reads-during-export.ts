import { expect, it } from "vitest";
import type { Suite } from "../suite.ts";

export function readsDuringExportCases(suite: () => Suite): void {
  it("reads go on, and the dump has one committed state", async () => {
    const { api } = suite();
    const { uuid } = await api.createDatabase();
    await api.query(
      uuid,
      `CREATE TABLE first_half (n INTEGER); INSERT INTO first_half VALUES (1000);
       CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT);
       WITH RECURSIVE row (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM row LIMIT 200000)
         INSERT INTO entry SELECT id, id || '${"lorem ipsum ".repeat(15)}' FROM row;
       CREATE TABLE second_half (n INTEGER); INSERT INTO second_half VALUES (1000);`,
    );

    let exporting = true;
    const exported = api.startExport(uuid).finally(() => {
      exporting = false;
    });
    const whileExporting = () => exporting;
    const read = () => api.query(uuid, "SELECT count(*) AS n FROM entry");
    const move = () => api.query(uuid, "UPDATE first_half SET n = n - 1; UPDATE second_half SET n = n + 1");
    const [reads] = await Promise.all([repeatWhile(whileExporting, read), repeatWhile(whileExporting, move)]);
    const dump = await api.download(await exported);

    // If they waited for the export's end: one before it began, and one that was under way.
    expect(reads).toBeGreaterThan(2);
    const halves = dump.match(/(?<=INSERT INTO "(first|second)_half" \("n"\) VALUES\n\()\d+/g)!.map(Number);
    expect(halves).toEqual([expect.any(Number), 2000 - halves[0]!]);
  });
}

/** Does one after another. Resolves to how many were done while the condition held. */
async function repeatWhile(condition: () => boolean, work: () => Promise<unknown>): Promise<number> {
  for (let done = 0; ; done++) {
    await work();
    if (!condition()) return done;
  }
}
