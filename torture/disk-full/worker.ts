/** A bank on a disk that fills up: `POST /<database>/<what>` with the arguments as a JSON array. */

import { connect } from "../../src/client/connect.ts";
import { defineDatabase } from "../../src/database/define-database.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";

class Bank {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  async Open() {
    await this.#db.exec("CREATE TABLE IF NOT EXISTS entry (transfer INTEGER, amount INTEGER, filler BLOB)");
  }

  #enter(transfer: number, amount: number, bytes: number) {
    const insert = this.#db.prepare("INSERT INTO entry VALUES (?, ?, randomblob(?))");
    return insert.bind(transfer, amount, bytes).run();
  }

  /** Two rows that belong together, and so many bytes with each of them. */
  async Transfer(transfer: number, bytes: number, waitMs = 0) {
    return this.#db.transaction(async () => {
      await this.#enter(transfer, -1, bytes);
      if (waitMs > 0) await scheduler.wait(waitMs);
      await this.#enter(transfer, 1, bytes);
      return { transfer };
    });
  }

  /** Goes on after the error of its second row, as if nothing were wrong. */
  async TransferRegardless(transfer: number, bytes: number) {
    return this.#db.transaction(async () => {
      await this.#enter(transfer, -1, 0);
      const failure = await this.#enter(transfer, 1, bytes).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      return { transfer, failure };
    });
  }

  async Entries() {
    return this.#db.prepare("SELECT transfer, amount FROM entry ORDER BY rowid").raw<[number, number]>();
  }

  async Forget() {
    await this.#db.prepare("DELETE FROM entry").run();
  }

  async Check() {
    return this.#db.prepare("PRAGMA quick_check").raw();
  }
}

export class Database extends defineDatabase(Bank) {}

interface Env {
  DB: DurableObjectNamespace<Database>;
  DUMPS: R2Bucket;
}

/** Polls until an import or export has ended. */
async function ended(env: Env, database: string, kind: "Import" | "Export", key: string) {
  const object = () => env.DB.getByName(database);
  let status = kind === "Import" ? await object().startImport(key) : await object().startExport(key, {});
  while (status.status === "active") {
    const { id } = status;
    status = kind === "Import" ? await object().pollImport(id) : await object().pollExport(id);
  }
  return status;
}

async function answer(env: Env, database: string, what: string, args: unknown[]): Promise<unknown> {
  switch (what) {
    case "upload":
      await env.DUMPS.put(database, String(args[0]));
      return null;
    case "import":
      return ended(env, database, "Import", database);
    case "export":
      return ended(env, database, "Export", String(args[0]));
    case "exported":
      return (await env.DUMPS.head(String(args[0])))?.size ?? null;
    case "query":
      return (await env.DB.getByName(database).script(String(args[0]))).results.queryResults;
  }
  const { Procedures } = connect(env.DB, { name: database });
  const procedure = Procedures[what as keyof typeof Procedures] as (...args: unknown[]) => Promise<unknown>;
  return (await procedure(...args)) ?? null;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, database, what] = new URL(request.url).pathname.split("/");
    if (database === "health") return new Response("ok");
    try {
      const result = await answer(env, database!, what!, await request.json());
      // What a transaction failed with is returned by it.
      const { error } = Object(result) as { error?: unknown };
      if (error instanceof Error) throw error;
      return Response.json(result);
    } catch (error) {
      const { name, message, code, retryable } = error as Error & { code?: string; retryable?: boolean };
      return Response.json({ name, message, code, retryable }, { status: 500 });
    }
  },
};
