import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { postgresPrograms } from "../hosts/postgres-cluster.ts";

/** On what, and with what, is measured. */
export function machine(): Record<string, string> {
  const postgres = postgresPrograms();
  return {
    cpu: `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    system: `${type()} ${release()}`,
    disk: fileSystem(),
    node: `Node ${process.version.slice(1)}`,
    workerd: `workerd ${versionOf(import.meta.url, "workerd")}`,
    ...(postgres === undefined
      ? {}
      : {
          postgres: execFileSync(join(postgres, "postgres"), ["--version"], { encoding: "utf8" }).trim(),
        }),
    ...optional("better-sqlite3"),
    ...optional("pg"),
  };
}

function fileSystem(): string {
  try {
    return execFileSync("df", ["--output=fstype", tmpdir()], { encoding: "utf8" }).trim().split("\n").at(-1)!;
  } catch {
    return "unknown file system";
  }
}

function optional(name: string): Record<string, string> {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  if (!existsSync(file)) return {};
  return { [name]: `${name} ${JSON.parse(readFileSync(file, "utf8")).version}` };
}

function versionOf(from: string, name: string): string {
  return createRequire(from)(`${name}/package.json`).version;
}
