import { createHash } from "node:crypto";
import type { Api } from "../api.ts";
import { checkImports, type ToldImport } from "../checks/check-imports.ts";
import type { Contents } from "../checks/contents.ts";
import type { Ledger, LifeState } from "../ledger.ts";

interface TransferAnswer {
  upload_url?: string;
  filename?: string;
  at_bookmark: string;
  status: "active" | "complete" | "error";
  error?: string;
}

/** Of a file: more than a megabyte, so that some of it is read inside of the transaction. Every third one is more than SQLite's cache takes. */
const rowsOf = (batch: number) => (batch % 3 === 0 ? 9_000 : 3_000);

const text = "x".repeat(500);

/** Imports one file after another, each of which replaces all rows of the one before it. */
export class Importer {
  readonly told: ToldImport[] = [];
  /** Imports that were cut off, and were done again. */
  repeated = 0;
  readonly #api: Api;
  readonly #ledger: Ledger;
  /** The last one that was acknowledged, and what it is polled with. */
  #lastComplete: { batch: number; id: string } | undefined;

  constructor(api: Api, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
  }

  async run(life: LifeState): Promise<void> {
    while (!life.over) {
      const batch = this.told.length + 1;
      const told: ToldImport = { batch, rows: rowsOf(batch), outcome: "unknown" };
      this.told.push(told);
      try {
        await this.#import(told);
      } catch (error) {
        if (life.over) return;
        this.#ledger.problem(`import ${told.batch}: ${(error as Error).message}`);
      }
    }
  }

  /** After a restart: what was done is remembered, and what was cut off can be repeated at once. */
  async goOn(contents: Contents): Promise<void> {
    // A database remembers its last import: that may be a later one, whose answer the kill has cut off.
    const lastBatch = contents.importLog.at(-1)?.batch;
    if (this.#lastComplete !== undefined && this.#lastComplete.batch === lastBatch) {
      const { status } = await this.#poll(this.#lastComplete.id);
      if (status !== "complete")
        this.#ledger.problem(`an import that was complete is ${status} after a restart`);
    }
    const last = this.told.at(-1);
    if (last?.outcome !== "unknown" || contents.importLog.some(({ batch }) => batch === last.batch)) return;
    await this.#import(last);
    this.repeated++;
  }

  check(contents: Contents): string[] {
    return checkImports(this.told, contents);
  }

  async #import(told: ToldImport): Promise<void> {
    const file = fileOf(told);
    const etag = createHash("md5").update(file).digest("hex");
    const route = `/${this.#ledger.name}/import`;
    let answer = await this.#api.post<TransferAnswer>(route, { action: "init", etag });
    if (answer.upload_url !== undefined) {
      await this.#api.upload(answer.upload_url, file);
      answer = await this.#api.post(route, { action: "ingest", etag, filename: answer.filename });
    }
    while (answer.status === "active") answer = await this.#poll(answer.at_bookmark);
    if (answer.status === "error") {
      told.outcome = "refused";
      throw new Error(answer.error);
    }
    told.outcome = "acknowledged";
    this.#lastComplete = { batch: told.batch, id: answer.at_bookmark };
  }

  #poll(current_bookmark: string): Promise<TransferAnswer> {
    return this.#api.post(`/${this.#ledger.name}/import`, { action: "poll", current_bookmark });
  }
}

function fileOf({ batch, rows }: ToldImport): Uint8Array {
  const lines = Array.from(
    { length: rows },
    (_, n) => `INSERT INTO imported VALUES (${batch}, ${n}, '${text}');`,
  );
  const all = ["DELETE FROM imported;", ...lines, `INSERT INTO import_log (batch) VALUES (${batch});`];
  return new TextEncoder().encode(all.join("\n"));
}
