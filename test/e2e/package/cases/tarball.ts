import { createPackageFromTarballData, Package } from "@arethetypeswrong/core";
import { expect, it } from "vitest";
import { packageProblems, resolutions, typeProblems } from "../../../../scripts/lib/package-problems.mjs";
import type { Installed } from "../installed.ts";

/** Bytes of the file that npm makes. */
const maxTarballBytes = 200_000;

export function tarballCases(installed: () => Installed): void {
  it(`is smaller than ${maxTarballBytes} bytes`, () => {
    const { bytes, files } = installed().packed;
    console.info(`npm pack: ${bytes.length} bytes in ${files.length} files`);
    expect(bytes.length).toBeLessThan(maxTarballBytes);
  });

  it("has what was built, README and licence, and nothing else", () => {
    const { files } = installed().packed;
    expect(files).toContain("dist/index.js");
    expect(files.filter((path) => !path.startsWith("dist/")).sort()).toEqual([
      "LICENSE",
      "README.md",
      "package.json",
    ]);
  });

  it("has no faults that publint and Are The Types Wrong? know", async () => {
    expect(await packageProblems(installed().packed.bytes)).toEqual([]);
  });

  it("would be found to lack the types of an entry", async () => {
    const pkg = createPackageFromTarballData(new Uint8Array(installed().packed.bytes));
    const kept = pkg.listFiles().filter((path) => !path.endsWith("/testing/index.d.ts"));
    const files = Object.fromEntries(kept.map((path) => [path, pkg.readFile(path)]));
    const problems = await typeProblems(new Package(files, pkg.packageName, pkg.packageVersion));
    expect(problems).toHaveLength(resolutions.length);
    expect(problems.join()).toContain("./testing");
  });
}
