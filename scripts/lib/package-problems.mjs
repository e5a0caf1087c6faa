/** What is wrong with the package as npm makes it, for those who install it. */

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** What TypeScript resolves for who imports. It is ESM only: not for `require()`, nor for TypeScript's resolution of before 2022. */
export const resolutions = ["node16-esm", "bundler"];

/**
 * What publint and Are The Types Wrong? find.
 *
 * @param {Uint8Array} tarball The bytes of the file.
 * @returns {Promise<string[]>}
 */
export async function packageProblems(tarball) {
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(tarball).buffer },
    strict: true,
  });
  const faults = messages.map((message) => formatMessage(message, pkg) ?? message.code);
  return [...faults, ...(await typeProblems(createPackageFromTarballData(new Uint8Array(tarball))))];
}

/**
 * @param {import("@arethetypeswrong/core").Package} pkg
 * @returns {Promise<string[]>}
 */
export async function typeProblems(pkg) {
  const result = await checkPackage(pkg);
  if (result.types === false) return ["There are no types."];
  return result.problems
    .filter((problem) => !("resolutionKind" in problem) || resolutions.includes(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}
