/** Runs before every file of the test project "workers", whose files share a runtime. */
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { catalogName } from "../../src/catalog-protocol.ts";
import { connect, defaultDatabaseName } from "../../src/client/connect.ts";
import { GenerationTrail } from "../../src/client/generations.ts";
import { DatabaseGenerations } from "../../src/database-generations.ts";
import "./one-prototype.ts";

// What the file before has replaced by a spy or a false clock.
vi.useRealTimers();
vi.restoreAllMocks();

// A restore moves the default database to another object, and the isolate keeps in mind to which: the erased one sends it back.
const first = env.DB.idFromName(defaultDatabaseName);
if (!new GenerationTrail(env.DB, defaultDatabaseName).id.equals(first)) {
  await new DatabaseGenerations(env.DB, defaultDatabaseName).erase();
  await connect(env.DB).exec("SELECT 1");
}

// reset() ends the objects, also those that buckets are made of, and deletes the storage of those that are alive: so wake up
// what bears the same name in every file. All other names are random, because what had ended before keeps its storage.
const ofEveryFile = [env.CATALOG.getByName(catalogName), env.DB.get(first)];
await Promise.all([
  ...ofEveryFile.map((stub) => runInDurableObject<DurableObject, void>(stub, () => {})),
  ...[env.DUMPS, env.BACKUPS].map((bucket) => bucket.head("nothing")),
]);
await reset();
