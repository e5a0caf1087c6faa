import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import type { Installed } from "../installed.ts";
import type { Outcome } from "../scratch-project.ts";

const require = createRequire(import.meta.url);
const typescript = require.resolve("typescript/package.json");
/** A compiler of 2024, which a tool of this project brings. */
const olderTypescript = createRequire(require.resolve("@arethetypeswrong/core")).resolve(
  "typescript/package.json",
);

const bundler = { module: "ESNext", moduleResolution: "Bundler" };
const nodeNext = { module: "NodeNext", moduleResolution: "NodeNext" };

const everything = `import { BackupWorkflow, backUpDatabases, Catalog, connect, createHttpApp, defineBinding, limits, RestoreWorkflow } from "d1-procedures";
import { ProcedureDialect } from "d1-procedures/kysely";
import { callProcedure, isolateDatabase } from "d1-procedures/testing";
import { Database } from "./index.js";

export { BackupWorkflow, callProcedure, Catalog, isolateDatabase, ProcedureDialect, RestoreWorkflow };
export class DB extends defineBinding(Database) {}
export const most: number = limits.maxBoundParameters;
export const transfer = (DB: DurableObjectNamespace<Database>) => connect(DB).Procedures.Transfer(1, 2, 3);
export default { fetch: createHttpApp().fetch, scheduled: backUpDatabases };
`;

const wrong = `import { transfer } from "./everything.js";

export const answer: ReturnType<typeof transfer> = Promise.resolve({ error: undefined, balance: "30" });
`;

export function typeCases(installed: () => Installed): void {
  /** Checks the file with all that it imports. */
  function check(text: string, options: object, compiler = typescript): Promise<Outcome> {
    const { project } = installed();
    const name = crypto.randomUUID();
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "ES2022", lib: ["ES2022"] },
      ...{ types: ["@cloudflare/workers-types"], ...options },
    };
    project.write("src/everything.ts", everything);
    project.write(`src/${name}.ts`, text);
    project.write(`${name}.json`, JSON.stringify({ compilerOptions, files: [`src/${name}.ts`] }));
    return project.run(join(dirname(compiler), "bin", "tsc"), "-p", `${name}.json`);
  }

  it("know what a procedure returns, and have no other error, as a bundler resolves them", async () => {
    const { exitCode, output } = await check(wrong, bundler);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("Type 'string' is not assignable to type 'number'");
    expect(output.match(/error TS/g)).toHaveLength(1);
  });

  it("have no error as Node resolves them", async () => {
    expect(await check(everything, nodeNext)).toEqual({ exitCode: 0, output: "" });
  });

  it("are understood by a compiler of 2024", async () => {
    // Those of hono are not.
    const options = { ...bundler, skipLibCheck: true };
    expect(await check(everything, options, olderTypescript)).toEqual({ exitCode: 0, output: "" });
  });
}
