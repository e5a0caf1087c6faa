import { tokens } from "../../src/d1/sql-tokens.ts";
import { bareObject, inBareObject } from "../runtime-contract/bare-object.ts";
import { stateOf } from "../support/transfers.ts";

export type Rows = Record<string, string[]>;

/** Blanks behind the last token. A BOM behind a name belongs to it, behind a blank it is one. */
const blanks = /(?:[; \t\n\f\r]|(?<=[; \t\n\v\f\r\ufeff])[\v\ufeff])+$/;

/** A text without the blanks, comments and semicolons behind its last token. */
function withoutTail(text: string): string {
  let end = 0;
  for (const token of tokens(text)) {
    if (token.kind !== "space" && token.kind !== "semicolon") end = token.end;
  }
  return text.slice(0, end);
}

let runs = 0;

/** The database, with a schema's text without what stands behind it, which SQLite keeps. */
export function rowsOf({ storage }: DurableObjectState): Rows {
  const { schema, ...rows } = stateOf(storage.sql);
  return { ...rows, schema: schema!.map(trimmed) };
}

/** An entry of the schema: a name, and the text that made it. */
function trimmed(entry: string): string {
  const start = Math.max(0, entry.indexOf(": CREATE ")) + 2;
  return entry.slice(0, start) + withoutTail(entry.slice(start));
}

/** What SQLite itself makes of scripts, as the runtime gives it: nothing of this project is in between. */
export class NativeDatabase {
  readonly #schema: string;
  #stub: DurableObjectStub | undefined;

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** What stands behind the last semicolon the runtime takes for one more statement: it is left away where it must. */
  async outcomeOf(script: string): Promise<Rows | undefined> {
    for (const text of new Set([script, script.replace(blanks, ""), withoutTail(script)])) {
      const rows = await this.#run(text);
      if (rows !== undefined) return rows;
    }
    return undefined;
  }

  /** The next run has an object of its own: a script that has failed can leave a statement of it in progress. */
  async startAnew(): Promise<void> {
    this.#stub = bareObject();
    await inBareObject(({ storage }) => void storage.sql.exec(this.#schema).toArray(), this.#stub);
  }

  async #run(script: string): Promise<Rows | undefined> {
    if (this.#stub === undefined) await this.startAnew();
    try {
      return await inBareObject((state) => undone(state, script), this.#stub);
    } catch {
      await this.startAnew();
      return undefined;
    }
  }
}

async function undone(state: DurableObjectState, script: string): Promise<Rows | undefined> {
  let rows: Rows | undefined;
  await state.storage.transaction(async (physical) => {
    try {
      // A text of its own: the runtime keeps it compiled, and a SELECT in its middle busy.
      state.storage.sql.exec(`/* ${runs++} */ ${script}`).toArray();
      rows = rowsOf(state);
    } catch {}
    physical.rollback();
  });
  state.storage.sql.exec("SELECT 1 FROM sqlite_schema LIMIT 0").toArray();
  return rows;
}
