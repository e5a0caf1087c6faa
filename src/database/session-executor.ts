import type { StatementExecutor } from "../d1/prepared-statement.ts";
import type { SessionBookmark } from "../d1/session.ts";
import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";

/** An executor inside the object, which knows the state of the database. */
export interface ProcedureExecutor extends StatementExecutor {
  readonly bookmark: string;
}

/** Inside the object there is nothing to ask for, only the bookmark to follow. */
export class SessionExecutor implements StatementExecutor {
  readonly #executor: ProcedureExecutor;
  readonly #session: SessionBookmark;

  constructor(executor: ProcedureExecutor, session: SessionBookmark) {
    this.#executor = executor;
    this.#session = session;
  }

  async query(statements: StatementMessage[]): Promise<QueryResult[]> {
    const results = await this.#executor.query(statements);
    this.#session.follow(() => this.#executor.bookmark);
    return results;
  }

  exec(script: string): Promise<ExecResult> {
    return this.#executor.exec(script);
  }

  inSession(session: SessionBookmark): StatementExecutor {
    return new SessionExecutor(this.#executor, session);
  }
}
