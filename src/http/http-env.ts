import type { DatabaseBinding } from "../client/binding-kind.ts";

/** What the HTTP API reads from the Worker's `env`. */
export interface HttpEnv {
  /** The Durable Object namespace of the database. */
  DB: DatabaseBinding;
  /** The bearer token: a secret, never a variable in wrangler.toml. Without one HTTP stays closed. */
  API_TOKEN?: string;
  /** The account id that the D1 REST routes answer to. Default: `"local"`. */
  ACCOUNT_ID?: string;
  /** The database's id in the D1 REST routes. */
  DATABASE_ID?: string;
  /** The database's name, which the D1 REST routes take as well. */
  DATABASE_NAME?: string;
}
