import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectDir } from "../../../scripts/lib/dev-server.mjs";

/** What a program has printed, and how it has ended. */
export interface Outcome {
  exitCode: number;
  output: string;
}

/** A project of a user, in a folder of its own, that has installed the package. */
export class ScratchProject {
  /** @param folder Does not exist yet. */
  constructor(readonly folder: string) {
    mkdirSync(folder);
    this.write("package.json", JSON.stringify({ name: "bank", private: true, type: "module" }));
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Installs the package from its file, and what it depends on from the registry. */
  async install(tarball: string): Promise<void> {
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", tarball];
    await promisify(execFile)("npm", args, { cwd: this.folder });
  }

  /** Has the packages of this repository in place of an install of them: tools of a user, and optional peers. */
  link(...packages: string[]): void {
    for (const name of packages) {
      const path = join(this.folder, "node_modules", name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(join(projectDir, "node_modules", name), path);
    }
  }

  /**
   * Runs a program of Node in the folder.
   *
   * @param program Its path, from the folder.
   */
  async run(program: string, ...args: string[]): Promise<Outcome> {
    const env = {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(this.folder, "logs"),
      CI: "1",
      NO_COLOR: "1",
    };
    const options = { cwd: this.folder, env, timeout: 120_000, maxBuffer: 10_000_000 };
    return promisify(execFile)(process.execPath, [program, ...args], options).then(
      ({ stdout, stderr }) => ({ exitCode: 0, output: `${stdout}${stderr}` }),
      (error: { code?: unknown; stdout: string; stderr: string }) => {
        if (typeof error.code !== "number") throw error;
        return { exitCode: error.code, output: `${error.stdout}${error.stderr}` };
      },
    );
  }
}
