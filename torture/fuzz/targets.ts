import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../scripts/lib/dev-server.mjs";

/** A file of property tests. */
export interface FuzzTarget {
  file: string;
  /** How many properties it has: each may take the whole of its time. */
  properties: number;
}

/** Every file that has its runs from test/support/fuzz.ts. */
export function fuzzTargets(): FuzzTarget[] {
  return readdirSync(join(projectDir, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
    .map((path) => ({
      file: `test/${path}`,
      properties: readFileSync(join(projectDir, "test", path), "utf8").split("= fuzzParameters(").length - 1,
    }))
    .filter(({ properties }) => properties > 0)
    .sort((left, right) => left.file.localeCompare(right.file));
}
