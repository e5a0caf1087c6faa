import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../test/histories/random.ts";
import { KilledServer } from "../killed-server.ts";
import { Api, token } from "./api.ts";
import { Branch, type BranchKind, branchKinds } from "./branch.ts";
import { SqliteFiles } from "./checks/sqlite-files.ts";
import type { LifeState } from "./ledger.ts";
import type { Life } from "./schedule.ts";
import type { Tally } from "./tally.ts";
import type { PhaseReport } from "./worker/phases.ts";
import { Workflows } from "./workflows.ts";

export interface RoundOptions {
  /** Of what the clients do. */
  random: Random;
  lives: readonly Life[];
  clients: number;
  /** Milliseconds in which everybody is to be where a kill is aimed at. */
  aimMs: number;
  tally: Tally;
  signal: AbortSignal;
  progress(line: string): void;
}

/** Several lives of one server and its databases, each of which ends with SIGKILL. */
export class Round {
  readonly problems: string[] = [];
  readonly #options: RoundOptions;
  readonly #server = new KilledServer("torture/crash/wrangler.toml", { API_TOKEN: token });
  readonly #api = new Api(this.#server);
  readonly #workflows = new Workflows(this.#server);
  readonly #files = new SqliteFiles(this.#server.stateDir);
  #branches: Branch[] = [];

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { lives, signal, tally } = this.#options;
    try {
      this.#branches = await this.#open();
      for (const [number, life] of lives.entries()) {
        if (signal.aborted || this.problems.length > 0) break;
        await this.#live(life, number);
      }
      if (this.problems.length > 0) this.problems.push(`the server has printed: ${await this.#printed()}`);
    } catch (error) {
      throw new Error(`${(error as Error).message} The server has printed: ${await this.#printed()}`, {
        cause: error,
      });
    } finally {
      for (const { operator } of this.#branches) tally.operator(operator);
      tally.count("kills", this.#server.kills);
      await this.#server.end();
    }
  }

  async #printed(): Promise<string> {
    return (await this.#server.output().catch((error: Error) => error.message)).slice(-2_000);
  }

  async #open(): Promise<Branch[]> {
    const branches: Branch[] = [];
    for (const [kind, clients] of shareOut(this.#options.clients))
      branches.push(await Branch.open(this.#api, kind, clients));
    return branches;
  }

  async #live(life: Life, number: number): Promise<void> {
    const { random, tally } = this.#options;
    const state: LifeState = { over: false };
    const working = this.#branches.flatMap((branch) =>
      branch.work(number, random.between(0, 2 ** 31), state),
    );
    let report: PhaseReport;
    try {
      await this.#aim(life);
      report = await this.#api.phases();
      await sleep(life.delayMs);
    } finally {
      state.over = true;
      this.#api.isOver = true;
    }
    await this.#kill();
    await Promise.all(working);
    this.#api.isOver = false;
    tally.kill(life, report);

    let interrupted = await this.#workflows.resume();
    if (life.killAgainAfterMs !== undefined && interrupted > 0) {
      await sleep(life.killAgainAfterMs);
      await this.#kill();
      interrupted = await this.#workflows.resume();
      tally.count("kills while Workflows went on", 1);
    }
    tally.count("Workflows resumed", interrupted);
    await this.#check(number, report);
  }

  /** Waits until the server is where it is to be killed, or has had enough time for it. */
  async #aim({ aims, loadMs }: Life): Promise<void> {
    const places = aims.map(({ work, phase }) => ({
      phase,
      database: this.#branches.find(({ kind }) => kind === work)!.ledger.uuid,
    }));
    await this.#api.want(places);
    await sleep(loadMs);
    const deadline = Date.now() + this.#options.aimMs;
    while (Date.now() < deadline) {
      if ((await this.#api.phases()).reached.length === places.length) return;
      await sleep(5);
    }
  }

  async #kill(): Promise<void> {
    await this.#server.kill(async () => {
      const { files, midTransaction, problems } = this.#files.check();
      this.problems.push(...problems);
      const { tally } = this.#options;
      tally.count("SQLite files checked", files);
      tally.count("files cut off in a transaction", midTransaction);
    });
  }

  async #check(number: number, { reached }: PhaseReport): Promise<void> {
    const { progress, tally } = this.#options;
    const ended = await this.#workflows.settle();
    for (const { kind, id, status, error } of ended) {
      if (status !== "complete") this.problems.push(`the ${kind} ${id} has ended as ${status}: ${error}`);
    }
    const counts = await Promise.all(this.#branches.map((branch) => branch.check(ended)));
    for (const { ledger } of this.#branches) this.problems.push(...ledger.problems.splice(0));
    tally.life(counts);
    const where = reached.map(({ phase }) => phase).join(", ") || "anywhere";
    const result = this.problems.length === 0 ? "all is there" : `${this.problems.length} problems`;
    progress(`kill ${number + 1} (${where}): ${result}`);
  }
}

/** Each kind of branch has an operator, or none, and clients. */
function shareOut(clients: number): [BranchKind, number][] {
  const operators = branchKinds.filter((kind) => Branch.hasOperator(kind)).length;
  const few = clients < 24 ? 1 : 2;
  const rest = Math.max(2, clients - operators - 2 - operators * few);
  const shares: Record<BranchKind, number> = {
    commit: Math.ceil((rest * 2) / 3),
    detach: Math.floor(rest / 3),
    lone: 1,
    pinned: 1,
    import: few,
    export: few,
    backup: few,
    restore: few,
  };
  return branchKinds.map((kind) => [kind, shares[kind]]);
}
