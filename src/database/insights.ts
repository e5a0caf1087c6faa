import type { StatementInsight } from "../admin-protocol.ts";
import {
  maxInsightCharacters,
  maxInsightHours,
  maxInsightStatements,
  maxInsightTextBytes,
} from "../limits.ts";

const hourLengthMs = 3_600_000;

/** What the insights are told of a statement. */
export interface CountedStatement {
  readonly sql: string;
  readonly writes: boolean;
}

/** What the insights are told of its run. */
export interface CountedRun {
  readonly durationMs: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsReturned: number;
}

/** Time, as the insights read it. */
export interface InsightsClock {
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  /** What the runs are measured with. In workerd it is the one on the wall, and goes back when that is set back. */
  monotonicMs(): number;
}

const platformClock: InsightsClock = {
  wallClockMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** What bounds the insights. The defaults stand in limits.ts, with their reasons. */
export interface InsightsLimits {
  maxStatements?: number;
  maxTextBytes?: number;
  maxHours?: number;
}

/**
 * Counts what runs, by statement and hour, in memory: it starts empty with every life of the object.
 *
 * - A run counts once: not again when its redo log is replayed, or when it has to be repeated in a turn of its own. It
 *   counts although its transaction is rolled back later, because the work was done.
 * - A run that SQLite ends with an error counts too, as it does on D1: with its time, and with no rows. What does not
 *   compile, or is refused before, has not run.
 * - What the database runs for itself (EXPLAIN, counters, the row that it reads back) does not count.
 * - Of an import, neither do the INSERTs that differ in their values only: they run in groups, and are not statements of
 *   an application.
 * - Times are as good as the platform's clock, which shows whole milliseconds locally, and in production moves with I/O
 *   only.
 *
 * Memory is bounded by forgetting texts, never numbers: past the limits the statements of the oldest hour are added to
 * the nameless rest of that hour, and within the current hour the cheaper half. So sums stay exact, and what costs
 * most keeps its name, whatever passes by.
 */
export class Insights {
  readonly #clock: InsightsClock;
  readonly #maxStatements: number;
  readonly #maxTextBytes: number;
  readonly #maxHours: number;
  /** The oldest first; the last one is the current. */
  readonly #hours: Hour[] = [];
  #current: Map<string, Counter>;
  /** Both on the clock that measures the runs, so that a run costs no other look at a clock. */
  #currentStartsAt: number;
  #currentEndsAt: number;
  /** Counters of the current hour. The compiler keeps the statements, and this forgets those that it has dropped. */
  #long = new WeakMap<CountedStatement, Counter>();
  #statements = 0;
  #textBytes = 0;

  constructor(
    {
      maxStatements = maxInsightStatements,
      maxTextBytes = maxInsightTextBytes,
      maxHours = maxInsightHours,
    }: InsightsLimits = {},
    clock: InsightsClock = platformClock,
  ) {
    this.#clock = clock;
    this.#maxStatements = maxStatements;
    this.#maxTextBytes = maxTextBytes;
    this.#maxHours = maxHours;
    // The first run starts the first hour: a clock means little while the object's class is being set up.
    this.#current = new Map();
    this.#currentStartsAt = Number.NEGATIVE_INFINITY;
    this.#currentEndsAt = Number.NEGATIVE_INFINITY;
  }

  /** Names that are kept now, over all hours. */
  get statements(): number {
    return this.#statements;
  }

  /** Bytes of their texts, at two for each character, which is the most that it takes. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** @param endedAt When the run ended, on the clock that has measured its duration. */
  count(statement: CountedStatement, endedAt: number, run: CountedRun): void {
    if (endedAt >= this.#currentEndsAt || endedAt < this.#currentStartsAt) this.#startHour();
    const { sql } = statement;
    const counter =
      sql.length > maxInsightCharacters
        ? this.#counterOfLong(statement)
        : (this.#current.get(sql) ?? this.#add(sql, statement));
    counter.count++;
    counter.durationMs += run.durationMs;
    counter.rowsRead += run.rowsRead;
    counter.rowsWritten += run.rowsWritten;
    counter.rowsReturned += run.rowsReturned;
  }

  /** The hours that have a part in the time from `fromMs` to `toMs`, both in milliseconds since 1970. */
  between(fromMs: number, toMs: number): StatementInsight[] {
    return this.#hours
      .filter(({ startMs }) => startMs + hourLengthMs > fromMs && startMs <= toMs)
      .flatMap((hour) => hour.insights());
  }

  /** By the statement itself where it has run before: to look its text up means to read 2,000 characters each time. */
  #counterOfLong(statement: CountedStatement): Counter {
    const known = this.#long.get(statement);
    if (known !== undefined) return known;
    const text = statement.sql.slice(0, maxInsightCharacters);
    const counter = this.#current.get(text) ?? this.#add(text, statement);
    this.#long.set(statement, counter);
    return counter;
  }

  #add(text: string, { sql, writes }: CountedStatement): Counter {
    const bytes = 2 * text.length;
    while (this.#statements >= this.#maxStatements || this.#textBytes + bytes > this.#maxTextBytes) {
      if (!this.#forget()) return this.#hours.at(-1)!.rest(writes);
    }
    // A copy: a part of a string keeps all of it in memory, be it a script of 10 MB.
    const copy = structuredClone(text);
    const counter = new Counter(copy.length < sql.length ? `${copy}...` : copy, writes);
    this.#current.set(copy, counter);
    this.#statements++;
    this.#textBytes += bytes;
    return counter;
  }

  /** Forgets the names of which fewest will miss any. False: there is none. */
  #forget(): boolean {
    const hour = this.#hours.find(({ statements }) => statements.size > 0);
    if (hour === undefined) return false;
    this.#long = new WeakMap();
    const isCurrent = hour.statements === this.#current;
    for (const text of isCurrent ? hour.cheaperHalf() : [...hour.statements.keys()]) {
      hour.forget(text);
      this.#statements--;
      this.#textBytes -= 2 * text.length;
    }
    return true;
  }

  #startHour(): void {
    const nowMs = this.#clock.wallClockMs();
    const startMs = nowMs - (nowMs % hourLengthMs);
    this.#currentStartsAt = this.#clock.monotonicMs() - (nowMs - startMs);
    this.#currentEndsAt = this.#currentStartsAt + hourLengthMs;
    // The two clocks drift, and the one on the wall may be set back: hours are never counted twice.
    const same = this.#hours.find((hour) => hour.startMs === startMs);
    const hour = same ?? new Hour(startMs);
    if (same !== undefined) this.#hours.splice(this.#hours.indexOf(same), 1);
    this.#hours.push(hour);
    this.#current = hour.statements;
    this.#long = new WeakMap();
    while (this.#hours.length > this.#maxHours) this.#drop(this.#hours.shift()!);
  }

  #drop({ statements }: Hour): void {
    this.#statements -= statements.size;
    for (const text of statements.keys()) this.#textBytes -= 2 * text.length;
  }
}

