import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { CliError, UsageError } from "../failure.ts";

/** A project that `wrangler dev` runs. */
export interface WranglerProject {
  configPath: string;
  /** What `wrangler dev --persist-to` takes. */
  stateDir: string;
  /** The command of the project's own wrangler, to be run by Node. */
  wranglerBin: string;
  /** The module of the same. */
  wranglerModule: string;
}

/** In the order in which wrangler looks for them. */
const configNames = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/**
 * Finds the project in a folder or one of those above it, as wrangler does.
 *
 * @param config As `wrangler dev --config`.
 * @param persistTo As `wrangler dev --persist-to`.
 * @throws UsageError where there is none; CliError if it has no wrangler.
 */
export function findProject(
  cwd: string,
  config: string | undefined,
  persistTo: string | undefined,
): WranglerProject {
  const configPath = config === undefined ? findConfig(cwd) : resolve(cwd, config);
  if (configPath === undefined) {
    throw new UsageError(
      `--local is for the folder of a wrangler project, and ${cwd} is none: there is no ${configNames.at(-1)}. --config says where it is.`,
    );
  }
  if (!existsSync(configPath)) throw new UsageError(`There is no ${configPath}.`);
  return {
    configPath,
    stateDir:
      persistTo === undefined ? join(dirname(configPath), ".wrangler", "state") : resolve(cwd, persistTo),
    ...findWrangler(configPath),
  };
}

function findConfig(cwd: string): string | undefined {
  for (const name of configNames) {
    for (let dir = resolve(cwd); ; dir = dirname(dir)) {
      const path = join(dir, name);
      if (existsSync(path)) return path;
      if (dir === dirname(dir)) break;
    }
  }
  return undefined;
}

function findWrangler(configPath: string): Pick<WranglerProject, "wranglerBin" | "wranglerModule"> {
  const require = createRequire(configPath);
  try {
    const wranglerBin = join(dirname(require.resolve("wrangler/package.json")), "bin", "wrangler.js");
    return { wranglerBin, wranglerModule: require.resolve("wrangler") };
  } catch (error) {
    throw new CliError(
      `--local runs the project with its own wrangler, and ${dirname(configPath)} has none: npm install --save-dev wrangler`,
      { cause: error },
    );
  }
}
