import { z } from "@hono/zod-openapi";

/** Below this path answers have Cloudflare's envelope, because Cloudflare's tools read them. */
export const restPrefix = "/client/v4";

export const databasesPath = `${restPrefix}/accounts/{account}/d1/database` as const;
export const databasePath = `${databasesPath}/{database}` as const;
export const backupsPath = `${databasePath}/backup` as const;
export const backupPath = `${backupsPath}/{backup}` as const;

export const accountParams = z.object({
  account: z
    .string()
    .openapi({ description: "The account id: ACCOUNT_ID in wrangler.toml.", example: "local" }),
});

export const databaseParams = accountParams.extend({
  database: z.string().openapi({
    description: "The database's uuid, or its name.",
    example: "00000000-0000-4000-8000-000000000d01",
  }),
});

export const backupParams = databaseParams.extend({
  backup: z
    .string()
    .openapi({ description: "The id of the backup.", example: "20261121T140003120Z-5f3a9c01" }),
});
