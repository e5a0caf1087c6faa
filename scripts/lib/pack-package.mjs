import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsdown";
import { projectDir } from "./dev-server.mjs";

/**
 * What `npm pack` makes.
 *
 * @typedef {object} PackedPackage
 * @property {string} tarball The path of the file.
 * @property {Uint8Array} bytes The bytes of the file.
 * @property {string[]} files The paths of the files in it.
 */

/**
 * Builds the package and packs it, in a folder of its own: what is in dist stays as it is.
 *
 * @param {string} folder
 * @returns {Promise<PackedPackage>}
 */
export async function packPackage(folder) {
  const stage = join(folder, "stage");
  mkdirSync(stage);
  await build({ cwd: projectDir, outDir: join(stage, "dist"), logLevel: "error" });
  for (const file of ["package.json", "README.md", "LICENSE"]) {
    copyFileSync(join(projectDir, file), join(stage, file));
  }
  // Without its script, which is the build that is done.
  const args = ["pack", "--ignore-scripts", "--json", "--loglevel=error", `--pack-destination=${folder}`];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: stage });
  const [packed] = /** @type {[{ filename: string, files: { path: string }[] }]} */ (JSON.parse(stdout));
  const tarball = join(folder, packed.filename);
  return { tarball, bytes: readFileSync(tarball), files: packed.files.map(({ path }) => path) };
}
