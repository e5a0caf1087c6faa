import { DurableObject } from "cloudflare:workers";
import type {
  CatalogRpc,
  CreateOutcome,
  DatabaseRecord,
  ListRequest,
  NewDatabase,
  ReadReplicationMode,
} from "../catalog-protocol.ts";
import { isDatabaseName } from "../database-name.ts";
import { prefixesOf } from "../dump-files.ts";
import { DatabaseError } from "../errors.ts";
import { importMarkMs, maxDatabases, sweepIntervalMs } from "../limits.ts";
import { deleteAllFiles, deleteExpiredFiles } from "./file-sweep.ts";

/** What the catalog reads from the Worker's `env`. */
export interface CatalogEnv {
  /** Where SQL files are on their way in and out. Without it there are none to sweep. */
  DUMPS?: R2Bucket;
}

/** One row of the table `database`. */
type DatabaseRow = {
  uuid: string;
  name: string;
  created_at: string;
  location_hint: string | null;
  jurisdiction: string | null;
  mode: ReadReplicationMode | null;
};

const selectDatabase =
  "SELECT uuid, name, created_at, location_hint, jurisdiction, mode FROM database LEFT JOIN read_replication USING (uuid)";

/**
 * The Durable Object that knows which databases there are, apart from the one in the Worker's configuration. Each
 * of them is an object of its own; this one holds their names, and sweeps the bucket of SQL files.
 *
 * @example
 * // the Worker
 * export { Catalog } from "d1-procedures";
 *
 * // its wrangler.toml
 * // [[durable_objects.bindings]]
 * // name = "CATALOG"
 * // class_name = "Catalog"
 */
export class Catalog extends DurableObject<CatalogEnv> implements CatalogRpc {
  readonly #sql: SqlStorage;
  /** When the mark of an import expires, by the uuid of its database. */
  readonly #imports = new Map<string, number>();

