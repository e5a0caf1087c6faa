/** The last part of `npm run check`: builds and packs the package, and tells what is wrong with it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packPackage } from "./lib/pack-package.mjs";
import { packageProblems } from "./lib/package-problems.mjs";

const folder = await mkdtemp(join(tmpdir(), "d1-procedures-package-"));
try {
  const { bytes } = await packPackage(folder);
  const problems = await packageProblems(bytes);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
