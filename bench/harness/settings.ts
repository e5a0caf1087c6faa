/** How long the bench takes: by the environment, and shorter with `--quick`. */
export interface Settings {
  quick: boolean;
  rounds: number;
  roundMs: number;
}

export function settingsOf(quick: boolean, env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    quick,
    rounds: positive(env, "ROUNDS", quick ? 1 : 5),
    roundMs: positive(env, "ROUND_MS", quick ? 100 : 1000),
  };
}

function positive(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const value = Number(env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} must be an integer of 1 or more, not ${env[name]}.`);
  return value;
}
