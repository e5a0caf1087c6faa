import type { Backup } from "../../../src/backup/backup.ts";
import type { RestoreReport } from "../../../src/backup/restore.ts";
import type { Api } from "../api.ts";
import { checkRestores, type DoneRestore, takenAway } from "../checks/check-restores.ts";
import type { Contents } from "../checks/contents.ts";
import type { Ledger, LifeState } from "../ledger.ts";
import type { Instance } from "../worker/instances.ts";
import { Backups } from "./backups.ts";

interface RestoreAnswer {
  instance_id: string;
  status: "active" | "complete" | "error";
  error?: string;
  restore?: RestoreReport;
}

/** Backs a database up and restores that backup, again and again, while others write. */
export class Restorer {
  readonly done: DoneRestore[] = [];
  readonly #api: Api;
  readonly #ledger: Ledger;
  readonly #backups: Backups;
  /** A restore that was asked for, whose end nobody has heard of. */
  #pending: { backup: Backup; acknowledgedBefore: ReadonlySet<string> } | undefined;

  constructor(api: Api, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
    this.#backups = new Backups(api, ledger);
  }

  async run(life: LifeState): Promise<void> {
    while (!life.over) {
      try {
        await this.#restore();
      } catch (error) {
        if (life.over) return;
        this.#ledger.problem(`restore: ${(error as Error).message}`);
      }
    }
  }

  /** After a restart: a restore that was cut off has gone on to its end. */
  async goOn(ended: readonly Instance[]): Promise<void> {
    for (const { kind, id, output } of ended) {
      if (kind === "restore" && id.startsWith(this.#ledger.uuid) && output != null)
        await this.#switched(output as RestoreReport);
    }
    this.#pending = undefined;
    await this.#backups.goOn([]);
  }

  check(now: Contents): string[] {
    return checkRestores(this.#ledger.transfers.values(), this.done, now);
  }

  async #restore(): Promise<void> {
    const backup = await this.#backups.make(this.#acknowledged());
    this.#pending = { backup, acknowledgedBefore: this.#acknowledged() };
    const route = `/${this.#ledger.name}/backup/${backup.id}/restore`;
    let answer = await this.#api.post<RestoreAnswer>(route);
    while (answer.status === "active")
      answer = await this.#api.post(`${route}?instance_id=${answer.instance_id}`);
    if (answer.status === "error") throw new Error(answer.error);
    await this.#switched(answer.restore!);
    this.#pending = undefined;
  }

  /** The keys of what was acknowledged, and what no restore has taken away. */
  #acknowledged(): Set<string> {
    const keys = this.#ledger.acknowledged();
    for (const key of takenAway(this.done)) keys.delete(key);
    return keys;
  }

  /** Reads what the restore has left behind. */
  async #switched({ backup_id, safety_backup_id, restored_at }: RestoreReport): Promise<void> {
    const pending = this.#pending;
    if (pending?.backup.id !== backup_id) return; // told of before the kill
    const get = (id: string) => this.#api.get<Backup>(`/${this.#ledger.name}/backup/${id}`);
    if (safety_backup_id === null) {
      this.#ledger.problem(`the restore of ${restored_at} has made no safety backup`);
      return;
    }
    this.done.push({
      id: restored_at,
      backup: await this.#backups.contentsOf(pending.backup),
      safety: await this.#backups.contentsOf(await get(safety_backup_id)),
      acknowledgedBefore: pending.acknowledgedBefore,
    });
    this.#pending = undefined;
  }
}
