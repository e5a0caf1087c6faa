import { z } from "zod";

/** Why a backup was made. */
export const backupReasons = ["schedule", "request", "before-restore"] as const;

export type BackupReason = (typeof backupReasons)[number];

/** The form of a SHA-256: 64 hexadecimal digits. */
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What is known of a backup: its manifest in R2, and what the REST API tells of it. Written when the backup is whole, and never
 * changed.
 */
export const backupSchema = z.object({
  format_version: z.literal(1),
  id: z.string().describe("Sorts by the time of the state."),
  database_uuid: z.string(),
  database_name: z.string().describe("Its name at that time."),
  reason: z.enum(backupReasons),
  taken_at: z.iso.datetime().describe("When the database had the state that is in the backup."),
  bookmark: z.string().describe("That state, as the database words it; of a D1 the bookmark of its export."),
  sql_bytes: z.int().describe("Bytes of the SQL."),
  sql_sha256: sha256Schema.describe("SHA-256 of the SQL."),
  gzip_bytes: z.int().describe("Bytes of the gzip file in R2."),
  gzip_sha256: sha256Schema.describe("SHA-256 of the gzip file in R2."),
  tables: z
    .array(z.object({ name: z.string(), rows: z.int() }))
    .nullable()
    .describe("How many rows it has of each table. Null for a D1, whose export does not tell."),
});

export type Backup = z.infer<typeof backupSchema>;

/** What the backup of a database is asked for with: the parameters of the Workflow. */
export interface BackupParams {
  accountId: string;
  /** The uuid of the database. */
  databaseId: string;
  /** Default: `"request"`. */
  reason?: BackupReason;
}
