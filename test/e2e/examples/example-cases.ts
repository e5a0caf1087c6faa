/** What holds for each of examples/: copied into a folder of its own, with the package as npm makes it. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { blocksOf, consoleOf, runInShell } from "../docs/shell-page.ts";
import type { Installed } from "../package/installed.ts";
import { copyExample, exampleNames, examplesDir, importsOf, runDev } from "./example-project.ts";

const read = (...path: string[]) => readFileSync(join(examplesDir, ...path), "utf8");

/** All suites in one process, each with the configuration of its example. */
const allSuites = `import { defineConfig } from "vitest/config";
import { unmappedLibraries } from ${JSON.stringify(new URL("../../support/unmapped-libraries.ts", import.meta.url).pathname)};

const projects = ${JSON.stringify(exampleNames)}.map((name) => ({
  extends: \`./\${name}/vitest.config.ts\`,
  root: \`./\${name}\`,
  plugins: [unmappedLibraries()],
}));
export default defineConfig({ test: { projects } });
`;

const { name: ourName, version: ourVersion, dependencies: ours, devDependencies: ourTools } = packageJson;

/** What a user depends on, in the versions with which these tests run. Newer tools may want a newer Node. */
const versions: Record<string, string> = {
  ...ours,
  ...ourTools,
  "drizzle-orm": `^${ourTools["drizzle-orm"]}`,
  [ourName]: `file:../../${ourName}-${ourVersion}.tgz`,
};

export function exampleCases(installed: () => Installed): void {
  const folderOf = (name: string) => join(installed().project.folder, "examples", name);

  beforeAll(() => {
    const { project } = installed();
    mkdirSync(join(project.folder, "examples"));
    for (const name of exampleNames) copyExample(name, folderOf(name));
    project.link("drizzle-orm", "typescript", "wrangler", ".bin/wrangler");
    writeFileSync(join(project.folder, "examples", "vitest.config.mjs"), allSuites);
  });

  it("pass their own tests", async () => {
    const { project } = installed();
    const report = join(project.folder, "examples", "report.json");
    const args = [
      "run",
      "--root=examples",
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${report}`,
    ];
    const { exitCode, output } = await project.run("node_modules/vitest/vitest.mjs", ...args);
    expect(exitCode, output).toBe(0);
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      testResults: { name: string; assertionResults: { status: string }[] }[];
    };
    for (const name of exampleNames) {
      const results = testResults.filter((file) => file.name.startsWith(`${folderOf(name)}/`));
      const statuses = new Set(results.flatMap((file) => file.assertionResults.map(({ status }) => status)));
      expect([...statuses], name).toEqual(["passed"]);
    }
  });

  it.each(exampleNames)("%s: npm run dev starts it, and it answers as its page shows", async (name) => {
    const page = read(name, "README.md");
    const [start, ...variables] = blocksOf(page, "sh");
    expect(start).toBe("npm install && npm run dev\n");
    const commands = consoleOf(page);
    expect(commands.length).toBeGreaterThan(4);

    const { url, stop } = await runDev(folderOf(name));
    try {
      for (const { command, output } of commands) {
        const script = [...variables, command].join("").replaceAll("http://127.0.0.1:8787", url);
        expect((await runInShell(script, folderOf(name), {})).trim(), command).toBe(output);
      }
    } finally {
      await stop();
    }
  });

  it.each(exampleNames)("%s: the compiler finds no error", async (name) => {
    const { project } = installed();
    const compiler = "node_modules/typescript/bin/tsc";
    expect(await project.run(compiler, "-p", `examples/${name}`)).toEqual({ exitCode: 0, output: "" });
  });

  it.each(exampleNames)("%s: depends on what it imports, in versions that are tested", (name) => {
    const manifest = JSON.parse(read(name, "package.json")) as Record<string, Record<string, string>>;
    const dependencies = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(importsOf(name)));
    for (const [dependency, version] of Object.entries(dependencies)) {
      // drizzle-kit has written the migrations, and runs nowhere here.
      if (dependency !== "drizzle-kit") expect(version, dependency).toBe(versions[dependency]);
    }
    expect(manifest.scripts).toMatchObject({ test: "vitest run", check: "tsc" });
  });

  it("are named to whoever starts one that does not exist", async () => {
    const script = join(examplesDir, "..", "scripts", "example.mjs");
    const { exitCode, output } = await installed().project.run(script, "supermarket");
    const names = exampleNames.join(", or ");
    expect(output).toBe(`There is no example supermarket. Write: npm run example -- ${names}\n`);
    expect(exitCode).toBe(2);
  });

  it("are all on the page of the examples, and start in the same way", () => {
    const page = read("README.md");
    for (const name of exampleNames) {
      expect(page).toContain(`[${name}](${name}/README.md)`);
      expect(read(name, "dev.mjs"), name).toBe(read(exampleNames[0]!, "dev.mjs"));
    }
  });
}
