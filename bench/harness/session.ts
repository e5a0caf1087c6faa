import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Contender, contenderNamed } from "../contenders/contenders.ts";
import { HostClient, type LoadReport } from "../hosts/host.ts";
import { type Cluster, postgresPrograms, startCluster } from "../hosts/postgres-cluster.ts";
import { HttpClients, NodeHost } from "../hosts/processes.ts";
import { type Runtime, startRuntime } from "../hosts/runtime.ts";
import { workloads } from "../workloads/index.ts";
import type { Row } from "../workloads/steps.ts";
import type { Check, Scale } from "../workloads/workload.ts";
import type { Load } from "./load.ts";

/** Of the pool of each Node server. `PG_CONNECTIONS` tries another number. */
export const connections = Number(process.env.PG_CONNECTIONS ?? 16);
const benchDirectory = new URL("..", import.meta.url).pathname;

/** Says what a contender needs that is not there. */
export class NotInstalled extends Error {}

/** Starts contenders when they are asked for, and stops whatever it has started. */
export class Session {
  readonly directory: string;
  readonly #inspect: boolean;
  readonly #stops: (() => unknown)[] = [];
  readonly #hosts = new Map<string, Promise<string>>();
  #runtime: Promise<Runtime> | undefined;
  #cluster: Promise<Cluster> | undefined;
  #clients: HttpClients | undefined;

  /** @param inspect Whether the runtime listens for an inspector. */
  constructor(directory: string, { inspect = false } = {}) {
    this.directory = directory;
    this.#inspect = inspect;
  }

  /** @throws NotInstalled */
  async contender(name: string): Promise<RunningContender> {
    const contender = contenderNamed(name);
    const url = await once(this.#hosts, contender.host, () => this.#startHost(contender.host));
    return new RunningContender(contender, new HostClient(url, contender.as), () => this.#httpClients());
  }

  runtime(): Promise<Runtime> {
    this.#runtime ??= startRuntime(this.directory, { inspect: this.#inspect }).then((runtime) => {
      this.#stops.push(runtime.stop);
      return runtime;
    });
    return this.#runtime;
  }

  /** What came last, which may need what came before, ends first. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.toReversed()) await stop();
    this.#stops.length = 0;
  }

  async #startHost(host: Contender["host"]): Promise<string> {
    switch (host) {
      case "runtime":
        return (await this.runtime()).url;
      case "sqlite-full":
      case "sqlite-normal": {
        need("better-sqlite3");
        const directory = join(this.directory, host);
        mkdirSync(directory);
        const synchronous = host === "sqlite-full" ? "FULL" : "NORMAL";
        return this.#nodeHost(await NodeHost.start({ kind: "sqlite", directory, synchronous }));
      }
      case "postgres":
      case "postgres-function":
      case "postgres-serializable": {
        need("pg");
        const { socketDirectory } = await this.cluster();
        const modes = {
          postgres: "interactive",
          "postgres-function": "function",
          "postgres-serializable": "serializable",
        } as const;
        return this.#nodeHost(
          await NodeHost.start({ kind: "postgres", socketDirectory, connections, mode: modes[host] }),
        );
      }
    }
  }

  /** @throws NotInstalled */
  cluster(): Promise<Cluster> {
    const programs = postgresPrograms();
    if (programs === undefined) {
      throw new NotInstalled(
        "PostgreSQL is not installed: apt-get install postgresql, or PG_BIN=<its bin directory>.",
      );
    }
    this.#cluster ??= startCluster(programs).then((cluster) => {
      this.#stops.push(cluster.stop);
      return cluster;
    });
    return this.#cluster;
  }

  #nodeHost(host: NodeHost): string {
    this.#stops.push(() => host.stop());
    return host.url;
  }

  #httpClients(): HttpClients {
    if (this.#clients === undefined) {
      const clients = new HttpClients();
      this.#stops.push(() => clients.stop());
      this.#clients = clients;
    }
    return this.#clients;
  }
}

/** A contender that has been started. */
export class RunningContender {
  readonly contender: Contender;
  readonly host: HostClient;
  readonly #clients: () => HttpClients;

  constructor(contender: Contender, host: HostClient, clients: () => HttpClients) {
    this.contender = contender;
    this.host = host;
    this.#clients = clients;
  }

  /** Makes the tables of a workload anew. */
  async prepare(database: string, workload: string, scale: Scale): Promise<void> {
    for (const statement of workloads[workload]!.prepare(scale)) await this.host.query(database, statement);
    if (this.contender.host !== "runtime") {
      await this.host.ask("prepared", database, { workload }, 120_000);
    }
  }

  load(database: string, load: Load): Promise<LoadReport> {
    if (this.contender.load === "inside") return this.host.load(database, load);
    const path = this.host.callPath(database, load.workload);
    return this.#clients().run({ url: this.host.url, path, load });
  }

  /** @returns The rows that contradict it. */
  check(database: string, { sql }: Check): Promise<Row[]> {
    return this.host.query(database, sql);
  }
}

function need(module: string): void {
  if (existsSync(join(benchDirectory, "node_modules", module))) return;
  throw new NotInstalled(`${module} is not installed: npm ci --prefix bench.`);
}

function once<V>(of: Map<string, Promise<V>>, key: string, make: () => Promise<V>): Promise<V> {
  let made = of.get(key);
  if (made === undefined) {
    made = make();
    of.set(key, made);
  }
  return made;
}
