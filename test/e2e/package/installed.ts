import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { projectDir } from "../../../scripts/lib/dev-server.mjs";
import { type PackedPackage, packPackage } from "../../../scripts/lib/pack-package.mjs";
import { blocksOf } from "../docs/shell-page.ts";
import { ScratchProject } from "./scratch-project.ts";

const readme = readFileSync(join(projectDir, "README.md"), "utf8");

/** What README.md says of a Worker of one's own. */
export const chapter = readme.slice(readme.indexOf("\n## Your own procedures"));

/** The package, and a project that has installed it and is the Worker of README.md. */
export interface Installed {
  packed: PackedPackage;
  project: ScratchProject;
}

/** Packs and installs the package for the tests of the calling file. */
export function useInstalledPackage(): () => Installed {
  const folder = mkdtempSync(join(tmpdir(), "d1-procedures-package-"));
  let installed: Installed | undefined;

  beforeAll(async () => {
    const packed = await packPackage(folder);
    const project = new ScratchProject(join(folder, "bank"));
    await project.install(packed.tarball);
    project.link("@cloudflare/vitest-pool-workers", "@cloudflare/workers-types", "kysely", "vitest");
    project.write("src/index.ts", blocksOf(chapter, "ts")[0]!);
    project.write("wrangler.toml", blocksOf(chapter, "toml")[0]!);
    installed = { packed, project };
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return () => installed!;
}
