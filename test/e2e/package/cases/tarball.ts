import { checkPackage, createPackageFromTarballData, Package } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, it } from "vitest";
import type { Installed } from "../installed.ts";

/** Bytes of the file that npm makes. */
const maxTarballBytes = 200_000;

/** What TypeScript resolves for who imports. It is ESM only: not for `require()`, nor for TypeScript's resolution of before 2022. */
const resolutions = ["node16-esm", "bundler"];

/** What is wrong with the types of a package. */
async function typeProblems(pkg: Package): Promise<string[]> {
  const result = await checkPackage(pkg);
  if (result.types === false) return ["There are no types."];
  return result.problems
    .filter((problem) => !("resolutionKind" in problem) || resolutions.includes(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}

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

  it("has no fault that publint finds", async () => {
    const tarball = new Uint8Array(installed().packed.bytes).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("has types for whoever imports it", async () => {
    const pkg = createPackageFromTarballData(new Uint8Array(installed().packed.bytes));
    expect(await typeProblems(pkg)).toEqual([]);
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
