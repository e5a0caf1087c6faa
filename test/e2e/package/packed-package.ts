import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "tsdown";

export const projectDir = fileURLToPath(new URL("../../..", import.meta.url));

/** What `npm pack` makes. */
export interface PackedPackage {
  /** The path of the file. */
  tarball: string;
  /** The bytes of the file. */
  bytes: Uint8Array;
  /** The paths of the files in it. */
  files: string[];
}

/** Builds the package and packs it, in a folder of its own: what is in dist stays as it is. */
export async function packPackage(folder: string): Promise<PackedPackage> {
  const stage = join(folder, "stage");
  mkdirSync(stage);
  await build({ cwd: projectDir, outDir: join(stage, "dist"), logLevel: "error" });
  for (const file of ["package.json", "README.md", "LICENSE"]) {
    copyFileSync(join(projectDir, file), join(stage, file));
  }
  // Without its script, which is the build that is done.
  const args = ["pack", "--ignore-scripts", "--json", "--loglevel=error", `--pack-destination=${folder}`];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: stage });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(folder, packed.filename);
  return { tarball, bytes: readFileSync(tarball), files: packed.files.map(({ path }) => path) };
}
