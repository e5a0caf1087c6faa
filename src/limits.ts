/**
 * Every limit of the database in one place, each with the reason for its value.
 *
 * A limit that D1 documents is enforced locally too, so that what works in `wrangler dev` works in
 * production.
 */

/** Bound parameters of one statement. D1's documented limit. */
export const maxBoundParameters = 100;

/** UTF-8 bytes of one SQL statement. D1's documented limit, less what is put in front to EXPLAIN it. */
export const maxStatementBytes = 99_950;

/** Bytes of one bound string or blob. D1's documented limit for a value and for a row. */
export const maxValueBytes = 2_000_000;

/** Statements of one `batch()`. Bounds the time for which one call can keep the write mutex. */
export const maxBatchStatements = 10_000;

/** Bytes of one `exec()` script. An RPC message ends at 32 MiB; a larger script is an import. */
export const maxScriptBytes = 10_000_000;

/** Statements of one script: each has a result with some 400 bytes of `meta`, and the answer over RPC has its limit. */
export const maxScriptStatements = 50_000;

/** Bytes of the rows of one answer over RPC, whose messages end at 32 MiB. */
export const maxResponseBytes = 33_000_000;

/** Bytes that the rows of a statement, or of a batch, take in memory: an object has 128 MB for everything, and with more it ends, for all who wait. */
export const maxResultBytes = 64_000_000;

/** Jobs that may wait for the write mutex. Past it a write fails at once with `OVERLOADED`. */
export const maxQueuedJobs = 1_000;

/** Milliseconds that a job may wait for the write mutex before it fails with `QUEUE_TIMEOUT`. */
export const queueTimeoutMs = 30_000;

/** Milliseconds that a transaction block may last unless its options say otherwise. */
export const defaultTransactionTimeoutMs = 10_000;

/** The longest `timeoutMs` that a transaction may ask for: every other writer waits meanwhile. */
export const maxTransactionTimeoutMs = 60_000;

/**
 * Milliseconds that a pinned transaction may keep its physical transaction open while it waits for
 * something outside the database. Readers wait meanwhile, and the runtime resets an object whose input
 * gate stays closed for 30 s.
 */
export const pinnedTimeoutMs = 5_000;

/**
 * Milliseconds that a pinned transaction may keep its physical transaction open by talking SQL without a
 * pause. No other event is delivered meanwhile, and the runtime resets an object after 30 s of that.
 */
export const maxPhysicalTransactionMs = 25_000;

/** Bytes of SQL text and parameters in one redo log. A larger log is pinned instead of replayed. */
export const maxRedoBytes = 8_000_000;

/** Jobs that may share one physical transaction: bounds what a failing neighbour makes us replay. */
export const maxJobsPerTurn = 128;

/** Milliseconds after which a turn takes no further job. */
export const turnBudgetMs = 20;

/**
 * Statements that a callback may issue before it must let the event loop turn once. A callback that only
 * talks SQL never lets a timer fire by itself, so this is what makes its timeout real.
 */
export const maxStatementsBetweenYields = 1_000;

/**
 * Milliseconds for which a callback may talk SQL without a pause before others may read, or cancel it, for a
 * moment. Twice as long after each such moment: its redo log is replayed then.
 */
export const firstSliceMs = 50;

/** Nested transactions and savepoints in one transaction. SQLite's own savepoints in workerd nest to 64. */
export const maxNestingDepth = 64;

/** Compiled statements that are kept, by SQL text. */
export const maxCompiledStatements = 1_000;

/** Bytes of SQL text of all compiled statements that are kept. */
export const maxCompiledBytes = 4_000_000;

/** Bytes of one statement of an imported file: a value of 2 MB in hexadecimal, and as much again. */
export const maxImportStatementBytes = 10_000_000;

/**
 * Bytes of a file that is imported in one transaction. The runtime resets an object after 30 s in a transaction, and
 * files of this size take less than half of that on a machine of 2020 (bench/README.md).
 */
export const maxAtomicImportBytes = 250_000_000;

/** Bytes of a file that are imported in one transaction when it is imported in parts. */
export const importPartBytes = 50_000_000;

/** Milliseconds after which a transaction of an import ends: before the runtime resets the object. */
export const maxImportTransactionMs = 25_000;

/** Milliseconds for which the database before a restore is kept, in its own object. */
export const keepGenerationMs = 7 * 24 * 3_600_000;

/** Generations of a database that a call follows: one for each restore. */
export const maxGenerationHops = 100;

/** Milliseconds for which an import is marked as running when nobody tells its end: a wait in the queue and a transaction. */
export const importMarkMs = 60_000;

/** Bytes of one part of an export's upload. R2 takes 5 MiB to 5 GiB, at most 10,000 of one size. */
export const exportPartBytes = 8_388_608;

/** Milliseconds that an export waits for R2: other writers wait for the export. */
export const exportUploadTimeoutMs = 30_000;

/** Milliseconds for which a poll of an import or export waits for its end. */
export const transferPollMs = 10_000;

/**
 * Statements that the insights know by name, each counted once for every hour in which it ran: as many as a day of two
 * hundred statements an hour has, twice.
 */
export const maxInsightStatements = 10_000;

