import { D1Error } from "../errors.ts";
import { runBatch } from "./batch.ts";
import { PreparedStatement, type StatementExecutor } from "./prepared-statement.ts";

/** The first query goes to the primary, the later ones to wherever the session's bookmark is known. */
const firstPrimary = "first-primary";
/** As above, but the first query may go anywhere. */
const firstUnconstrained = "first-unconstrained";

/**
 * What a session knows: the constraint or bookmark that it started from, and the newest bookmark that an
 * answer has brought since.
 */
export class SessionBookmark {
  #anchor: string;
  #source: (() => string) | undefined;

  /** @param anchor A constraint or a bookmark; blank or missing: `first-unconstrained`. */
  constructor(anchor: string | null | undefined) {
    if (anchor !== undefined && anchor !== null && typeof anchor !== "string") {
      throw new D1Error(
        "D1_SESSION_ERROR",
        `invalid bookmark or constraint: withSession() takes "${firstPrimary}", "${firstUnconstrained}" or what ` +
          `getBookmark() gave, not a ${typeof anchor}`,
      );
    }
    this.#anchor = anchor?.trim() || firstUnconstrained;
  }

  /** What goes out with the next query. */
  get anchor(): string {
    return this.#anchor;
  }

  /** The bookmark, or null while there is only a constraint. */
  get bookmark(): string | null {
    this.observe(this.#source?.());
    return this.#isConstraint ? null : this.#anchor;
  }

  /** Takes the bookmark of an answer. One that is older is ignored: answers may overtake each other. */
  observe(bookmark: string | undefined): void {
    if (bookmark !== undefined && (this.#isConstraint || this.#anchor < bookmark)) this.#anchor = bookmark;
  }

  /** From now on asks the source, which is beside the data: a statement there may be committed later than it answers. */
  follow(source: () => string): void {
    this.#source = source;
  }

  get #isConstraint(): boolean {
    return this.#anchor === firstPrimary || this.#anchor === firstUnconstrained;
  }
}

/** D1's session: its statements, and a bookmark of what they have seen. */
export class DatabaseSession implements D1DatabaseSession {
  private readonly executor: StatementExecutor;
  private readonly bookmark: SessionBookmark;
  private readonly exactIntegers: boolean;

  constructor(executor: StatementExecutor, bookmark: SessionBookmark, exactIntegers: boolean) {
    this.executor = executor;
    this.bookmark = bookmark;
    this.exactIntegers = exactIntegers;
  }

  /** Makes a statement. Nothing runs before `run`, `all`, `first` or `raw`. */
  prepare(sql: string): D1PreparedStatement {
    return new PreparedStatement(this.executor, sql, this.exactIntegers);
  }

  /** Runs the statements in order, all or nothing. */
  batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    return runBatch(this.executor, statements);
  }

  /**
   * The newest state of the database that this session has seen, to start another session from; null before
   * the first answer. Bookmarks of one database compare as strings: the later state has the greater one.
   */
  getBookmark(): string | null {
    return this.bookmark.bookmark;
  }
}
