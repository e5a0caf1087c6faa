import { Random } from "../../test/histories/random.ts";
import type { Campaign } from "../campaign.ts";
import { Round } from "./round.ts";
import { planLives } from "./schedule.ts";
import { Tally } from "./tally.ts";

/** Kills in a round: each has new databases, so that a failure is seen again without all that came before it. */
const killsInRound = 10;

const aimMs = 18_000;

const maxProblemsShown = 10;

/** The Worker with its REST API, imports, exports, backups and restores, killed at whatever it does. */
export const crash: Campaign = {
  name: "crash",
  about:
    "the real runtime is killed with SIGKILL: is what was acknowledged there, once and whole, and does all go on?",
  options: { kills: 100, clients: 32 },
  async run({ seed, options, progress, signal }) {
    const { kills, clients } = options as { kills: number; clients: number };
    const tally = new Tally();
    const failures: string[] = [];
    for (let done = 0, round = 0; done < kills && !signal.aborted; done += killsInRound, round++) {
      const count = Math.min(killsInRound, kills - done);
      const repeat = `npm run torture -- crash --seed=${seed + round} --kills=${count} --clients=${clients}`;
      progress(repeat);
      const random = new Random(seed + round);
      const lives = planLives(random, count);
      const { problems } = await runRound(
        new Round({ random, lives, clients, aimMs, tally, signal, progress }),
      );
      if (problems.length > 0) {
        failures.push([repeat, ...problems.slice(0, maxProblemsShown)].join("\n"));
        progress(`FAILED: ${failures.at(-1)}`);
      }
    }
    return { cases: tally.cases, failures };
  },
};

async function runRound(round: Round): Promise<Round> {
  try {
    await round.run();
  } catch (error) {
    round.problems.push((error as Error).stack ?? String(error));
  }
  return round;
}
