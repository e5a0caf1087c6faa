import { maxDatabaseNameLength } from "./limits.ts";

/** What a name may be made of, for messages. */
export const databaseNameRule = `letters, digits, '-' and '_', beginning with a letter or digit, at most ${maxDatabaseNameLength} of them, and not shaped like a UUID`;

/**
 * Whether a database may have this name. D1's own rule, and one more: a path names a database by its name or by its
 * UUID, so a name that looks like a UUID could stand for another database.
 */
export function isDatabaseName(name: string): boolean {
  return name.length <= maxDatabaseNameLength && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name) && !isUuid(name);
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
