import type { Backup } from "../../backup/backup.ts";
import { gunzip } from "../../gzip.ts";

/**
 * The answer with the file of a backup.
 *
 * @param format `gzip`: the file as it is stored. `sql`: its SQL, which goes compressed to a client that says that it accepts it.
 */
export function downloadOf(
  backup: Backup,
  compressed: ReadableStream<Uint8Array>,
  format: "sql" | "gzip",
  acceptEncoding: string | null,
): Response {
  const name = `${backup.database_name.replaceAll(/[^\w.-]/g, "_")}-${backup.id}.sql`;
  const headers = {
    // It may hold anything that its database held.
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
  };
  if (format === "gzip") {
    return new Response(compressed.pipeThrough(new FixedLengthStream(backup.gzip_bytes)), {
      headers: {
        ...headers,
        "content-type": "application/gzip",
        "content-disposition": `attachment; filename="${name}.gz"`,
      },
    });
  }
  const sqlHeaders = {
    ...headers,
    "content-type": "application/sql; charset=utf-8",
    "content-disposition": `attachment; filename="${name}"`,
    vary: "Accept-Encoding",
  };
  if (acceptsGzip(acceptEncoding)) {
    return new Response(compressed, {
      headers: { ...sqlHeaders, "content-encoding": "gzip" },
      // It is encoded already.
      encodeBody: "manual",
    });
  }
  // With its length, so that a client knows of one that breaks off.
  const sql = gunzip(compressed).pipeThrough(new FixedLengthStream(backup.sql_bytes));
  return new Response(sql, { headers: sqlHeaders });
}

/** As RFC 9110 has it: a weight of zero says no. */
function acceptsGzip(header: string | null): boolean {
  return (header ?? "").split(",").some((coding) => {
    const [name = "", ...parameters] = coding.split(";").map((part) => part.trim().toLowerCase());
    return name === "gzip" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
