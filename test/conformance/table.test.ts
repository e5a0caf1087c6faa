import { describe, expect, it } from "vitest";
import differencesPage from "../../docs/d1-differences.md?raw";
import readme from "../../README.md?raw";
import { concepts } from "./concepts.ts";
import { backendNames } from "./conformance-case.ts";
import { conformancePage, totalRow } from "./table.ts";

const cases = [...concepts.values()].flatMap((concept) => concept.cases);
const differences = cases.flatMap(({ differs = [] }) => differs);

describe("the cases", () => {
  it("are many, and each says something of its own", () => {
    const behaviours = cases.map(({ behaviour }) => behaviour);
    expect(behaviours.length).toBeGreaterThan(120);
    expect(behaviours.filter((behaviour, index) => behaviours.indexOf(behaviour) !== index)).toEqual([]);
  });

  it("declare one difference a backend at most", () => {
    for (const { behaviour, differs = [] } of cases) {
      const backends = differs.flatMap(({ on }) => on);
      expect(new Set(backends).size, behaviour).toBe(backends.length);
    }
  });
});

describe("docs/d1-differences.md", () => {
  const entries = [...differencesPage.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!);

  it("has an entry for every declared difference, and none besides", () => {
    expect(entries.toSorted()).toEqual([...new Set(differences.map(({ entry }) => entry))].toSorted());
  });

  it("gives a reason in every entry", () => {
    const texts = differencesPage
      .split(/^#{2,3} /m)
      .filter((section) => entries.includes(section.split("\n")[0]!));
    expect(texts).toHaveLength(entries.length);
    for (const text of texts) expect(text).toContain("**Why:**");
  });
});

describe("docs/conformance.md", () => {
  // `npx vitest run --project workers test/conformance/table.test.ts -u` writes the page.
  it("lists every case and where it passes", async () => {
    await expect(conformancePage()).toMatchFileSnapshot("../../docs/conformance.md");
  });
});

describe("the README's table of what works as on D1", () => {
  it("counts the cases that pass as on D1", () => {
    expect(readme.split("\n").find((line) => line.startsWith("| cases |"))).toBe(totalRow());
  });

  it("has a column for every backend", () => {
    expect(readme).toContain(`| | ${backendNames.join(" | ")} |`);
  });
});
