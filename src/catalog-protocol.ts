/**
 * The wire contract of the catalog: which databases there are. Plain data over Workers RPC between the HTTP API
 * and the Catalog object.
 */

/** Where reads may be served. No replicas exist here: the mode is kept and shown. */
export type ReadReplicationMode = "auto" | "disabled";

/** Where the platform is asked to put the object of a database. */
export interface Placement {
  /** A hint, heeded when the object is first reached. */
  locationHint?: string;
  /** Where the object must run and store its data, whatever the hint says. */
  jurisdiction?: string;
}

/** One database, as the catalog knows it. */
export interface DatabaseRecord extends Placement {
  /** Names its object in the namespace, too. */
  uuid: string;
  name: string;
  /** ISO 8601, in UTC. */
  createdAt: string;
  readReplication: ReadReplicationMode;
}

/** A database to be. */
export interface NewDatabase extends Placement {
  name: string;
  readReplication?: ReadReplicationMode;
}

/** What became of a creation. */
export type CreateOutcome =
  | { outcome: "created"; database: DatabaseRecord }
  | { outcome: "name-exists" }
  /** One of that name is being deleted, perhaps since a deletion that failed half-way. */
  | { outcome: "being-deleted"; database: DatabaseRecord }
  | { outcome: "too-many" };

/** Which databases to list. */
export interface ListRequest {
  /** Only names that contain this text. */
  nameContains?: string;
  offset: number;
  limit: number;
}

/** What the HTTP API asks of the Catalog object. */
export interface CatalogRpc {
  create(database: NewDatabase): Promise<CreateOutcome>;
  /** By uuid or by name. Null: there is none, or it is being deleted. */
  find(uuidOrName: string): Promise<DatabaseRecord | null>;
  /** The newest first, with the number of all that match. */
  list(request: ListRequest): Promise<{ databases: DatabaseRecord[]; total: number }>;

  /** For any uuid, those of databases that the catalog does not list too. */
  readReplicationOf(uuid: string): Promise<ReadReplicationMode>;
  setReadReplication(uuid: string, mode: ReadReplicationMode): Promise<void>;

  /**
   * From here on `find` and `list` pass it over, while its name stays taken: its content is being erased.
   *
   * @returns The database, or null if there is none. One whose deletion was begun already is found again, so that a
   *   deletion which failed half-way can be repeated.
   */
  beginDeletion(uuidOrName: string): Promise<DatabaseRecord | null>;
  /** Forgets it, and deletes its files. */
  finishDeletion(uuid: string): Promise<void>;

  /**
   * Marks that an import into a database runs, so that another one is refused instead of waiting: while it runs, the object of the
   * database itself hears nothing. The mark goes by itself after a while.
   *
   * @returns False: another one runs.
   */
  beginImport(uuid: string): Promise<boolean>;
  endImport(uuid: string): Promise<void>;

  /**
   * Notes that a database is taken back to an earlier state: its bookmark may be one that it had before, with another state.
   */
  noteRestore(uuid: string): Promise<void>;
  /** When it was last taken back, ISO 8601. Null: never. */
  restoredAt(uuid: string): Promise<string | null>;

  /** Deletes the files of a database: what was uploaded for it and exported from it. */
  deleteFiles(uuid: string): Promise<void>;
  /** Sees to it that files which are put into the bucket about now are deleted when their time has come. */
  sweepLater(): Promise<void>;
}

/** The catalog is one object, under this name. */
export const catalogName = "catalog";
