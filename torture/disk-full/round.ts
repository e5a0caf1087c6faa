import { rmSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../test/histories/random.ts";
import type { CampaignReport } from "../campaign.ts";
import { Ballast, DiskServer, type DiskServerOptions, freeBytes, WorkerError } from "./disk-server.ts";
import type { DiskOptions } from "./small-disk.ts";

export interface RoundOptions extends DiskOptions, DiskServerOptions {}

/** Words of the runtime, and of the database, for a write on a full disk. The runtime often keeps SQLite's to itself. */
const refusal = /SQLITE_FULL|internal error|COMMIT_FAILED|INTERNAL_ERROR|Network connection lost/;

const database = "bank";
const writesAfterTheEnd = 5;

/** Clients fill the disk until nothing fits. Then nothing but reads may work, then there is room again, then the server is killed. */
export async function runRound(options: RoundOptions): Promise<CampaignReport> {
  const { seed, clients, megabytes, disk, signal } = options;
  rmSync(join(disk, "state"), { recursive: true, force: true });
  const random = new Random(seed);
  const ballast = new Ballast(disk);
  ballast.take(random.between(megabytes / 6, megabytes / 3) * 1_000_000);
  let server = await DiskServer.start(options);
  const interrupted = () => void server.stop();
  signal.addEventListener("abort", interrupted);
  try {
    const bank = new BankOnDisk(server, random, disk);
    await server.post(`${database}/Open`);
    const rows = Array.from(
      { length: 400 },
      (_, n) => `INSERT INTO entry VALUES(${-n},0,'${"x".repeat(4_000)}');`,
    ).join("\n");
    await server.post(`${database}/upload`, `CREATE TABLE imported (a);\n${rows}`);
    await Promise.all(Array.from({ length: clients }, () => bank.fill()));

    await bank.expectRefusals();
    await bank.expectReads();
    await bank.expectNoImport();
    await bank.expectNoExport();
    await bank.expectReads();
    const leftBytes = freeBytes(disk);

    ballast.remove();
    await bank.expectRecovery();
    await bank.expectNoFile();
    await bank.expectAll();
    await server.kill();
    server = await DiskServer.start(options);
    bank.server = server;
    await bank.expectAll();
    await bank.expectRecovery();
    if (leftBytes > 1_000_000) bank.failures.push(`The disk was not full: ${leftBytes} bytes were left.`);
    return { cases: { rounds: 1, ...bank.cases }, failures: bank.failures };
  } finally {
    signal.removeEventListener("abort", interrupted);
    await server.stop();
    ballast.remove();
  }
}

class BankOnDisk {
  readonly cases = { "transfers acknowledged": 0, "writes refused": 0, "reads while the disk was full": 0 };
  readonly failures: string[] = [];
  readonly #acknowledged = new Set<number>();
  readonly #refused = new Set<number>();
  readonly #random: Random;
  readonly #disk: string;
  #next = 1;
  #lastRefusal = "";
  #isFull = false;

  constructor(
    public server: DiskServer,
    random: Random,
    disk: string,
  ) {
    this.#random = random;
    this.#disk = disk;
  }

  /** Transfers of random sizes, until several in a row were refused. */
  async fill(): Promise<void> {
    for (let refusals = 0; refusals < writesAfterTheEnd; ) {
      const bytes = this.#isFull ? 20_000 : this.#random.between(0, 30_000);
      const waitMs = this.#random.chance(0.3) ? this.#random.between(1, 5) : 0;
      refusals = (await this.#transfer("Transfer", bytes, waitMs)) ? 0 : refusals + 1;
      if (refusals > 0) this.#isFull = true;
      // Beside the writers: it fails only with the object that one of them has brought to its end.
      await this.server.post(`${database}/Entries`).catch((error: Error) => this.#expectRefusal(error));
    }
  }

  async expectRefusals(): Promise<void> {
    for (const [what, bytes] of [
      ["Transfer", 200_000],
      ["TransferRegardless", 500_000],
    ] as const) {
      if (await this.#transfer(what, bytes, 0))
        this.failures.push(`${what} of ${bytes} bytes was stored on a full disk.`);
    }
    const statements = [
      "CREATE TABLE copied AS SELECT * FROM entry",
      "UPDATE entry SET filler = zeroblob(90000)",
    ];
    for (const statement of statements) {
      const stored = await this.server.post(`${database}/query`, statement).then(
        () => true,
        (error: Error) => this.#expectRefusal(error),
      );
      if (stored) this.failures.push(`${statement}: was done on a full disk.`);
    }
  }

  /** Nobody writes: each read is answered. */
  async expectReads(): Promise<void> {
    for (let n = 0; n < 5; n++) {
      await this.expectAll();
      this.cases["reads while the disk was full"]++;
    }
  }

  async expectNoImport(): Promise<void> {
    const outcome = await this.server
      .post<{ status: string; error?: string }>(`${database}/import`)
      .catch((error: Error) => {
        this.#expectRefusal(error);
        return { status: "error" };
      });
    if (outcome.status !== "error") this.failures.push("A file was imported on a full disk.");
    const tables = await this.#rows("SELECT name FROM sqlite_schema WHERE name IN ('imported', 'copied')");
    if (tables.length > 0) this.failures.push(`Something was left: ${tables.join()}`);
  }

  async expectNoExport(): Promise<void> {
    const { status } = await this.server
      .post<{ status: string }>(`${database}/export`, "full.sql")
      .catch((error: Error) => ({ status: this.#expectRefusal(error) ? "" : "error" }));
    if (status !== "error") this.failures.push(`An export on a full disk is ${status}.`);
  }

  /** When there is room again: the bucket is on the same disk, and may not answer before. */
  async expectNoFile(): Promise<void> {
    const size = await this.server.post<number | null>(`${database}/exported`, "full.sql");
    if (size !== null) this.failures.push(`The export that failed has left a file of ${size} bytes.`);
  }

  /** There is room: the first write is taken, whatever was refused before. */
  async expectRecovery(): Promise<void> {
    this.#isFull = false;
    for (const waitMs of [0, 3]) {
      if (await this.#transfer("Transfer", 100, waitMs)) continue;
      this.failures.push(
        `A write was refused although the ballast is gone (${freeBytes(this.#disk)} bytes are free): ${this.#lastRefusal}`,
      );
    }
  }

  /** What was acknowledged is there once, and all is there as a whole or not at all. */
  async expectAll(): Promise<void> {
    const amounts = new Map<number, number[]>();
    for (const [transfer, amount] of await this.server.post<[number, number][]>(`${database}/Entries`)) {
      amounts.set(transfer, [...(amounts.get(transfer) ?? []), amount]);
    }
    for (const transfer of this.#acknowledged) {
      if (!amounts.has(transfer))
        this.failures.push(`Transfer ${transfer} was acknowledged, and is not there.`);
    }
    for (const [transfer, stored] of amounts) {
      if (stored.join() !== "-1,1") this.failures.push(`Transfer ${transfer} is there as ${stored.join()}.`);
      if (this.#refused.has(transfer)) this.failures.push(`Transfer ${transfer} was refused, and is there.`);
    }
    const check = await this.server.post<string[][]>(`${database}/Check`);
    if (check.flat().join() !== "ok") this.failures.push(`quick_check says ${check.flat().join()}`);
  }

  async #transfer(what: string, bytes: number, waitMs: number): Promise<boolean> {
    const transfer = this.#next++;
    try {
      await this.server.post(`${database}/${what}`, transfer, bytes, waitMs);
    } catch (error) {
      this.#expectRefusal(error as Error);
      this.#refused.add(transfer);
      this.cases["writes refused"]++;
      return false;
    }
    this.#acknowledged.add(transfer);
    this.cases["transfers acknowledged"]++;
    return true;
  }

  #expectRefusal(error: Error): false {
    const words = error instanceof WorkerError ? `${error.message} (${error.code})` : error.message;
    this.#lastRefusal = words;
    if (!refusal.test(words)) this.failures.push(`Refused with other words: ${words}`);
    return false;
  }

  async #rows(sql: string): Promise<unknown[]> {
    const [result] = await this.server.post<{ data: { rows: unknown[] } }[]>(`${database}/query`, sql);
    return result!.data.rows;
  }
}
