import type { CatalogRpc, DatabaseRecord, NewDatabase, ReadReplicationMode } from "../../catalog-protocol.ts";
import { defaultDatabaseName } from "../../client/connect.ts";
import { maxDatabases } from "../../limits.ts";
import { RestError } from "../d1-rest/rest-error.ts";
import type { HttpEnv } from "../http-env.ts";
import { type DatabaseObject, openBoundObject, openObject } from "./database-object.ts";
import { requireCatalog } from "./required-bindings.ts";

/** A database of the account, and the way to its object. */
export interface KnownDatabase extends DatabaseObject {
  uuid: string;
  name: string;
  /** ISO 8601. Not known of the configured database. */
  createdAt?: string;
  jurisdiction?: string;
  /** It is the one of the Worker's configuration, which is in no catalog. */
  isConfigured: boolean;
  /** Left out of the configured database: see {@link DatabaseDirectory.readReplicationOf}. */
  readReplication?: ReadReplicationMode;
}

/** Which databases to list. */
export interface Page {
  nameContains: string;
  offset: number;
  limit: number;
}

/**
 * The databases of the account: the one that wrangler.toml configures, which `env.DB` leads to by itself, and those
 * in the catalog.
 */
export class DatabaseDirectory {
  readonly #env: HttpEnv;
  readonly #configured: { uuid: string; name: string } | undefined;

  constructor(env: HttpEnv) {
    this.#env = env;
    const { DATABASE_ID, DATABASE_NAME } = env;
    if (DATABASE_ID || DATABASE_NAME) {
      this.#configured = { uuid: DATABASE_ID || DATABASE_NAME!, name: DATABASE_NAME || DATABASE_ID! };
    }
  }

  /**
   * Finds a database.
   *
   * @throws RestError 7404 if there is none.
   */
  async find(uuidOrName: string): Promise<KnownDatabase> {
    if (this.#isConfigured(uuidOrName)) return this.#openConfigured();
    const record = await this.#catalog?.find(uuidOrName);
    if (!record) throw notFound(uuidOrName);
    return this.#open(record);
  }

  /** The configured one first, if it matches, then the newest. */
  async list({ nameContains, offset, limit }: Page): Promise<{ databases: KnownDatabase[]; total: number }> {
    const configured = this.#configured?.name.includes(nameContains) ? [this.#openConfigured()] : [];
    const here = configured.slice(offset, offset + limit);
    const rest = { offset: Math.max(0, offset - configured.length), limit: limit - here.length };
    const listed = await this.#catalog?.list({ nameContains, ...rest });
    return {
      databases: [...here, ...(listed?.databases ?? []).map((record) => this.#open(record))],
      total: configured.length + (listed?.total ?? 0),
    };
  }

  /**
   * Creates a database, and reaches its object for the first time: that is when the platform places it.
   *
   * @throws RestError 7502 if the name is taken, 7406 if there are too many, 7400 for a jurisdiction that is unknown.
   */
  async create(database: NewDatabase): Promise<KnownDatabase> {
    const catalog = requireCatalog(this.#env);
    if (this.#isConfigured(database.name)) throw nameExists(database.name);
    // Before anything is kept: throws for what the platform does not know.
    openObject(this.#env.DB, database.name, database);
    let created = await catalog.create(database);
    if (created.outcome === "being-deleted") {
      await this.#finishDeletion(created.database);
      created = await catalog.create(database);
    }
    switch (created.outcome) {
      case "being-deleted":
      case "name-exists":
        throw nameExists(database.name);
      case "too-many":
        throw new RestError(400, 7406, `There are ${maxDatabases} databases, which is the limit.`);
      case "created": {
        const opened = this.#open(created.database);
        try {
          await opened.admin.info();
          return opened;
        } catch (error) {
          await catalog.beginDeletion(opened.uuid);
          await catalog.finishDeletion(opened.uuid);
          throw error;
        }
      }
    }
  }

  /**
   * Deletes a database with all that it holds and its files. Of the configured one only the content: it is a part of
   * the Worker.
   *
   * @throws RestError 7404 if there is none.
   */
  async delete(uuidOrName: string): Promise<void> {
    if (this.#isConfigured(uuidOrName)) {
      const { uuid, erase } = this.#openConfigured();
      await erase();
      await this.#catalog?.deleteFiles(uuid);
      return;
    }
    const record = await this.#catalog?.beginDeletion(uuidOrName);
    if (!record) throw notFound(uuidOrName);
    await this.#finishDeletion(record);
  }

  /** Can be repeated: one that failed half-way is finished when its name is wanted again. */
  async #finishDeletion(record: DatabaseRecord): Promise<void> {
    await this.#open(record).erase();
    await this.#catalog!.finishDeletion(record.uuid);
  }

  /** Queries of the configured database need no look at the catalog, so that its mode is asked for separately. */
  async readReplicationOf({ uuid, readReplication }: KnownDatabase): Promise<ReadReplicationMode> {
    return readReplication ?? (await this.#catalog?.readReplicationOf(uuid)) ?? "disabled";
  }

  /** @throws RestError 7404 if there is no such database. */
  async setReadReplication(uuidOrName: string, mode: ReadReplicationMode): Promise<KnownDatabase> {
    const catalog = requireCatalog(this.#env);
    const database = await this.find(uuidOrName);
    await catalog.setReadReplication(database.uuid, mode);
    return { ...database, readReplication: mode };
  }

  /** When a database was last taken back to an earlier state, ISO 8601. Without a catalog nobody knows. */
  async restoredAt({ uuid }: KnownDatabase): Promise<string | undefined> {
    return (await this.#catalog?.restoredAt(uuid)) ?? undefined;
  }

  /** Takes a database back to an earlier state, and notes that. */
  async restoring<T>({ uuid }: KnownDatabase, restore: () => Promise<T>): Promise<T> {
    // Before it, so that it is noted also when nobody hears of its end; and after it, for what was stored meanwhile.
    await this.#catalog?.noteRestore(uuid);
    const restored = await restore();
    await this.#catalog?.noteRestore(uuid);
    return restored;
  }

  /** Without a catalog the configured database is the only one. */
  get #catalog(): CatalogRpc | undefined {
    return this.#env.CATALOG && requireCatalog(this.#env);
  }

  #isConfigured(uuidOrName: string): boolean {
    return uuidOrName === this.#configured?.uuid || uuidOrName === this.#configured?.name;
  }

  #openConfigured(): KnownDatabase {
    return {
      ...this.#configured!,
      isConfigured: true,
      ...openBoundObject(this.#env.DB, defaultDatabaseName),
    };
  }

  #open(record: DatabaseRecord): KnownDatabase {
    const { uuid, name, createdAt, readReplication, jurisdiction } = record;
    return {
      uuid,
      name,
      createdAt,
      isConfigured: false,
      readReplication,
      ...(jurisdiction !== undefined && { jurisdiction }),
      ...openObject(this.#env.DB, uuid, record),
    };
  }
}

function notFound(uuidOrName: string): RestError {
  return new RestError(404, 7404, `The database ${uuidOrName} could not be found`);
}

function nameExists(name: string): RestError {
  return new RestError(400, 7502, `A database with the name ${name} exists already.`);
}
