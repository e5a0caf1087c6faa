import type { Concept } from "./conformance-case.ts";

/** Every file of cases, by its name without the extension. A new file is found by being there. */
export const concepts: ReadonlyMap<string, Concept> = new Map(
  Object.entries(import.meta.glob<{ default: Concept }>("./cases/*.ts", { eager: true }))
    .map(([path, module]): [string, Concept] => [/(\w[\w-]*)\.ts$/.exec(path)![1]!, module.default])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);
