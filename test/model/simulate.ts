import type { Run } from "./execute.ts";
import type { Block, Program, Step, Task, Write } from "./program.ts";

/** The rows, as plain values. Never changed in place. */
interface State {
  items: ReadonlyMap<number, number>;
  stamps: ReadonlyMap<number, string>;
}

/** What the run must have given, when its tasks happened one after another in the order given. */
export interface Expected {
  results: unknown[][];
  /** Every state that was committed, as readers see it. */
  committed: string[];
}

/** A failure that the model foresees. */
class Failure extends Error {}

/** Runs the programs without any database: one task after another, in the order in which they had the mutex. */
export function simulate(programs: readonly Program[], { order, made }: Run): Expected {
  const model = new Model(made);
  const results: unknown[][] = programs.map((program) => program.map(() => undefined));
  for (const name of order) {
    const [program, position] = name.split(".").map(Number) as [number, number];
    const task = programs[program]?.[position];
    if (task === undefined) throw new Error(`nobody asked for the job ${name}`);
    results[program]![position] = model.task(task);
  }
  return { results, committed: model.committed };
}

class Model {
  readonly committed: string[] = [];
  readonly #made: ReadonlyMap<Write, string>;
  #state: State = { items: new Map(), stamps: new Map() };

  constructor(made: ReadonlyMap<Write, string>) {
    this.#made = made;
    this.committed.push(shown(this.#state));
  }

  task(task: Task): unknown {
    switch (task.task) {
      case "write":
        return this.#autocommit((frame) => frame.write(task.write));
      case "batch":
        return this.#autocommit((frame) => frame.batch(task.writes));
      case "transaction":
        return this.#block(new Frame(this.#state, this.#made, (state) => this.#commit(state)), task.block);
      case "text": {
        const frame = new Frame(this.#state, this.#made, () => {});
        const results = task.steps.map((step) => orFailure(() => this.#step(frame, step)));
        if (task.end !== "ROLLBACK") this.#commit(frame.state);
        return { results };
      }
      case "read":
      case "wait":
        throw new Error(`a ${task.task} needs no mutex`);
    }
  }

  #autocommit(action: (frame: Frame) => unknown): unknown {
    const frame = new Frame(this.#state, this.#made, () => {});
    const result = orFailure(() => action(frame));
    this.#commit(frame.state);
    return result;
  }

  #commit(state: State): void {
    this.#state = state;
    this.committed.push(shown(state));
  }

  #block(frame: Frame, { steps, throws }: Block): unknown {
    const results: unknown[] = [];
    const outcome = orFailure(() => {
      for (const step of steps) results.push(this.#step(frame, step));
      if (throws) throw new Failure("thrown");
      frame.commit();
    });
    if (outcome !== undefined) frame.rollback();
    return { results, outcome: outcome ?? "returned" };
  }

  #step(frame: Frame, step: Step): unknown {
    switch (step.step) {
      case "write":
        return step.caught ? orFailure(() => frame.write(step.write)) : frame.write(step.write);
      case "batch":
        return step.caught ? orFailure(() => frame.batch(step.writes)) : frame.batch(step.writes);
      case "at once":
        return step.writes.map((write) => orFailure(() => frame.write(write)));
      case "read":
        return shown(frame.state);
      case "wait":
        return undefined;
      case "commit":
        return frame.commit();
      case "rollback":
        return frame.rollback();
      case "savepoint":
        return orFailure(() => frame.savepoint(step.verb, step.name));
      case "nested": {
        const nested = new Frame(frame.state, this.#made, () => {});
        const result = this.#block(nested, step.block);
        frame.state = nested.state;
        return result;
      }
    }
  }
}

/** A transaction, or one nested in it: the state now, the state to go back to, and named states between. */
class Frame {
  state: State;
  #base: State;
  #savepoints: { name: string; state: State }[] = [];
  readonly #made: ReadonlyMap<Write, string>;
  readonly #onCommit: (state: State) => void;

  constructor(state: State, made: ReadonlyMap<Write, string>, onCommit: (state: State) => void) {
    this.state = this.#base = state;
    this.#made = made;
    this.#onCommit = onCommit;
  }

  commit(): void {
    this.#base = this.state;
    this.#savepoints = [];
    this.#onCommit(this.state);
  }

  rollback(): void {
    this.state = this.#base;
    this.#savepoints = [];
  }

  savepoint(verb: "SAVEPOINT" | "RELEASE" | "ROLLBACK TO", name: string): void {
    if (verb === "SAVEPOINT") {
      this.#savepoints.push({ name, state: this.state });
      return;
    }
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (index === -1) throw new Failure("no such savepoint");
    if (verb === "ROLLBACK TO") this.state = this.#savepoints[index]!.state;
    this.#savepoints.length = verb === "RELEASE" ? index : index + 1;
  }

  batch(writes: readonly Write[]): number[] {
    const before = this.state;
    try {
      return writes.map((write) => this.write(write));
    } catch (error) {
      this.state = before;
      throw error;
    }
  }

  /** Gives the number of changed rows. */
  write(write: Write): number {
    const items = new Map(this.state.items);
    const stamps = new Map(this.state.stamps);
    const changes = this.#apply(write, items, stamps);
    this.state = { items, stamps };
    return changes;
  }

  #apply(write: Write, items: Map<number, number>, stamps: Map<number, string>): number {
    switch (write.write) {
      case "insert":
        // SQLite looks at CHECK constraints first.
        if (write.value < 0) throw new Failure("CHECK");
        if (items.has(write.key)) throw new Failure("UNIQUE");
        items.set(write.key, write.value);
        return 1;
      case "add": {
        const old = items.get(write.key);
        const value = old === undefined ? Math.max(write.value, 0) : old + write.value;
        if (value < 0) throw new Failure("CHECK");
        items.set(write.key, value);
        return 1;
      }
      case "delete":
        return items.delete(write.key) ? 1 : 0;
      case "clear": {
        const positive = [...items].filter(([, value]) => value > 0);
        for (const [key] of positive) items.delete(key);
        return positive.length;
      }
      case "stamp":
        if (stamps.has(write.key)) throw new Failure("UNIQUE");
        stamps.set(write.key, this.#made.get(write) ?? "nobody has seen it");
        return 1;
    }
  }
}

/** As the SELECT of execute.ts shows it. */
function shown({ items, stamps }: State): string {
  const byKey = <T>(map: ReadonlyMap<number, T>) => [...map].sort(([a], [b]) => a - b);
  return JSON.stringify([byKey(items), byKey(stamps)].map((rows) => JSON.stringify(rows))).replaceAll(
    /"\[|\]"|\\"/g,
    (match) => ({ '"[': "[", ']"': "]" })[match] ?? '"',
  );
}

function orFailure<T>(action: () => T): T | string {
  try {
    return action();
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
