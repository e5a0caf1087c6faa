import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The real wrangler. */
export class Wrangler {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(directory: string, apiBaseUrl: string, token: string) {
    this.#directory = join(directory, "wrangler");
    this.#env = {
      ...process.env,
      CLOUDFLARE_API_BASE_URL: apiBaseUrl,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: "local",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(directory, "logs"),
      // wrangler holds a local export in memory, several times over.
      NODE_OPTIONS: "--max-old-space-size=8192",
      CI: "1",
    };
  }

  /** A wrangler.toml with the local databases to compare with. */
  async prepare(): Promise<void> {
    await mkdir(this.#directory);
    const databases = ["small-local", "large-local"].map(
      (name) =>
        `[[d1_databases]]\nbinding = "${name.replace("-", "_")}"\ndatabase_name = "${name}"\ndatabase_id = "${name}"\n`,
    );
    await writeFile(
      join(this.#directory, "wrangler.toml"),
      `name = "bench"\ncompatibility_date = "2026-04-24"\n${databases.join("")}`,
    );
  }

  async run(...args: string[]): Promise<void> {
    const require = createRequire(import.meta.url);
    const bin = join(dirname(require.resolve("wrangler/package.json")), "bin", "wrangler.js");
    const options = { cwd: this.#directory, env: this.#env, timeout: 600_000, maxBuffer: 64_000_000 };
    await promisify(execFile)(process.execPath, [bin, "d1", ...args], options);
  }
}
