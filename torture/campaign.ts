/** A long search for what the tests have no time for. One seed gives the same work again, as far as it says. */
export interface Campaign {
  name: string;
  /** What it does, in one line. */
  about: string;
  /** Its options with their defaults, all of them whole numbers: `--rounds=5`. `--seed` is everybody's. */
  options: Readonly<Record<string, number>>;
  /** @returns What it has tried, and what has failed. */
  run(context: CampaignContext): Promise<CampaignReport>;
}

export interface CampaignContext {
  seed: number;
  /** Those of {@link Campaign.options}. */
  options: Readonly<Record<string, number>>;
  /** Tells whoever waits how far it is. */
  progress(line: string): void;
  /** Somebody wants it to end early. */
  signal: AbortSignal;
}

export interface CampaignReport {
  /** What was tried, and how often: `{ transactions: 10_234, kills: 6 }`. */
  cases: Record<string, number>;
  /** What is wrong, each with all that it takes to see it again. */
  failures: string[];
}
