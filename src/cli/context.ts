import type { BackupApi } from "./backup-api.ts";
import type { Output, Terminal } from "./output.ts";

/** What every command works with. */
export interface Context {
  api: BackupApi;
  output: Output;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
  stdin: NodeJS.ReadStream;
  stderr: Terminal;
}
