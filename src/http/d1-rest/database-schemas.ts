import { z } from "@hono/zod-openapi";
import { databaseNameRule, isDatabaseName } from "../../database-name.ts";
import { maxDatabaseNameLength, maxDatabasesPerPage } from "../../limits.ts";

const readReplicationSchema = z
  .object({ mode: z.enum(["auto", "disabled"]) })
  .openapi("ReadReplication", { description: "Kept and shown. There are no replicas." });

/** A database, as D1 describes it. What is not known is left out. */
export const databaseSchema = z
  .object({
    uuid: z.string(),
    name: z.string(),
    version: z.literal("production"),
    created_at: z.iso.datetime().optional(),
    num_tables: z.int().optional(),
    file_size: z.int().optional().describe("In bytes."),
    jurisdiction: z.string().optional(),
    read_replication: readReplicationSchema,
  })
  .openapi("Database");

/** The name of a database to be. */
export const databaseNameSchema = z
  .string()
  .refine(isDatabaseName, { error: `a name has ${databaseNameRule}` })
  .openapi({
    example: "my-database",
    maxLength: maxDatabaseNameLength,
    pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$",
  });

export const newDatabaseSchema = z
  .object({
    name: databaseNameSchema,
    primary_location_hint: z
      .enum(["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"])
      .optional()
      .describe("Where the database should be. Heeded once, and not at all where there is a jurisdiction."),
    jurisdiction: z
      .enum(["eu", "fedramp"])
      .optional()
      .describe("Where the database must run and store its data."),
    read_replication: readReplicationSchema.optional(),
  })
  .openapi("NewDatabase");

export const databaseUpdateSchema = z
  .object({ read_replication: readReplicationSchema })
  .openapi("DatabaseUpdate");

export const listQuerySchema = z.object({
  name: z.string().optional().openapi({ description: "Only databases whose name contains this." }),
  page: z.coerce.number().int().min(1).default(1).openapi({ type: "integer", minimum: 1, default: 1 }),
  per_page: z.coerce.number().int().min(1).max(maxDatabasesPerPage).default(1000).openapi({
    type: "integer",
    minimum: 1,
    maximum: maxDatabasesPerPage,
    default: 1000,
  }),
});

/** What `GET .../{database}` can be asked for. What D1 does not have there is told to those who ask for it. */
export const databaseFieldsSchema = databaseSchema
  .extend({
    bookmark: z
      .string()
      .describe(
        "The state of the database: while it is the same, nothing was committed. Only where it is asked for.",
      ),
    restored_at: z.iso
      .datetime()
      .describe(
        "When Time Travel last took it back: bookmarks from before then may come again. Only where it is asked for.",
      ),
  })
  .partial();

const databaseFields = databaseFieldsSchema.keyof();

export const fieldsQuerySchema = z.object({
  fields: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(databaseFields))
    .optional()
    .openapi({
      type: "string",
      description: "Only these fields, separated by commas.",
      example: "uuid,name",
    }),
});

export type Database = z.infer<typeof databaseSchema>;
export type DatabaseFields = z.infer<typeof databaseFieldsSchema>;
export type DatabaseField = z.infer<typeof databaseFields>;
