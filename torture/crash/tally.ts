import type { LifeCounts } from "./branch.ts";
import { Backups } from "./operators/backups.ts";
import { Exporter } from "./operators/exporter.ts";
import { Importer } from "./operators/importer.ts";
import { Restorer } from "./operators/restorer.ts";
import type { Life } from "./schedule.ts";
import type { PhaseReport } from "./worker/phases.ts";

/** Counts what a campaign has tried. */
export class Tally {
  readonly cases: Record<string, number> = {};

  count(what: string, times: number): void {
    this.cases[what] = (this.cases[what] ?? 0) + times;
  }

  /** Where the server was when it was killed, as it has told itself just before. */
  kill({ aims }: Life, { reached, inside }: PhaseReport): void {
    this.count("aimed kills", aims.length > 0 ? 1 : 0);
    this.count("aims", aims.length);
    this.count("aims hit", reached.length);
    for (const { phase } of reached) this.count(`kills in ${phase}`, 1);
    for (const [what, count] of Object.entries(inside))
      this.count(`kills with a transaction ${what}`, count > 0 ? 1 : 0);
  }

  life(branches: readonly LifeCounts[]): void {
    const sum = (part: keyof LifeCounts) => branches.reduce((total, counts) => total + counts[part], 0);
    this.count("calls acknowledged", sum("acknowledged"));
    this.count("calls refused", sum("refused"));
    this.count("calls unknown", sum("unknown"));
    this.count("unknown calls that were committed", sum("unknownButDone"));
    this.count("kills between a commit and its answers", sum("unknownButDone") > 0 ? 1 : 0);
  }

  operator(operator: Importer | Exporter | Backups | Restorer | undefined): void {
    if (operator instanceof Importer) {
      this.count("imports", operator.told.length);
      this.count("imports cut off and repeated", operator.repeated);
    }
    if (operator instanceof Exporter) this.count("exports read", operator.complete);
    if (operator instanceof Backups) this.count("backups read", operator.complete);
    if (operator instanceof Restorer) this.count("restores", operator.done.length);
  }
}
