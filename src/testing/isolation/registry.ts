import type { IsolatedDatabase } from "./isolated-database.ts";

const isolated = new Map<string, IsolatedDatabase>();

/** The isolation of the object with this id, if a test has asked for it. */
export function isolationOf(objectId: string): IsolatedDatabase | undefined {
  return isolated.get(objectId);
}

export function register(objectId: string, database: IsolatedDatabase): IsolatedDatabase {
  isolated.set(objectId, database);
  return database;
}