/** Characters of its text by which the insights know a statement. What is the same so far counts as one. */
export const maxInsightCharacters = 2_000;

/** Bytes of all texts that the insights keep. They cross RPC in one answer, whose messages end at 32 MiB. */
export const maxInsightTextBytes = 8_000_000;

/** Hours that the insights go back: 31 days, as those of D1. */
export const maxInsightHours = 744;

/** Milliseconds that Time Travel goes back: what the platform keeps. */
export const timeTravelMs = 30 * 24 * 3_600_000;

/** Milliseconds between the answer to a restore and the restart of the object, in which the answer gets out. */
export const restoreRestartMs = 500;

/** Characters of a GraphQL query. That of `wrangler d1 insights` has 800. */
export const maxGraphqlCharacters = 20_000;

/** Tokens of a GraphQL query: to validate one takes time that grows with their square. */
export const maxGraphqlTokens = 1_000;

/** Levels of fields in a GraphQL query. What tools send to learn the schema has 13. */
export const maxGraphqlDepth = 15;

/** Fields of a GraphQL query, those of a fragment at each of its uses. What tools send to learn the schema has 150. */
export const maxGraphqlFields = 500;

/** Datasets of a GraphQL query, by all their aliases: each is a question to every database that it asks for. */
export const maxGraphqlDatasets = 10;

/** Databases of which one dataset tells: each is a call to another object. */
export const maxGraphqlDatabases = 100;

/** Groups that a dataset may be asked for. Cloudflare's own limit. */
export const maxGraphqlGroups = 10_000;

/** Bytes of the statements' texts that one dataset groups by, over all databases. */
export const maxGraphqlTextBytes = 16_000_000;

/** Bytes of a JSON body: a script of `maxScriptBytes`, or a value of 2 MB written as an array of its bytes. An SQL file is an upload. */
export const maxHttpBodyBytes = 12_000_000;

/** Arrays and objects inside one another in a JSON body or result: RPC and JSON themselves recurse into them. */
export const maxJsonDepth = 500;

/** Seconds that a client is told to wait before it tries again after `OVERLOADED` or `QUEUE_TIMEOUT`. */
export const retryAfterSeconds = 1;

/** Databases beside the configured one. D1's documented limit for an account on a paid plan. */
export const maxDatabases = 50_000;

/** Characters of a database's name. D1 documents none; a name is a line in a table and a part of a path. */
export const maxDatabaseNameLength = 128;

/** Databases on one page of the list. D1's documented limit. */
export const maxDatabasesPerPage = 10_000;

/**
 * Databases of one page whose size and number of tables are asked for: each is a call to another object, and one
 * request may make a thousand of them. Those further down are listed without.
 */
export const maxInfosPerPage = 100;

/** Milliseconds that the list waits for the size of a database; a busy one is listed without. */
export const infoTimeoutMs = 2_000;

/** Bytes of an uploaded SQL file. What R2 takes in one piece, which is 5 MiB less than 5 GiB. */
export const maxUploadBytes = 5 * 1024 ** 3 - 5 * 1024 ** 2;

/** Milliseconds for which a signed URL works. wrangler tells its user so. */
export const signedUrlTtlMs = 3_600_000;

/** Milliseconds after which an uploaded SQL file is deleted. Until then the same file is not uploaded again. */
export const uploadTtlMs = 24 * 3_600_000;

/** Milliseconds after which an export is deleted: its signed URL has ended, and a download has had time to end. */
export const exportTtlMs = 2 * 3_600_000;

/** Milliseconds between two looks at the SQL files. */
export const sweepIntervalMs = 3_600_000;

/**
 * How often a step of a backup is tried again that fails, and the milliseconds before the first time, twice as many before each next
 * one: five minutes in all, far less than the hour to the next backup.
 */
export const backupRetries = 6;
export const backupRetryDelayMs = 5_000;

/** Milliseconds that the start of a backup's export may take: it waits in the queue of writes. */
export const backupStartTimeoutMs = 60_000;

/**
 * How often an export is polled, and the milliseconds in between. Each poll waits up to `transferPollMs`, that of Cloudflare's own API
 * does not: a D1 has ten minutes and more. D1 gives an export up that nobody polls, so that the wait is short.
 */
export const backupPolls = 600;
export const backupPollDelayMs = 1_000;

/** Milliseconds that one poll of an export may take. */
export const backupPollTimeoutMs = 60_000;

/** Milliseconds that a backup may take to be downloaded and stored. */
export const backupStoreTimeoutMs = 30 * 60_000;

/** How often a backup starts its export, when the one before was lost or has failed. */
export const backupExports = 3;

/** Milliseconds for which `wrangler d1 time-travel restore` waits for a backup to be restored: less than a client waits for an answer. */
export const restorePatienceMs = 240_000;

/** Milliseconds for which a backup that somebody has asked for is kept, whatever the retention policy says. */
export const keepRequestedMs = 24 * 3_600_000;

/** Milliseconds after which a file without a manifest is swept: what it was to be has failed long before. */
export const backupOrphanMs = 24 * 3_600_000;

/** Backups on one page of their list: each is a file to read. */
export const maxBackupsPerPage = 100;

/** Databases whose backups the schedule starts at once. */
export const scheduledBackupsAtOnce = 6;
