import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Backup } from "../../../src/backup/backup.ts";
import type { Api } from "../api.ts";
import { checkTransfers } from "../checks/check-transfers.ts";
import { type Contents, checkBooks } from "../checks/contents.ts";
import { contentsOfDump } from "../checks/sqlite-files.ts";
import type { Ledger, LifeState } from "../ledger.ts";
import type { Instance } from "../worker/instances.ts";

interface BackupAnswer {
  instance_id: string;
  status: "active" | "complete" | "error";
  error?: string;
  backup?: Backup;
}

/** Makes backups of a database, and reads every one that there is. */
export class Backups {
  /** What the backups have in them that were read, by their ids. */
  readonly #verified = new Map<string, Contents>();
  readonly #api: Api;
  readonly #ledger: Ledger;
  /** What must be in a backup that was asked for, and that nobody has heard of yet. */
  #mustHave: ReadonlySet<string> = new Set();

  constructor(api: Api, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
  }

  get complete(): number {
    return this.#verified.size;
  }

  async run(life: LifeState): Promise<void> {
    while (!life.over) {
      try {
        await this.make(this.#ledger.acknowledged());
      } catch (error) {
        if (life.over) return;
        this.#ledger.problem(`backup: ${(error as Error).message}`);
      }
    }
  }

  /** @param mustHave The keys of the transfers that must be in it: they were acknowledged before. */
  async make(mustHave: ReadonlySet<string>): Promise<Backup> {
    this.#mustHave = mustHave;
    const route = `/${this.#ledger.name}/backup`;
    let answer = await this.#api.post<BackupAnswer>(route);
    while (answer.status === "active")
      answer = await this.#api.post(`${route}?instance_id=${answer.instance_id}`);
    if (answer.status === "error") throw new Error(answer.error);
    await this.contentsOf(answer.backup!, mustHave);
    return answer.backup!;
  }

  /** After a restart: an instance that was cut off has ended well, and no backup is listed that is not whole. */
  async goOn(ended: readonly Instance[]): Promise<void> {
    for (const { kind, id, output } of ended) {
      if (kind !== "backup" || !id.startsWith(this.#ledger.uuid) || output == null) continue;
      await this.contentsOf((output as { backup: Backup }).backup, this.#mustHave);
    }
    for (const backup of await this.#api.get<Backup[]>(`/${this.#ledger.name}/backup`))
      await this.contentsOf(backup);
  }

  /**
   * Downloads a backup, compares it with its manifest, and looks into it.
   *
   * @param mustHave The keys of the transfers that must be in it.
   */
  async contentsOf(
    { id, gzip_bytes, gzip_sha256, sql_bytes, sql_sha256, tables }: Backup,
    mustHave: ReadonlySet<string> = new Set(),
  ): Promise<Contents> {
    const verified = this.#verified.get(id);
    if (verified !== undefined) return verified;
    const gzip = await this.#api.download(`/${this.#ledger.name}/backup/${id}/download?format=gzip`);
    const sql = gunzipSync(gzip);
    const isAsTold =
      gzip.length === gzip_bytes &&
      sha256Of(gzip) === gzip_sha256 &&
      sql.length === sql_bytes &&
      sha256Of(sql) === sql_sha256;
    if (!isAsTold) this.#ledger.problem(`the backup ${id} is not what its manifest says`);
    const contents = await contentsOfDump(sql.toString());
    const postings = tables?.find(({ name }) => name === "posting")?.rows;
    if (postings !== contents.postings.length)
      this.#ledger.problem(
        `the backup ${id} has ${contents.postings.length} postings, and ${postings} are told`,
      );
    const mustBeThere = ({ key }: { key: string }) => mustHave.has(key);
    const problems = [
      ...checkBooks(contents),
      ...checkTransfers(this.#ledger.transfers.values(), contents, { mustBeThere }),
    ];
    for (const problem of problems) this.#ledger.problem(`in the backup ${id}: ${problem}`);
    this.#verified.set(id, contents);
    return contents;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
