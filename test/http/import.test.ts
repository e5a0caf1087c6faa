import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { catalogName } from "../../src/catalog-protocol.ts";
import { gateOf } from "../support/gate.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import { send, token } from "./http-client.ts";
import { configuredPath, createDatabase, databasesPath, rest, rowsOf } from "./rest-client.ts";
import { pathOf, type SqlFile, sqlFile } from "./sql-file.ts";

interface ImportAnswer {
  success: boolean;
  type?: string;
  status?: "active" | "complete" | "error";
  at_bookmark?: string;
  messages?: string[];
  error?: string;
  errors?: string[];
  result?: { num_queries: number; final_bookmark: string; meta: Record<string, unknown> };
  upload_url?: string;
  filename?: string;
}

/** What wrangler sends to import a file, step by step. */
class Client {
  readonly #path: string;

  constructor(uuid: string) {
    this.#path = `${databasesPath}/${uuid}/import`;
  }

  post(body: unknown) {
    return rest<ImportAnswer>("POST", this.#path, body);
  }

  init({ etag }: SqlFile) {
    return this.post({ action: "init", etag });
  }

  upload({ upload_url }: ImportAnswer, body: BodyInit) {
    return send(pathOf(upload_url!), { method: "PUT", body, headers: { authorization: "" } });
  }

  async untilEnded(answer: ImportAnswer): Promise<ImportAnswer> {
    if (answer.status !== "active") return answer;
    const poll = await this.post({ action: "poll", current_bookmark: answer.at_bookmark });
    return this.untilEnded(poll.answer.result);
  }

  async importFile(file: SqlFile): Promise<ImportAnswer> {
    const { answer } = await this.init(file);
    if (answer.result.upload_url === undefined) return this.untilEnded(answer.result);
    const { filename } = answer.result;
    await this.upload(answer.result, file.body);
    const ingest = await this.post({ action: "ingest", etag: file.etag, filename });
    return this.untilEnded(ingest.answer.result);
  }
}

describe("POST .../import", () => {
  it("imports an uploaded file, and tells what wrangler shows", async () => {
    const { uuid } = await createDatabase("imported");
    await rowsOf(uuid, "CREATE TABLE earlier (x)");
    const client = new Client(uuid);
    const file = await sqlFile(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x);\nINSERT INTO t (x) VALUES ('a;b'), ('c');\n",
    );

    const init = await client.init(file);
    expect(init.status).toBe(200);
    expect(init.answer.result).toEqual({
      upload_url: expect.stringMatching(/^http:\/\/localhost\/files\//),
      filename: `${uuid}.${file.etag}.sql`,
    });
    expect(JSON.stringify(init.answer)).not.toContain(token);

    const upload = await client.upload(init.answer.result, file.body);
    expect([upload.status, upload.headers.get("etag")]).toEqual([200, `"${file.etag}"`]);

    const { filename } = init.answer.result;
    const ingest = await client.post({ action: "ingest", etag: file.etag, filename });
    const ended = await client.untilEnded(ingest.answer.result);
    expect(ended).toEqual({
      success: true,
      type: "import",
      status: "complete",
      at_bookmark: expect.any(String),
      messages: expect.any(Array),
      result: {
        num_queries: 2,
        final_bookmark: expect.any(String),
        meta: {
          served_by: expect.any(String),
          duration: expect.any(Number),
          changes: 2,
          changed_db: true,
          size_after: expect.any(Number),
          rows_read: expect.any(Number),
          rows_written: expect.any(Number),
        },
      },
    });
    expect(await rowsOf(uuid, "SELECT x FROM t")).toEqual([[{ x: "a;b" }, { x: "c" }]]);
  });

  it("is told again by a poll when it has ended", async () => {
    const { uuid } = await createDatabase("polled");
    const client = new Client(uuid);
    const ended = await client.importFile(await sqlFile("CREATE TABLE polled (x);"));
    const again = await client.post({ action: "poll", current_bookmark: ended.at_bookmark });
    expect(again.answer.result).toMatchObject({ status: "complete", result: { num_queries: 1 } });
  });

  it("starts at once when the file is there already: init answers as ingest does", async () => {
    const { uuid } = await createDatabase("twice");
    const client = new Client(uuid);
    const file = await sqlFile("CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1);");
    await client.importFile(file);
    const init = await client.init(file);
    expect(init.answer.result).not.toHaveProperty("upload_url");
    expect(await client.untilEnded(init.answer.result)).toMatchObject({ status: "complete" });
    expect(await rowsOf(uuid, "SELECT count(*) AS n FROM t")).toEqual([[{ n: 2 }]]);
  });

  it("uploads a file once for each database: nobody reads what was uploaded for another", async () => {
    const file = await sqlFile("CREATE TABLE t (secret);");
    const [first, second] = [await createDatabase("first-owner"), await createDatabase("second-owner")];
    await new Client(first.uuid).importFile(file);
    const { answer } = await new Client(second.uuid).init(file);
    expect(answer.result.upload_url).toBeDefined();
  });

  it("leaves the database as it was when a statement fails, and says why", async () => {
    const { uuid } = await createDatabase("failed-import");
    const ended = await new Client(uuid).importFile(
      await sqlFile("CREATE TABLE t (x);\nINSERT INTO t VALUES (1);\nINSERT INTO missing VALUES (1);"),
    );
    expect(ended).toEqual({
      success: true,
      type: "import",
      status: "error",
      at_bookmark: expect.any(String),
      messages: expect.any(Array),
      error: expect.stringMatching(/missing/),
      errors: [ended.error],
    });
    expect(await rowsOf(uuid, "SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([[]]);
  });

  it("refuses a second one while one waits or runs, and starts it afterwards", async () => {
    const { uuid } = await createDatabase("two-imports");
    const client = new Client(uuid);
    const [first, second] = [
      await sqlFile("CREATE TABLE first (x);"),
      await sqlFile("CREATE TABLE second (x);"),
    ];
    for (const file of [first, second])
      await client.upload((await client.init(file)).answer.result, file.body);
    const procedures = `${databasesPath}/${uuid}/procedures`;
    await rest("POST", `${procedures}/CreateTables`, []);
    const holder = crypto.randomUUID();
    const transaction = rest("POST", `${procedures}/InsertAtGate`, [holder]);
    await gateOf(holder).reached();

    using jobs = await queuedJobs(env.DB.getByName(uuid));
    const waiting = client.init(first);
    await jobs.come(1);
    const refused = await client.init(second);
    expect(refused.status).toBe(409);
    expect(refused.answer.errors).toEqual([
      { code: 7500, message: expect.stringContaining("Another import") },
    ]);

    gateOf(holder).open();
    expect((await transaction).status).toBe(200);
    expect(await client.untilEnded((await waiting).answer.result)).toMatchObject({ status: "complete" });
    expect(await client.importFile(second)).toMatchObject({ status: "complete" });
    expect(await rowsOf(uuid, "SELECT name FROM sqlite_schema WHERE name IN ('first', 'second')")).toEqual([
      [{ name: "first" }, { name: "second" }],
    ]);
  });

  it("forgets an upload before it is swept: another one is asked for", async () => {
    const { uuid } = await createDatabase("swept");
    const client = new Client(uuid);
    const file = await sqlFile("CREATE TABLE swept (x);");
    await client.importFile(file);
    await env.DUMPS.delete(`imports/${uuid}/${file.etag}.sql`);
    expect((await client.init(file)).answer.result.upload_url).toBeDefined();
  });

  it("has the file deleted some day", async () => {
    const { uuid } = await createDatabase("deleted-some-day");
    await new Client(uuid).init(await sqlFile("SELECT 1;"));
    const stub = env.CATALOG.getByName(catalogName);
    const alarm = await runInDurableObject(stub, (_catalog, state) => state.storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
  });
});

describe("a wrong request to import", () => {
  const etag = "0123456789abcdef0123456789abcdef";
  const filename = `${env.DATABASE_ID}.${etag}.sql`;

  it.each([
    ["no action", {}, "action"],
    ["an unknown action", { action: "explode" }, "action"],
    ["no etag", { action: "init" }, "etag"],
    ["an etag that is too short", { action: "init", etag: etag.slice(1) }, "etag"],
    ["an etag that is too long", { action: "init", etag: `${etag}0` }, "etag"],
    ["an etag that leads elsewhere", { action: "init", etag: `../${etag.slice(3)}` }, "etag"],
    ["an etag in quotes", { action: "init", etag: `"${etag}"` }, "etag"],
    ["an etag with a line break", { action: "init", etag: `${etag}\n` }, "etag"],
    ["no filename", { action: "ingest", etag }, "filename"],
    ["another filename", { action: "ingest", etag, filename: `../../${filename}` }, "filename"],
    [
      "the filename of another etag",
      { action: "ingest", etag: etag.replace("0", "f"), filename },
      "filename",
    ],
    ["a file that was not uploaded", { action: "ingest", etag, filename }, "etag"],
    ["no bookmark", { action: "poll" }, "current_bookmark"],
    ["an empty bookmark", { action: "poll", current_bookmark: "" }, "current_bookmark"],
    [
      "a bookmark of a megabyte",
      { action: "poll", current_bookmark: "x".repeat(900_000) },
      "current_bookmark",
    ],
  ])("answers 7400 for %s, and names the property", async (_what, body, property) => {
    const { status, answer } = await rest("POST", `${configuredPath}/import`, body);
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining(`'${property}'`) }]);
  });

  it("answers 7400 for the poll of an unknown bookmark", async () => {
    for (const current_bookmark of ["unknown", "__proto__", crypto.randomUUID()]) {
      const { status, answer } = await rest("POST", `${configuredPath}/import`, {
        action: "poll",
        current_bookmark,
      });
      expect([status, answer.errors[0]!.code]).toEqual([400, 7400]);
    }
  });

  it("answers 7400 for the poll of another database's import", async () => {
    const { uuid } = await createDatabase("stranger");
    const ended = await new Client(uuid).importFile(await sqlFile("CREATE TABLE stranger (x);"));
    const { status } = await rest("POST", `${configuredPath}/import`, {
      action: "poll",
      current_bookmark: ended.at_bookmark,
    });
    expect(status).toBe(400);
  });
});
