import { type Gate, type Observations, type Scenario, shownRows } from "./scenario.ts";

/** Where the transactions of a scenario run, and how. */
export interface Stage {
  /** Plays one transaction behind its gate; resolves to what it has observed. */
  play(transaction: string, gate: Gate): Promise<string[]>;
  /** A reader outside of every transaction. */
  db: Pick<D1Database, "prepare">;
  /** Transactions wait for each other, in the order in which they begin. */
  oneAtATime: boolean;
}

/** Lets the transactions of a scenario take their steps in its order, and looks at the rows after each. */
export async function interleave(scenario: Scenario, stage: Stage): Promise<Observations> {
  const interleaving = new Interleaving(scenario, stage);
  await interleaving.look();
  for (const name of scenario.schedule.split(" ")) await interleaving.step(name);
  return interleaving.end();
}

class Interleaving {
  readonly #stage: Stage;
  readonly #actors: ReadonlyMap<string, Actor>;
  /** In the order in which they began, those who have ended left out. */
  readonly #begun: Actor[] = [];
  /** Steps that could not be taken, because another transaction had to end first. */
  #due: string[] = [];
  readonly #outside: string[] = [];

  constructor({ transactions }: Scenario, stage: Stage) {
    this.#stage = stage;
    this.#actors = new Map(Object.keys(transactions).map((name) => [name, new Actor()]));
  }

  async step(name: string): Promise<void> {
    const actor = this.#actors.get(name)!;
    if (!actor.hasBegun) {
      actor.begin((gate) => this.#stage.play(name, gate));
      this.#begun.push(actor);
    }
    if (this.#stage.oneAtATime && actor !== this.#begun[0]) {
      // It must not even have arrived at its first statement, and readers are not kept waiting by it.
      await this.look();
      if (actor.isAtGate) throw new Error(`${name} goes on beside the transaction that has begun before it.`);
      this.#due.push(name);
      return;
    }
    await actor.goOn();
    await this.look();
    if (!actor.hasEnded) return;
    this.#begun.splice(this.#begun.indexOf(actor), 1);
    for (const due of this.#due.splice(0)) await this.step(due);
  }

  /** Reads all rows, and notes them if they have changed. */
  async look(): Promise<void> {
    const rows = await this.#stage.db
      .prepare("SELECT id, value FROM test ORDER BY id")
      .raw<[number, number]>();
    const state = shownRows(rows);
    if (state !== this.#outside.at(-1)) this.#outside.push(state);
  }

  async end(): Promise<Observations> {
    if (this.#begun.length > 0) throw new Error("The schedule ends before the transactions do.");
    const observations: Observations = { outside: this.#outside };
    for (const [name, actor] of this.#actors) observations[name] = await actor.observed;
    return observations;
  }
}

/** A transaction that is being played, step by step. */
class Actor {
  #observed: Promise<string[]> | undefined;
  #hasEnded = false;
  #arrival = Promise.withResolvers<void>();
  #open: (() => void) | undefined;

  get hasBegun(): boolean {
    return this.#observed !== undefined;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It waits for its next step. */
  get isAtGate(): boolean {
    return this.#open !== undefined;
  }

  get observed(): Promise<string[]> {
    return this.#observed!;
  }

  begin(play: (gate: Gate) => Promise<string[]>): void {
    this.#observed = play(() => this.#gate());
    const end = () => {
      this.#hasEnded = true;
      this.#arrival.resolve();
    };
    this.#observed.then(end, end);
  }

  /** Lets it take one step, as soon as it is about to; resolves when it has. */
  async goOn(): Promise<void> {
    await this.#arrival.promise;
    if (this.#hasEnded) {
      await this.#observed; // says why, if it failed
      throw new Error("The schedule has a step for a transaction that has ended.");
    }
    this.#arrival = Promise.withResolvers();
    const open = this.#open!;
    this.#open = undefined;
    open();
    await this.#arrival.promise;
  }

  #gate(): Promise<void> {
    return new Promise((open) => {
      this.#open = open;
      this.#arrival.resolve();
    });
  }
}
