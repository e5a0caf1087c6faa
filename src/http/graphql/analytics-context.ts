import { GraphQLError } from "graphql";
import type { StatementInsight } from "../../admin-protocol.ts";
import { maxGraphqlDatabases } from "../../limits.ts";
import { RestError } from "../d1-rest/rest-error.ts";
import { DatabaseDirectory, type KnownDatabase } from "../databases/database-directory.ts";
import { accountIdOf, type HttpEnv } from "../http-env.ts";

/** A database that can tell its insights. */
interface AnalyticsDatabase {
  uuid: string;
  insights(fromMs: number, toMs: number): Promise<StatementInsight[]>;
}

/** What the resolvers of one request share. */
export class AnalyticsContext {
  readonly accountId: string;
  readonly databases: AnalyticsDatabases;
  /** Datasets that were asked for so far. */
  datasets = 0;

  constructor(env: HttpEnv) {
    this.accountId = accountIdOf(env);
    this.databases = new AnalyticsDatabases(new DatabaseDirectory(env));
  }
}

/** The databases of the account, each looked up once in a request. */
class AnalyticsDatabases {
  readonly #directory: DatabaseDirectory;
  readonly #found = new Map<string, Promise<KnownDatabase | undefined>>();

  constructor(directory: DatabaseDirectory) {
    this.#directory = directory;
  }

  /**
   * Those with these ids, as far as there are any; without ids all of them.
   *
   * @throws GraphQLError for too many.
   */
  async select(ids: ReadonlySet<string> | undefined): Promise<AnalyticsDatabase[]> {
    const databases = ids === undefined ? await this.#all() : await this.#find(ids);
    return databases.map(({ uuid, admin }) => ({
      uuid,
      insights: (fromMs, toMs) => admin.insights(fromMs, toMs),
    }));
  }

  async #all(): Promise<KnownDatabase[]> {
    const page = { nameContains: "", offset: 0, limit: maxGraphqlDatabases };
    const { databases, total } = await this.#directory.list(page);
    if (total > databases.length) throw tooMany(total);
    return databases;
  }

  async #find(ids: ReadonlySet<string>): Promise<KnownDatabase[]> {
    if (ids.size > maxGraphqlDatabases) throw tooMany(ids.size);
    const found: KnownDatabase[] = [];
    for (const id of ids) {
      if (!this.#found.has(id)) this.#found.set(id, this.#findOne(id));
      const database = await this.#found.get(id);
      if (database !== undefined) found.push(database);
    }
    return found;
  }

  async #findOne(id: string): Promise<KnownDatabase | undefined> {
    try {
      const database = await this.#directory.find(id);
      // The directory finds it by its name, too.
      return database.uuid === id ? database : undefined;
    } catch (error) {
      if (error instanceof RestError && error.code === 7404) return undefined;
      throw error;
    }
  }
}

function tooMany(count: number): GraphQLError {
  return new GraphQLError(
    `A dataset tells of at most ${maxGraphqlDatabases} databases, not ${count}: choose some with databaseId_in.`,
  );
}
