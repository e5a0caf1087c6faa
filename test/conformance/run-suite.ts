import { describe, expect, it } from "vitest";
import { backends } from "./backends.ts";
import { concepts } from "./concepts.ts";
import { type BackendName, differenceOn } from "./conformance-case.ts";

/** Registers every case as a test of one backend. */
export function runSuite(name: BackendName): void {
  const run = backends[name];
  for (const { title, cases } of concepts.values()) {
    describe(`${name}: ${title}`, () => {
      for (const conformanceCase of cases) {
        const difference = differenceOn(conformanceCase, name);
        if (difference === undefined) {
          it(conformanceCase.behaviour, () => run(conformanceCase.run));
        } else {
          it(`differs on purpose where D1 ${conformanceCase.behaviour}`, async () => {
            await run(difference.run);
            // A difference that has gone must not stay declared.
            await expect(run(conformanceCase.run), "it does now what D1 does").rejects.toThrow();
          });
        }
      }
    });
  }
}
