import type { Readable } from "node:stream";
import type { BackupApi } from "./backup-api.ts";
import type { Output, Terminal } from "./output.ts";

/** What every command works with. */
export interface Context {
  api: BackupApi;
  output: Output;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
  /** Where somebody can be asked, if it is a terminal. */
  stdin: Readable & { isTTY?: boolean };
  stderr: Terminal;
}
