import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Cluster {
  /** Where its unix socket is: it listens nowhere else. */
  socketDirectory: string;
  user: string;
  /** The directory of its programs. */
  programs: string;
  stop: () => Promise<void>;
}

/** Where Debian puts what is not in the PATH. */
const debianDirectory = "/usr/lib/postgresql";

/** The directory of PostgreSQL's programs. Undefined where it is not installed. `PG_BIN` names another one. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(debianDirectory) ? readdirSync(debianDirectory) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const candidates = [
    ...(process.env.PG_BIN === undefined ? [] : [process.env.PG_BIN]),
    ...newestFirst.map((version) => join(debianDirectory, version, "bin")),
    ...(process.env.PATH ?? "").split(":"),
  ];
  return candidates.find((directory) =>
    ["initdb", "postgres"].every((name) => existsSync(join(directory, name))),
  );
}

/**
 * A PostgreSQL of its own on a new data directory, with the defaults of initdb: durable (fsync, synchronous_commit, full_page_writes).
 * As root it runs as another user, because PostgreSQL refuses root.
 */
export async function startCluster(programs: string, parent = tmpdir()): Promise<Cluster> {
  const directory = mkdtempSync(join(parent, "d1-procedures-bench-postgres-"));
  chmodSync(directory, 0o700);
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const options = { ...owner, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: "C" } };
  try {
    const initdb = ["-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--no-instructions"];
    execFileSync(join(programs, "initdb"), initdb, { ...options, stdio: "pipe", timeout: 60_000 });
    const server = spawn(
      join(programs, "postgres"),
      ["-D", data, "-k", directory, "-c", "listen_addresses="],
      {
        ...options,
        stdio: ["ignore", "ignore", "pipe"],
        detached: true, // with the backends that it starts in its process group
      },
    );
    let output = "";
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const ended = new Promise<void>((resolve) => {
      server.once("exit", () => resolve());
      server.once("error", () => resolve());
    });
    // Miniflare ends the process on Ctrl-C by itself, before anybody could wait for a stop.
    const endAtOnce = () => {
      if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGKILL");
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    };
    process.once("exit", endAtOnce);
    const stop = async () => {
      server.kill("SIGINT"); // "fast": ends connections, writes a checkpoint
      await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
      endAtOnce();
      process.off("exit", endAtOnce);
    };
    for (let waited = 0; !existsSync(join(directory, ".s.PGSQL.5432")); waited += 50) {
      if (server.exitCode !== null || waited > 20_000) {
        await stop();
        throw new Error(`PostgreSQL did not start:\n${output}`);
      }
      await sleep(50);
    }
    return { socketDirectory: directory, user: "bench", programs, stop };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The user that Debian's package makes, or else nobody. */
function unprivilegedUser(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // There is no such user.
    }
  }
  throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.");
}
