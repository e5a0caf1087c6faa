/**
 * The wire contract of what D1's REST API does beside queries: import, export, Time Travel, insights, erasing.
 * Plain data over Workers RPC between the HTTP API and the Database object; other Workers have no part in it.
 */

/** What `wrangler d1 info` shows of a database. Sizes in bytes. */
export interface DatabaseInfo {
  fileSize: number;
  /** Tables of the user, virtual ones included, without those that SQLite and the runtime keep. */
  numTables: number;
  /** The state of the database. Equal ones tell that nothing was committed in between, also across restarts. */
  bookmark: string;
}

/** How far an import or an export is. `id` names it in the polls to come. */
export type TransferStatus<Result> =
  | { id: string; status: "active"; messages: string[] }
  | { id: string; status: "complete"; messages: string[]; result: Result }
  | { id: string; status: "error"; messages: string[]; error: string };

/** What an import did. */
export interface ImportResult {
  /** Statements that were executed. */
  numQueries: number;
  /** The state of the database after it. */
  finalBookmark: string;
  /** Milliseconds from its start to its commit. */
  durationMs: number;
  rowsRead: number;
  /** Rows inserted, updated and deleted, triggers included. */
  rowsWritten: number;
  /** Bytes of the database after it. */
  sizeAfter: number;
}

/** Which parts of a database a dump has. */
export interface DumpOptions {
  /** Only rows. */
  noSchema?: boolean;
  /** Only the schema. */
  noData?: boolean;
  /** Only these tables, with their indexes and triggers. Empty: everything. */
  tables?: string[];
}

/** What an export is of. */
export interface ExportOptions extends DumpOptions {
  /** Of an object that has ended, too: what the database was when a restore moved it away. */
  evenIfEnded?: boolean;
}

/** Where an export was stored. */
export interface ExportResult {
  /** The key of the file in the R2 bucket. */
  key: string;
  bytes: number;
  /** The state that the file has. */
  bookmark: string;
  /** When the database had that state, in milliseconds since 1970. */
  takenAtMs: number;
  tables: DumpedRows[];
}

/** How many rows of a table a dump has. Not told of tables whose rows are not in it. */
export interface DumpedRows {
  name: string;
  rows: number;
}

/** What the insights count for one statement in one hour. Sums over all its runs; times in milliseconds. */
export interface StatementInsight {
  /** Its text, as it was run. */
  query: string;
  /** The start of the hour, in milliseconds since 1970. */
  hourMs: number;
  count: number;
  durationMs: number;
  rowsRead: number;
  rowsWritten: number;
  rowsReturned: number;
  /** It could write. */
  writes: boolean;
}

/** What the HTTP API asks of a Database object beside queries. */
export interface DatabaseAdminRpc {
  info(): Promise<DatabaseInfo>;

  /** Waits for another object, whose own timers may not fire; for a quarter of a second at most. */
  waitForAnother(ms: number): Promise<void>;

  /**
   * Starts to import an SQL file from the R2 bucket, all or nothing. Answers when it has ended, or after
   * some seconds, whichever comes first.
   *
   * @param key The key of the file in the R2 bucket.
   * @throws DatabaseError IMPORT_RUNNING while another one runs; INVALID_BINDING without a bucket.
   */
  startImport(key: string): Promise<TransferStatus<ImportResult>>;
  /** @throws DatabaseError UNKNOWN_TRANSFER for an id that this database has not given, or has forgotten. */
  pollImport(id: string): Promise<TransferStatus<ImportResult>>;

  /**
   * Starts to write a dump to the R2 bucket, of one committed state.
   *
   * @param key The key for the file in the R2 bucket.
   * @throws DatabaseError EXPORT_RUNNING while another one runs; INVALID_ARGUMENT for a table that does not exist; INVALID_BINDING without a bucket.
   */
  startExport(key: string, options: ExportOptions): Promise<TransferStatus<ExportResult>>;
  /** @throws DatabaseError UNKNOWN_TRANSFER, as for an import. */
  pollExport(id: string): Promise<TransferStatus<ExportResult>>;

  /**
   * The platform's bookmark of a point in time, by default now.
   *
   * @throws DatabaseError NO_TIME_TRAVEL where the platform keeps no history (a local one).
   */
  timeTravelBookmark(timestampMs?: number): Promise<string>;
  /**
   * Takes the database back to a bookmark; calls under way fail.
   *
   * @returns The bookmark of the state before, which undoes it.
   * @throws DatabaseError NO_TIME_TRAVEL, INVALID_ARGUMENT for what is no bookmark.
   */
  timeTravelRestore(bookmark: string): Promise<{ bookmark: string; previousBookmark: string }>;

  /** The statements that ran between two points in time, in milliseconds since 1970, by hour. */
  insights(fromMs: number, toMs: number): Promise<StatementInsight[]>;

  /**
   * Fills this object, which is to be the next generation of a database, with a backup: whatever it holds is erased first. In parts, so that
   * the size does not matter: nobody is sent here before it is whole. Polled as an import.
   *
   * @param key The key of the SQL file in the R2 bucket.
   * @param restoreId The same when it is repeated.
   * @throws DatabaseError INVALID_ARGUMENT for an object that is a database, or was filled by another restore.
   */
  startRestore(key: string, restoreId: string): Promise<TransferStatus<ImportResult>>;
  /**
   * Counts the rows of what was filled.
   *
   * @throws DatabaseError BACKUP_DAMAGED if there are more or less of them.
   */
  compareRestore(tables: DumpedRows[]): Promise<void>;
  /**
   * Makes what was filled a database like any other, which no restore may fill again. Can be repeated.
   *
   * @param importId Of the filling that is whole.
   * @param after The state of the object that it follows: its bookmarks are greater.
   * @throws DatabaseError INVALID_ARGUMENT if it was not filled so.
   */
  finishRestore(restoreId: string, importId: string, after: string): Promise<void>;
  /** Erases what that restore has filled, and nothing else. Only for an object that the database can no longer move to. */
  abandonRestore(restoreId: string): Promise<void>;

  /** The names of the objects that have held the database since this one, as far as it knows them: the last one is the next to ask. */
  successors(): Promise<string[]>;
  /**
   * Ends this generation of the database: from here on every call is answered with MOVED, and the way to the next one. What writes now
   * is finished first; what waits is sent on. What it holds is discarded after a while. Can be repeated.
   *
   * @returns The state that it has ended with.
   * @throws DatabaseError MOVED if it has ended already, with another successor.
   */
  endWith(successor: string): Promise<{ bookmark: string }>;
  /**
   * Gives a restore up: from here on {@link endWith} refuses that successor, however late it comes.
   *
   * @returns False if it is too late: the database has moved there.
   */
  refuseSuccessor(successor: string): Promise<boolean>;
  /**
   * Tells an object that has ended of later ones, so that one hop leads to the newest, however many restores there were.
   *
   * @throws DatabaseError INVALID_ARGUMENT for an object that holds the database.
   */
  redirect(successors: string[]): Promise<void>;

  /**
   * Erases everything that the object holds.
   *
   * @param successor As for {@link endWith}: nothing is written in between.
   * @returns The names of the objects that the database had moved to since.
   */
  erase(successor?: string): Promise<string[]>;
}
