import { z } from "@hono/zod-openapi";

const statementSchema = z
  .object({
    sql: z.string().openapi({ example: "SELECT * FROM purchase WHERE user_id = ?" }),
    params: z
      .array(z.unknown())
      .default([])
      .openapi({
        description: "Strings, numbers, booleans, nulls; an array of bytes for a blob.",
        example: [7],
      }),
  })
  .openapi("Statement");

/** `{ sql, params? }` or `{ batch }`: as one object, so that a wrong property is named. */
export const querySchema = z
  .object({
    sql: z.string().optional().openapi({
      description: "One statement, or several without parameters, which are one transaction.",
      example: "SELECT * FROM purchase WHERE user_id = ?",
    }),
    params: z
      .array(z.unknown())
      .default([])
      .openapi({ example: [7] }),
    batch: z.array(statementSchema).min(1).optional().openapi({
      description: "In place of sql and params: statements that are run in order as one transaction.",
    }),
  })
  .refine(({ batch, params }) => batch === undefined || params.length === 0, {
    path: ["params"],
    error: "the statements of a batch have their own",
  })
  .refine(({ sql, batch }) => (sql === undefined) !== (batch === undefined), {
    path: ["sql"],
    error: "give either sql, or batch",
  })
  .openapi("Query", { anyOf: [{ required: ["sql"] }, { required: ["batch"] }] });

const metaSchema = z
  .object({
    served_by: z.string(),
    served_by_primary: z.boolean(),
    duration: z.number().describe("In milliseconds."),
    timings: z.object({ sql_duration_ms: z.number() }),
    changes: z.int().describe("Rows inserted, updated or deleted, by cascades and triggers too."),
    last_row_id: z.int(),
    changed_db: z.boolean(),
    size_after: z.int().describe("Bytes of the database."),
    rows_read: z.int(),
    rows_written: z.int(),
  })
  .openapi("QueryMeta");

export const queryResultSchema = z
  .object({
    success: z.literal(true),
    results: z.array(z.record(z.string(), z.unknown())).openapi({ description: "The rows, as objects." }),
    meta: metaSchema,
  })
  .openapi("QueryResult");

export const rawResultSchema = z
  .object({
    success: z.literal(true),
    results: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.unknown())).describe("In the order of the columns."),
    }),
    meta: metaSchema,
  })
  .openapi("RawResult");

export type Query = z.infer<typeof querySchema>;
