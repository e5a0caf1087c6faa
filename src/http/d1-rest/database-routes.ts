import { z } from "@hono/zod-openapi";
import type { DatabaseInfo } from "../../admin-protocol.ts";
import { infoTimeoutMs, maxInfosPerPage } from "../../limits.ts";
import { DatabaseDirectory, type KnownDatabase } from "../databases/database-directory.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import {
  type Database,
  type DatabaseField,
  type DatabaseFields,
  databaseFieldsSchema,
  databaseSchema,
  databaseUpdateSchema,
  fieldsQuerySchema,
  listQuerySchema,
  newDatabaseSchema,
} from "./database-schemas.ts";
import { jsonBody } from "./json-body.ts";
import { restListResponses, restResponses, restSuccess } from "./rest-envelope.ts";
import { accountParams, databaseParams, databasePath, databasesPath } from "./rest-paths.ts";

const tags = ["Databases"];

const createDatabase = httpRoute("full", {
  method: "post",
  path: databasesPath,
  operationId: "createDatabase",
  summary: "Create a database",
  tags,
  request: { params: accountParams, body: jsonBody(newDatabaseSchema) },
  responses: restResponses("The new database.", databaseSchema),
});

const listDatabases = httpRoute("read-only", {
  method: "get",
  path: databasesPath,
  operationId: "listDatabases",
  summary: "List the databases",
  description: `The first ${maxInfosPerPage} of a page have their size and their number of tables, unless they are busy.`,
  tags,
  request: { params: accountParams, query: listQuerySchema },
  responses: restListResponses("The databases of the page.", databaseSchema),
});

const getDatabase = httpRoute("read-only", {
  method: "get",
  path: databasePath,
  operationId: "getDatabase",
  summary: "Look at a database",
  tags,
  request: { params: databaseParams, query: fieldsQuerySchema },
  responses: restResponses("The database.", databaseFieldsSchema),
});

const deleteDatabase = httpRoute("full", {
  method: "delete",
  path: databasePath,
  operationId: "deleteDatabase",
  summary: "Delete a database with all that it holds",
  description:
    "Of the database that is part of the Worker's configuration only the content goes: it stays, empty.",
  tags,
  request: { params: databaseParams },
  responses: restResponses("It is gone.", z.null()),
});

/** Both change the read replication only, which is all that there is to change. */
const updates = (["put", "patch"] as const).map((method) =>
  httpRoute("full", {
    method,
    path: databasePath,
    operationId: method === "put" ? "replaceDatabaseSettings" : "changeDatabaseSettings",
    summary: "Change the read replication of a database",
    tags,
    request: {
      params: databaseParams,
      body: jsonBody(method === "put" ? databaseUpdateSchema : databaseUpdateSchema.partial()),
    },
    responses: restResponses("The database.", databaseSchema),
  }),
);

/** Adds the routes that D1 has for databases as such. */
export function addDatabaseRoutes(app: HttpApp): void {
  app.openapi(createDatabase, async (c) => {
    const { name, primary_location_hint, jurisdiction, read_replication } = c.req.valid("json");
    const directory = new DatabaseDirectory(c.env);
    const database = await directory.create({
      name,
      ...(primary_location_hint && { locationHint: primary_location_hint }),
      ...(jurisdiction && { jurisdiction }),
      ...(read_replication && { readReplication: read_replication.mode }),
    });
    return c.json(restSuccess(await describe(directory, database)), 200);
  });

  app.openapi(listDatabases, async (c) => {
    const { name = "", page, per_page } = c.req.valid("query");
    const directory = new DatabaseDirectory(c.env);
    const { databases, total } = await directory.list({
      nameContains: name,
      offset: (page - 1) * per_page,
      limit: per_page,
    });
    const result = await Promise.all(
      databases.map(async (database, index) => ({
        ...(await describeWithoutInfo(directory, database)),
        ...(index < maxInfosPerPage && (await infoSoon(database))),
      })),
    );
    const result_info = {
      page,
      per_page,
      count: result.length,
      total_count: total,
      total_pages: Math.ceil(total / per_page),
    };
    return c.json({ ...restSuccess(result), result_info }, 200);
  });

  app.openapi(getDatabase, async (c) => {
    const { fields } = c.req.valid("query");
    const directory = new DatabaseDirectory(c.env);
    const database = await directory.find(c.req.valid("param").database);
    return c.json(restSuccess(await describe(directory, database, fields)), 200);
  });

  app.openapi(deleteDatabase, async (c) => {
    await new DatabaseDirectory(c.env).delete(c.req.valid("param").database);
    return c.json(restSuccess(null), 200);
  });

  for (const update of updates) {
    app.openapi(update, async (c) => {
      const uuidOrName = c.req.valid("param").database;
      const mode = c.req.valid("json").read_replication?.mode;
      const directory = new DatabaseDirectory(c.env);
      const database =
        mode === undefined
          ? await directory.find(uuidOrName)
          : await directory.setReadReplication(uuidOrName, mode);
      return c.json(restSuccess(await describe(directory, database)), 200);
    });
  }
}

/** With what only the database itself knows, unless just other fields are asked for. */
async function describe(directory: DatabaseDirectory, database: KnownDatabase): Promise<Database>;
async function describe(
  directory: DatabaseDirectory,
  database: KnownDatabase,
  fields: DatabaseField[] | undefined,
): Promise<DatabaseFields>;
async function describe(directory: DatabaseDirectory, database: KnownDatabase, fields?: DatabaseField[]) {
  const needsInfo = fields === undefined || fields.some((field) => infoFields.has(field));
  const info = needsInfo ? await database.admin.info() : undefined;
  const description = { ...(await describeWithoutInfo(directory, database)), ...(info && sizesOf(info)) };
  if (fields === undefined) return description;
  const known = {
    ...description,
    ...(info && { bookmark: info.bookmark }),
    ...(fields.includes("restored_at") && { restored_at: await directory.restoredAt(database) }),
  };
  const asked = Object.entries(known).filter(([field]) => fields.includes(field as DatabaseField));
  return Object.fromEntries(asked);
}

/** What only the database itself knows. */
const infoFields: ReadonlySet<DatabaseField> = new Set(["num_tables", "file_size", "bookmark"]);

async function describeWithoutInfo(directory: DatabaseDirectory, database: KnownDatabase): Promise<Database> {
  const { uuid, name, createdAt, jurisdiction } = database;
  return {
    uuid,
    name,
    version: "production",
    ...(createdAt !== undefined && { created_at: createdAt }),
    ...(jurisdiction !== undefined && { jurisdiction }),
    read_replication: { mode: await directory.readReplicationOf(database) },
  };
}

function sizesOf({ numTables, fileSize }: DatabaseInfo): Pick<Database, "num_tables" | "file_size"> {
  return { num_tables: numTables, file_size: fileSize };
}

/** One database that is busy or broken must not keep the list of all from being read. */
async function infoSoon({ admin }: KnownDatabase): Promise<Pick<Database, "num_tables" | "file_size">> {
  const info = admin.info().then(sizesOf, () => ({}));
  return Promise.race([info, scheduler.wait(infoTimeoutMs).then(() => ({}))]);
}
