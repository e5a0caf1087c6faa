import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { catalogName } from "../../src/catalog-protocol.ts";
import { defaultDatabaseName } from "../../src/client/connect.ts";
import {
  configuredPath,
  createDatabase,
  type DatabaseAnswer,
  databasesPath,
  rest,
  rowsOf,
} from "./rest-client.ts";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("POST .../d1/database", () => {
  it.each([
    ["no name", {}, "name"],
    ["an empty name", { name: "" }, "name"],
    ["a name that is no string", { name: 7 }, "name"],
    ["a space", { name: "a b" }, "name"],
    ["a slash", { name: "a/b" }, "name"],
    ["two dots", { name: ".." }, "name"],
    ["a NUL", { name: "a\0b" }, "name"],
    ["__proto__", { name: "__proto__" }, "name"],
    ["a dash first", { name: "-a" }, "name"],
    ["a line break at its end", { name: "a\n" }, "name"],
    ["letters beyond ASCII", { name: "dätabase" }, "name"],
    ["129 characters", { name: "a".repeat(129) }, "name"],
    ["the shape of a UUID", { name: "12345678-1234-4234-8234-123456789012" }, "name"],
    ["an unknown location hint", { name: "a", primary_location_hint: "moon" }, "primary_location_hint"],
    ["an unknown jurisdiction", { name: "a", jurisdiction: "moon" }, "jurisdiction"],
    ["an unknown mode", { name: "a", read_replication: { mode: "on" } }, "read_replication.mode"],
  ])("answers 7400 for %s, and names the property", async (_what, body, property) => {
    const { status, answer } = await rest("POST", databasesPath, body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ success: false, result: [], errors: [{ code: 7400 }] });
    expect(answer.errors[0]!.message).toContain(`'${property}'`);
  });

  it("answers 7400 for a jurisdiction where the platform has none, and creates nothing", async () => {
    const { status, answer } = await rest("POST", databasesPath, { name: "in-europe", jurisdiction: "eu" });
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining("'jurisdiction'") }]);
    expect((await rest("GET", `${databasesPath}/in-europe`)).status).toBe(404);
  });

  it("answers 7502 for a name that exists, that of the configured database among them", async () => {
    await createDatabase("taken");
    for (const name of ["taken", env.DATABASE_NAME]) {
      const { status, answer } = await rest("POST", databasesPath, { name });
      expect(status).toBe(400);
      expect(answer.errors).toEqual([{ code: 7502, message: expect.stringContaining(name) }]);
    }
  });

  it("creates one of two that ask for the same name at once", async () => {
    const answers = await Promise.all([1, 2].map(() => rest("POST", databasesPath, { name: "wanted" })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it("gives the new database, empty, with its own content", async () => {
    const { status, answer } = await rest<DatabaseAnswer>("POST", databasesPath, {
      name: "new_Database-1",
      primary_location_hint: "weur",
    });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ success: true, errors: [], messages: [] });
    expect(answer.result).toEqual({
      uuid: expect.stringMatching(uuidPattern),
      name: "new_Database-1",
      version: "production",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      num_tables: 0,
      file_size: expect.any(Number),
      read_replication: { mode: "disabled" },
    });
    await rowsOf(answer.result.uuid, "CREATE TABLE only_here (id INTEGER)");
    const tables = "SELECT name FROM sqlite_schema WHERE name = 'only_here'";
    expect(await rowsOf("new_Database-1", tables)).toEqual([[{ name: "only_here" }]]);
    expect(await rowsOf(env.DATABASE_ID, tables)).toEqual([[]]);
  });
});

describe("GET .../d1/database/:database", () => {
  it("finds a database by uuid and by name, with its size and its number of tables", async () => {
    const { uuid, name } = await createDatabase("looked-at");
    await rowsOf(
      uuid,
      "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX c ON a (x); CREATE VIEW d AS SELECT 1",
    );
    for (const key of [uuid, name]) {
      const { answer } = await rest<DatabaseAnswer>("GET", `${databasesPath}/${key}`);
      expect(answer.result).toMatchObject({ uuid, name, num_tables: 2 });
      expect(answer.result.file_size).toBeGreaterThan(0);
    }
  });

  it("finds the configured database by uuid and by name", async () => {
    for (const key of [env.DATABASE_ID, env.DATABASE_NAME]) {
      const { answer } = await rest<DatabaseAnswer>("GET", `${databasesPath}/${key}`);
      expect(answer.result).toEqual({
        uuid: env.DATABASE_ID,
        name: env.DATABASE_NAME,
        version: "production",
        num_tables: expect.any(Number),
        file_size: expect.any(Number),
        read_replication: { mode: "disabled" },
      });
    }
  });

  it("gives only the fields that are asked for", async () => {
    const { answer } = await rest("GET", `${configuredPath}?fields=uuid,name`);
    expect(answer.result).toEqual({ uuid: env.DATABASE_ID, name: env.DATABASE_NAME });
  });

  it("answers 7400 for a field that there is not", async () => {
    for (const fields of ["uuid,secret", "__proto__", "constructor", ""]) {
      const { status, answer } = await rest("GET", `${configuredPath}?fields=${fields}`);
      expect([fields, status, answer.errors[0]!.code]).toEqual([fields, 400, 7400]);
    }
  });

  it.each([
    "unknown",
    "__proto__",
    "constructor",
    "a%00b",
    "..%2f..%2fhealth",
    "%2e%2e%2ftest-database",
    "%F0%9F%98%80",
  ])("answers 7404 for %s", async (key) => {
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["DELETE", "", undefined],
      ["PATCH", "", {}],
      ["POST", "/query", { sql: "SELECT 1" }],
      ["POST", "/raw", { sql: "SELECT 1" }],
      ["POST", "/import", { action: "init", etag: "0".repeat(32) }],
      ["POST", "/export", { output_format: "polling" }],
      ["GET", "/time_travel/bookmark", undefined],
      ["POST", "/time_travel/restore?bookmark=x", undefined],
      ["POST", "/procedures/Echo", []],
    ] as const) {
      const { status, answer } = await rest(method, `${databasesPath}/${key}${path}`, body);
      expect([path, status, answer.errors[0]!.code]).toEqual([path, 404, 7404]);
    }
  });
});

