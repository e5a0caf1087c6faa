import type { Measurement } from "../harness/measure.ts";
import type { PartResult } from "../harness/results.ts";
import type { Session } from "../harness/session.ts";
import type { Settings } from "../harness/settings.ts";

/** A part of the bench: `npm run bench -- <name>`. */
export interface Part {
  name: string;
  title: string;
  /** What is done, for the report. */
  about: string;
  /** Load on contenders, as data. */
  measurements?: (settings: Settings) => Measurement[];
  /** What is no such load: fills `values`, or whatever else. */
  run?: (context: PartContext) => Promise<void>;
}

export interface PartContext {
  session: Session;
  settings: Settings;
  result: PartResult;
  say: (line: string) => void;
}
