import { createHash } from "node:crypto";
import type { Api } from "../api.ts";
import { checkTransfers } from "../checks/check-transfers.ts";
import { checkBooks } from "../checks/contents.ts";
import { contentsOfDump } from "../checks/sqlite-files.ts";
import type { Ledger, LifeState } from "../ledger.ts";

interface ExportAnswer {
  at_bookmark: string;
  status: "active" | "complete" | "error";
  error?: string;
  result?: { signed_url: string };
}

/** Exports a database, again and again, and looks into each file. */
export class Exporter {
  complete = 0;
  readonly #api: Api;
  readonly #ledger: Ledger;
  /** The last file that somebody was told to be complete. */
  #last: { url: string; sha256: string } | undefined;

  constructor(api: Api, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
  }

  async run(life: LifeState): Promise<void> {
    while (!life.over) {
      try {
        await this.#export();
      } catch (error) {
        if (life.over) return;
        this.#ledger.problem(`export: ${(error as Error).message}`);
      }
    }
  }

  /** After a restart: a file that was complete is there, unchanged. What was cut off is made anew, at once. */
  async goOn(): Promise<void> {
    if (this.#last !== undefined) {
      const { url, sha256 } = this.#last;
      if (sha256Of(await this.#api.download(url)) !== sha256)
        this.#ledger.problem("the file of an export is another one after a restart");
    }
    await this.#export();
  }

  async #export(): Promise<void> {
    const before = this.#ledger.acknowledged();
    const route = `/${this.#ledger.name}/export`;
    let answer = await this.#api.post<ExportAnswer>(route, { output_format: "polling" });
    while (answer.status === "active") {
      const poll = { output_format: "polling", current_bookmark: answer.at_bookmark };
      answer = await this.#api.post(route, poll);
    }
    if (answer.status === "error") throw new Error(answer.error);
    const url = answer.result!.signed_url;
    const file = await this.#api.download(url);
    this.#last = { url, sha256: sha256Of(file) };
    const contents = await contentsOfDump(new TextDecoder().decode(file));
    const mustBeThere = ({ key }: { key: string }) => before.has(key);
    const problems = [
      ...checkBooks(contents),
      ...checkTransfers(this.#ledger.transfers.values(), contents, { mustBeThere }),
    ];
    for (const problem of problems) this.#ledger.problem(`in an export: ${problem}`);
    this.complete++;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