  constructor(ctx: DurableObjectState, env: CatalogEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS database (
        uuid TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        location_hint TEXT,
        jurisdiction TEXT,
        is_being_deleted INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE IF NOT EXISTS read_replication (uuid TEXT PRIMARY KEY, mode TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS restore (uuid TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
    `);
  }

  async create(database: NewDatabase): Promise<CreateOutcome> {
    const { name, locationHint, jurisdiction, readReplication } = database;
    checkName(name);
    if (this.#find(name) !== undefined) return { outcome: "name-exists" };
    const leftOver = this.#find(name, { evenIfBeingDeleted: true });
    if (leftOver !== undefined) return { outcome: "being-deleted", database: leftOver };
    if (this.#count("SELECT count(*) AS count FROM database") >= maxDatabases) return { outcome: "too-many" };
    const uuid = crypto.randomUUID();
    this.#sql.exec(
      "INSERT INTO database (uuid, name, created_at, location_hint, jurisdiction) VALUES (?, ?, ?, ?, ?)",
      uuid,
      name,
      new Date().toISOString(),
      locationHint ?? null,
      jurisdiction ?? null,
    );
    if (readReplication !== undefined) await this.setReadReplication(uuid, readReplication);
    return { outcome: "created", database: this.#find(uuid)! };
  }

  async find(uuidOrName: string): Promise<DatabaseRecord | null> {
    return this.#find(uuidOrName) ?? null;
  }

  async list({ nameContains = "", offset, limit }: ListRequest) {
    const filter = "WHERE NOT is_being_deleted AND instr(name, ?)";
    const rows = this.#sql.exec<DatabaseRow>(
      `${selectDatabase} ${filter} ORDER BY created_at DESC, database.rowid DESC LIMIT ? OFFSET ?`,
      nameContains,
      limit,
      offset,
    );
    return {
      databases: rows.toArray().map(toRecord),
      total: this.#count(`SELECT count(*) AS count FROM database ${filter}`, nameContains),
    };
  }

  async readReplicationOf(uuid: string): Promise<ReadReplicationMode> {
    const [row] = this.#sql.exec<{ mode: ReadReplicationMode }>(
      "SELECT mode FROM read_replication WHERE uuid = ?",
      uuid,
    );
    return row?.mode ?? "disabled";
  }

  async setReadReplication(uuid: string, mode: ReadReplicationMode): Promise<void> {
    this.#sql.exec("INSERT OR REPLACE INTO read_replication (uuid, mode) VALUES (?, ?)", uuid, mode);
  }

  async beginDeletion(uuidOrName: string): Promise<DatabaseRecord | null> {
    const database = this.#find(uuidOrName, { evenIfBeingDeleted: true });
    if (database === undefined) return null;
    this.#sql.exec("UPDATE database SET is_being_deleted = 1 WHERE uuid = ?", database.uuid);
    return database;
  }

  async finishDeletion(uuid: string): Promise<void> {
    await this.deleteFiles(uuid);
    this.#sql.exec("DELETE FROM read_replication WHERE uuid = ?", uuid);
    this.#sql.exec("DELETE FROM restore WHERE uuid = ?", uuid);
    this.#sql.exec("DELETE FROM database WHERE uuid = ?", uuid);
  }

  async beginImport(uuid: string): Promise<boolean> {
    const now = Date.now();
    const leftMs = (this.#imports.get(uuid) ?? 0) - now;
    // A mark from a clock that was set back since counts as over: it would refuse imports for as long as it was set back.
    if (leftMs > 0 && leftMs <= importMarkMs) return false;
    this.#imports.set(uuid, now + importMarkMs);
    return true;
  }

  async endImport(uuid: string): Promise<void> {
    this.#imports.delete(uuid);
  }

  async noteRestore(uuid: string): Promise<void> {
    this.#sql.exec("INSERT OR REPLACE INTO restore (uuid, at) VALUES (?, ?)", uuid, new Date().toISOString());
  }

  async restoredAt(uuid: string): Promise<string | null> {
    const [row] = this.#sql.exec<{ at: string }>("SELECT at FROM restore WHERE uuid = ?", uuid);
    return row?.at ?? null;
  }

  async deleteFiles(uuid: string): Promise<void> {
    if (this.env.DUMPS === undefined) return;
    for (const prefix of prefixesOf(uuid)) await deleteAllFiles(this.env.DUMPS, prefix);
  }

  async sweepLater(): Promise<void> {
    const latest = Date.now() + sweepIntervalMs;
    const alarm = await this.ctx.storage.getAlarm();
    // One that is later was set by a clock that was wrong.
    if (alarm !== null && alarm <= latest) return;
    await this.ctx.storage.setAlarm(latest);
  }

  override async alarm(): Promise<void> {
    if (this.env.DUMPS === undefined) return;
    const remaining = await deleteExpiredFiles(this.env.DUMPS, Date.now());
    if (remaining > 0) await this.sweepLater();
  }

  #find(uuidOrName: string, { evenIfBeingDeleted = false } = {}): DatabaseRecord | undefined {
    // A name never looks like a uuid (checkName), so at most one row matches.
    const [row] = this.#sql.exec<DatabaseRow>(
      `${selectDatabase} WHERE (uuid = ?1 OR name = ?1) AND is_being_deleted <= ?2`,
      uuidOrName,
      evenIfBeingDeleted ? 1 : 0,
    );
    return row && toRecord(row);
  }

  #count(sql: string, ...params: string[]): number {
    return this.#sql.exec<{ count: number }>(sql, ...params).one().count;
  }
}

function toRecord(row: DatabaseRow): DatabaseRecord {
  return {
    uuid: row.uuid,
    name: row.name,
    createdAt: row.created_at,
    readReplication: row.mode ?? "disabled",
    ...(row.location_hint !== null && { locationHint: row.location_hint }),
    ...(row.jurisdiction !== null && { jurisdiction: row.jurisdiction }),
  };
}

/** What the HTTP API has told already in better words; here it keeps the rows sound. */
function checkName(name: string): void {
  if (typeof name === "string" && isDatabaseName(name)) return;
  throw new DatabaseError("INVALID_ARGUMENT", "create(): name is no name of a database.");
}
