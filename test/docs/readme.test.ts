import { describe, expect, it } from "vitest";
import readme from "../../README.md?raw";
import * as limits from "../../src/limits.ts";

const limitRows = [...readme.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map(([, name, value]) => ({
  name: name!,
  value: Number(value!.replaceAll(",", "")),
}));

const limitOf = new Map<string, number>(Object.entries(limits));

describe("README", () => {
  it.each(limitRows)("tells the value that $name has", ({ name, value }) => {
    expect(value).toBe(limitOf.get(name));
  });

  it("has a table of limits", () => {
    expect(limitRows.length).toBeGreaterThan(10);
  });
});
