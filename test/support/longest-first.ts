import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** What takes longest, most of it in waiting for other processes: last of all, one of them would run alone. */
const longest = [
  "test/e2e/package/package.test.ts",
  "test/e2e/crash.test.ts",
  "test/e2e/wrangler/wrangler.test.ts",
  "test/e2e/cli/cli.test.ts",
  "test/e2e/docs/moving.test.ts",
];

/** Vitest knows how long a file takes only where it has run before: not in CI. */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((path) => moduleId.endsWith(`/${path}`));
      return place === -1 ? longest.length : place;
    };
    return (await super.sort(specifications)).toSorted((a, b) => rank(a) - rank(b));
  }
}