describe("PUT and PATCH .../d1/database/:database", () => {
  it.each(["PUT", "PATCH"])(
    "%s keeps the read replication, of the configured database too",
    async (method) => {
      const { uuid } = await createDatabase(`replicated-by-${method}`);
      for (const path of [`${databasesPath}/${uuid}`, configuredPath]) {
        for (const mode of ["auto", "disabled"]) {
          const { answer } = await rest(method, path, { read_replication: { mode } });
          expect(answer.result).toMatchObject({ read_replication: { mode } });
          expect((await rest("GET", path)).answer.result).toMatchObject({ read_replication: { mode } });
        }
      }
    },
  );

  it("PATCH of nothing changes nothing; PUT must say the mode", async () => {
    expect((await rest("PATCH", configuredPath, {})).status).toBe(200);
    const { status, answer } = await rest("PUT", configuredPath, {});
    expect(status).toBe(400);
    expect(answer.errors[0]).toMatchObject({
      code: 7400,
      message: expect.stringContaining("'read_replication'"),
    });
  });
});

describe("DELETE .../d1/database/:database", () => {
  it("erases everything: a new database of that name is empty", async () => {
    const first = await createDatabase("short-lived");
    await rowsOf(first.uuid, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    const { status, answer } = await rest("DELETE", `${databasesPath}/${first.uuid}`);
    expect(status).toBe(200);
    expect(answer).toEqual({ success: true, result: null, errors: [], messages: [] });
    for (const key of [first.uuid, first.name]) {
      expect((await rest("GET", `${databasesPath}/${key}`)).status).toBe(404);
      expect((await rest("DELETE", `${databasesPath}/${key}`)).status).toBe(404);
    }
    const second = await createDatabase("short-lived");
    expect(second.uuid).not.toBe(first.uuid);
    expect(second.num_tables).toBe(0);
  });

  it("deletes the files of the database, and those of no other", async () => {
    const { uuid } = await createDatabase("with-files");
    const own = [`imports/${uuid}/a.sql`, `exports/${uuid}/b.sql`];
    const others = [`imports/${uuid}0/a.sql`, `exports/other/${uuid}/b.sql`];
    for (const key of [...own, ...others]) await env.DUMPS.put(key, "SELECT 1;");
    await rest("DELETE", `${databasesPath}/with-files`);
    for (const key of own) expect(await env.DUMPS.head(key)).toBeNull();
    for (const key of others) expect(await env.DUMPS.head(key)).not.toBeNull();
  });

  it("of the configured database erases the content and the files, and it stays, empty", async () => {
    await rowsOf(env.DATABASE_ID, "CREATE TABLE gone (x); INSERT INTO gone VALUES (1)");
    const key = `exports/${env.DATABASE_ID}/a.sql`;
    await env.DUMPS.put(key, "SELECT 1;");
    expect((await rest("DELETE", configuredPath)).status).toBe(200);
    expect((await rest("GET", configuredPath)).answer.result).toMatchObject({ num_tables: 0 });
    expect(await env.DUMPS.head(key)).toBeNull();
    await rowsOf(env.DATABASE_ID, "CREATE TABLE gone (x)");
    expect(await rowsOf(env.DATABASE_ID, "SELECT * FROM gone")).toEqual([[]]);
  });

  it("is finished when the name is wanted again, after it has failed half-way", async () => {
    const { uuid } = await createDatabase("half-way");
    await rowsOf(uuid, "CREATE TABLE left_over (x)");
    await env.CATALOG.getByName(catalogName).beginDeletion(uuid);
    const second = await createDatabase("half-way");
    expect(second.num_tables).toBe(0);
    expect((await env.DB.getByName(uuid).info()).numTables).toBe(0);
    expect((await rest("GET", `${databasesPath}/half-way`)).answer.result).toMatchObject({
      uuid: second.uuid,
    });
  });

  it("erases all generations, and those who remember a later one find the first, empty", async () => {
    await rowsOf(
      env.DATABASE_ID,
      "DROP TABLE IF EXISTS gone; CREATE TABLE generation (name); INSERT INTO generation VALUES (1)",
    );
    const next = env.DB.getByName("next-generation");
    await next.exec("CREATE TABLE generation (name); INSERT INTO generation VALUES (2)");
    await env.DB.getByName(defaultDatabaseName).endWith("next-generation");
    expect(await rowsOf(env.DATABASE_ID, "SELECT name FROM generation")).toEqual([[{ name: 2 }]]);
    expect((await rest("DELETE", configuredPath)).status).toBe(200);
    expect((await rest("GET", configuredPath)).answer.result).toMatchObject({ num_tables: 0 });
    await rowsOf(env.DATABASE_ID, "CREATE TABLE first_again (x)");
    expect((await env.DB.getByName(defaultDatabaseName).info()).numTables).toBe(1);
    const info = async () => next.info();
    await expect(info()).rejects.toMatchObject({ code: "MOVED" });
  });
});