/** What ran in one hour. */
class Hour {
  readonly statements = new Map<string, Counter>();
  readonly #restOfReads = new Counter("", false);
  readonly #restOfWrites = new Counter("", true);

  constructor(readonly startMs: number) {}

  /** Where the statements count whose text is no longer known. */
  rest(writes: boolean): Counter {
    return writes ? this.#restOfWrites : this.#restOfReads;
  }

  forget(text: string): void {
    const counter = this.statements.get(text)!;
    this.rest(counter.writes).add(counter);
    this.statements.delete(text);
  }

  /** At least one, as long as there is one. */
  cheaperHalf(): string[] {
    const byCost = [...this.statements].sort(([, a], [, b]) => a.compareCost(b));
    return byCost.slice(0, Math.ceil(byCost.length / 2)).map(([text]) => text);
  }

  insights(): StatementInsight[] {
    return [...this.statements.values(), this.#restOfReads, this.#restOfWrites]
      .filter(({ count }) => count > 0)
      .map((counter) => counter.insight(this.startMs));
  }
}

class Counter {
  count = 0;
  durationMs = 0;
  rowsRead = 0;
  rowsWritten = 0;
  rowsReturned = 0;

  constructor(
    readonly query: string,
    readonly writes: boolean,
  ) {}

  add(other: Counter): void {
    this.count += other.count;
    this.durationMs += other.durationMs;
    this.rowsRead += other.rowsRead;
    this.rowsWritten += other.rowsWritten;
    this.rowsReturned += other.rowsReturned;
  }

  /** By time, and where the clock stands still between two events, by rows and runs. */
  compareCost(other: Counter): number {
    return (
      this.durationMs - other.durationMs ||
      this.rowsRead + this.rowsWritten - (other.rowsRead + other.rowsWritten) ||
      this.count - other.count
    );
  }

  insight(hourMs: number): StatementInsight {
    const { query, count, durationMs, rowsRead, rowsWritten, rowsReturned, writes } = this;
    return { query, hourMs, count, durationMs, rowsRead, rowsWritten, rowsReturned, writes };
  }
}
