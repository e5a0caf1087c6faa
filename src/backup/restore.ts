import { z } from "zod";

/** The database that a restore is into. */
export interface RestoreTarget {
  databaseId: string;
  name: string;
  /** The name of its first object in the namespace DB. */
  objectName: string;
  locationHint?: string;
  jurisdiction?: string;
  /** It is the one of the Worker's configuration: the catalog does not know it. */
  isConfigured: boolean;
  /** It was created for this: a restore that fails deletes it again. */
  created: boolean;
}

/** What a restore is asked for with: the parameters of the Workflow. */
export interface RestoreParams {
  backup: {
    /** The uuid of the database that it was made of. */
    databaseId: string;
    id: string;
  };
  into: RestoreTarget;
}

/** What a restore has done. */
export const restoreReportSchema = z.object({
  backup_id: z.string(),
  backup_database_uuid: z.string().describe("The database that the backup was made of."),
  taken_at: z.iso.datetime().describe("When that database had the state that was restored."),
  database_uuid: z.string().describe("The database that has it now."),
  database_name: z.string(),
  created: z.boolean().describe("The database was created for it."),
  num_queries: z.int().describe("Statements that were executed."),
  tables: z
    .array(z.object({ name: z.string(), rows: z.int() }))
    .nullable()
    .describe("How many rows each table has, as counted after it. Null where the backup does not tell."),
  safety_backup_id: z
    .string()
    .nullable()
    .describe("The backup of what the database was before: to restore it undoes this. Null: it was empty."),
  restored_at: z.iso.datetime().describe("When the database became this."),
});

export type RestoreReport = z.infer<typeof restoreReportSchema>;
