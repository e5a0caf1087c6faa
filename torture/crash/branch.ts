import { Random } from "../../test/histories/random.ts";
import type { Api } from "./api.ts";
import { checkTransfers, countUnknownButDone } from "./checks/check-transfers.ts";
import { type Contents, checkBooks, keysOf, readContents } from "./checks/contents.ts";
import { askFor, Client, type Habits } from "./clients.ts";
import { Ledger, type LifeState } from "./ledger.ts";
import { Backups } from "./operators/backups.ts";
import { Exporter } from "./operators/exporter.ts";
import { Importer } from "./operators/importer.ts";
import { Restorer } from "./operators/restorer.ts";
import type { ToldTransfer } from "./transfer.ts";
import type { Instance } from "./worker/instances.ts";

/** What a database is there for, when the server is killed. */
export const branchKinds = [
  "commit",
  "detach",
  "lone",
  "pinned",
  "import",
  "export",
  "backup",
  "restore",
] as const;
export type BranchKind = (typeof branchKinds)[number];

const mixed: Habits = [
  [4, "plain"],
  [2, "waits"],
  [1, "nested"],
  [1, "refused"],
  [1, "once"],
  [1, "batch"],
];

const habitsOf: Record<BranchKind, Habits> = {
  commit: [
    [8, "bundle"],
    [1, "once"],
    [1, "batch"],
    [1, "look"],
  ],
  detach: [
    [6, "waits"],
    [2, "plain"],
    [1, "refused"],
    [1, "batch"],
    [2, "look"],
  ],
  lone: [
    [9, "lone"],
    [1, "look"],
  ],
  pinned: [
    [9, "pinned"],
    [1, "plain"],
  ],
  import: [...mixed, [2, "look"]],
  export: [...mixed, [2, "look"]],
  backup: [...mixed, [2, "look"]],
  // What is retried, or only grows, is not so where a restore takes it away.
  restore: mixed.filter(([, action]) => action !== "once"),
};

/** What became of the transfers of one life. */
export interface LifeCounts {
  acknowledged: number;
  refused: number;
  unknown: number;
  /** Committed before the kill: only the answer did not arrive. */
  unknownButDone: number;
}

type Operator = Importer | Exporter | Backups | Restorer;

/** For a database whose dump is to have more than one window of an import. */
const ballastRows = 3_000;

/** One of the databases, with those who use it. */
export class Branch {
  readonly #api: Api;
  readonly #clients: number;
  readonly #operator: Operator | undefined;
  /** How many transfers there were when they were checked last. */
  #checked = 0;

  private constructor(
    api: Api,
    readonly kind: BranchKind,
    readonly ledger: Ledger,
    clients: number,
  ) {
    this.#api = api;
    this.#clients = clients;
    this.#operator = operatorOf(kind, api, ledger);
  }

  static hasOperator(kind: BranchKind): boolean {
    return !["commit", "detach", "lone", "pinned"].includes(kind);
  }

  /** Creates the database. */
  static async open(api: Api, kind: BranchKind, clients: number): Promise<Branch> {
    const { uuid, name } = await api.post<{ uuid: string; name: string }>("", { name: `${kind}s` });
    await api.post(`/${name}/procedures/Open`, [kind === "restore" ? ballastRows : 0]);
    return new Branch(api, kind, new Ledger(name, uuid), clients);
  }

  get operator(): Operator | undefined {
    return this.#operator;
  }

  /** Lets all of them work until the server is gone. */
  work(life: number, seed: number, state: LifeState): Promise<void>[] {
    const clients = Array.from({ length: this.#clients }, (_, n) => {
      const name = `${life}-${this.kind}-${n}`;
      return new Client(this.#api, this.ledger, name, new Random(seed + n), habitsOf[this.kind]);
    });
    return [...clients, ...(this.#operator === undefined ? [] : [this.#operator])].map((user) =>
      user.run(state),
    );
  }

  /**
   * Checks the database after a restart, when nobody uses it.
   *
   * @param ended The Workflows that have ended since the last time.
   */
  async check(ended: readonly Instance[]): Promise<LifeCounts> {
    const { ledger } = this;
    const asked = [...ledger.transfers.values()].slice(this.#checked);
    let contents = await this.#read();
    const counts = {
      acknowledged: asked.filter(({ outcome }) => outcome === "acknowledged").length,
      refused: asked.filter(({ outcome }) => outcome === "refused").length,
      unknown: asked.filter(({ outcome }) => outcome === "unknown").length,
      unknownButDone: countUnknownButDone(asked, contents),
    };
    if (this.kind !== "restore") {
      // Before anything is repeated that was cut off.
      this.#report(contents);
      if (contents.postings.length < ledger.postingsSeen)
        ledger.problem(
          `${ledger.postingsSeen} postings were seen, and ${contents.postings.length} are there`,
        );
      await this.#resolve(asked, contents);
    }
    if (this.#operator instanceof Importer) await this.#operator.goOn(contents);
    else await this.#operator?.goOn(ended);
    await this.#mustGoOn();

    contents = await this.#read();
    this.#report(contents);
    this.#checked = ledger.transfers.size;
    return counts;
  }

  #report(contents: Contents): void {
    const told = this.ledger.transfers.values();
    const operator = this.#operator;
    const problems = [
      ...checkBooks(contents),
      ...(operator instanceof Restorer ? operator.check(contents) : checkTransfers(told, contents)),
      ...(operator instanceof Importer ? operator.check(contents) : []),
    ];
    for (const problem of problems) this.ledger.problem(problem);
  }

  /** What was open is so no more: it is there and stays, or is not there and never will be. */
  async #resolve(asked: readonly ToldTransfer[], contents: Contents): Promise<void> {
    const keys = keysOf(contents);
    for (const transfer of asked) {
      if (transfer.outcome !== "unknown") continue;
      if (transfer.how === "once") await askFor(this.#api, this.ledger.name, transfer);
      else transfer.outcome = keys.has(transfer.key) ? "acknowledged" : "refused";
    }
  }

  /** Nothing that a dead call had keeps others from writing. */
  async #mustGoOn(): Promise<void> {
    const key = `after-${this.ledger.transfers.size}`;
    const transfer: ToldTransfer = {
      key,
      from: 1,
      to: 2,
      amount: 1,
      how: "waits",
      waitMs: 1,
      outcome: "unknown",
    };
    this.ledger.transfers.set(key, transfer);
    await askFor(this.#api, this.ledger.name, transfer);
  }

  async #read(): Promise<Contents> {
    const { name } = this.ledger;
    const [check] = await this.#api.query(name, ["PRAGMA quick_check", "PRAGMA foreign_key_check"]);
    if (check?.length !== 1 || check[0]?.quick_check !== "ok")
      this.ledger.problem(`quick_check: ${JSON.stringify(check)}`);
    return readContents((statements) => this.#api.query(name, statements));
  }
}

function operatorOf(kind: BranchKind, api: Api, ledger: Ledger): Operator | undefined {
  switch (kind) {
    case "import":
      return new Importer(api, ledger);
    case "export":
      return new Exporter(api, ledger);
    case "backup":
      return new Backups(api, ledger);
    case "restore":
      return new Restorer(api, ledger);
    default:
      return undefined;
  }
}
