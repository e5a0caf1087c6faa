/** An SQL file, with what wrangler says of it. */
export interface SqlFile {
  body: Uint8Array;
  /** The MD5, 32 hex digits. */
  etag: string;
}

/** Makes an SQL file of a text. */
export async function sqlFile(text: string): Promise<SqlFile> {
  const body = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("MD5", body));
  return { body, etag: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** The path of a URL of the server under test. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
