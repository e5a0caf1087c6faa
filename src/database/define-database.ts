import { DurableObject } from "cloudflare:workers";
import type {
  DatabaseAdminRpc,
  DatabaseInfo,
  DumpedRows,
  ExportOptions,
  ExportResult,
  ImportResult,
  StatementInsight,
  TransferStatus,
} from "../admin-protocol.ts";
import { movedMeanwhile } from "../errors.ts";
import { keepGenerationMs, maxScriptStatements } from "../limits.ts";
import type { ProceduresDefinition } from "../procedures.ts";
import { proceduresRpcTarget, type RpcProcedures } from "../procedures-rpc-target.ts";
import type {
  DatabaseRpc,
  ExecResult,
  ProcedureCall,
  QueryRequest,
  QueryResponse,
  QueryResult,
  ScriptOptions,
  SessionCall,
  SessionCallResponse,
} from "../protocol.ts";
import { checkCall, checkQueries, checkScript, invalidArgument } from "./check-messages.ts";
import { Engine, type ScriptRunOptions } from "./engine.ts";
import { Exporter } from "./export/exporter.ts";
import { countTables } from "./export/schema.ts";
import { Filling } from "./filling.ts";
import { Generation } from "./generation.ts";
import { Importer } from "./import/importer.ts";
import { ProceduresHost, procedureTable } from "./procedures-host.ts";
import { checkResponseSize } from "./response-size.ts";
import type { RestartHost } from "./restart.ts";
import type { ScriptResult } from "./script.ts";
import { type Restored, TimeTravel } from "./time-travel.ts";
import { PollTimers } from "./transfers.ts";
import { waitElsewhereOf, waitForAnother } from "./wait-elsewhere.ts";

/** A Database object: what it answers over RPC, and its procedures under their own names. */
export interface DatabaseObject<P> extends DurableObject, DatabaseRpc, DatabaseAdminRpc {
  readonly Procedures: RpcProcedures<P>;
}

/** The class that {@link defineDatabase} makes. */
// biome-ignore lint/suspicious/noExplicitAny: Env belongs to the deployer; `unknown` would not fit a binding's class.
export type DatabaseClass<P> = new (ctx: DurableObjectState, env: any) => DatabaseObject<P>;

/**
 * Makes the Durable Object class of a database that runs these procedures.
 *
 * @param procedures A class, or several by namespace; the methods of `default` are called without one.
 * @throws DatabaseError INVALID_ARGUMENT for names that cannot be called.
 * @example
 * export class Database extends defineDatabase(Procedures) {}
 */
export function defineDatabase<P extends ProceduresDefinition>(procedures: P): DatabaseClass<P> {
  const table = procedureTable(procedures);

  return class extends DurableObject implements DatabaseObject<P> {
    readonly #engine: Engine;
    readonly #generation: Generation;
    readonly #filling: Filling;
    /** Settles when the filling that begins last has begun: until then nothing else tells of it. */
    #fillingBegins: Promise<void> | undefined;
    readonly #host: ProceduresHost;
    readonly #restartHost: RestartHost;
    readonly #importer: Importer;
    readonly #exporter: Exporter;
    readonly #timeTravel: TimeTravel;

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env);
      this.#engine = new Engine(ctx.storage, ctx.id.toString(), { waitElsewhere: waitElsewhereOf(ctx) });
      this.#generation = new Generation(ctx.storage, ctx.id.toString());
      this.#filling = new Filling(ctx.storage);
      if (this.#generation.hasEnded) this.#engine.close(movedMeanwhile());
      this.#host = new ProceduresHost(table, this.#engine, ctx, env);
      this.#restartHost = {
        exclusively: (task) => this.#engine.exclusively(task),
        restart: (reason) => ctx.abort(reason),
      };
      const polls = new PollTimers();
      this.#importer = new Importer(this.#engine, this.#restartHost, ctx.storage, env, polls);
      this.#exporter = new Exporter(this.#engine, ctx.storage.sql, env, polls);
      this.#timeTravel = new TimeTravel(ctx.storage, this.#restartHost);
    }

    get Procedures(): RpcProcedures<P> {
      return proceduresRpcTarget<P>((name, args) => this.call({ id: crypto.randomUUID(), name, args }));
    }

    async query(request: QueryRequest): Promise<QueryResponse> {
      const queries = checkQueries(request);
      const readOnly = request.readOnly === true;
      const results = this.#generation.whole(() =>
        this.#engine.query(queries, { readOnly, after: checkResponseSize }),
      );
      return this.#respond(await results);
    }

    async exec(script: string): Promise<ExecResult> {
      return (await this.#runScript(script)).exec;
    }

    async script(script: string, options?: ScriptOptions): Promise<QueryResponse> {
      const readOnly = options?.readOnly === true;
      const run = { readOnly, maxStatements: maxScriptStatements, after: checkResponseSize };
      const { results } = await this.#runScript(script, run);
      return this.#respond(results);
    }

    async call(call: ProcedureCall): Promise<unknown> {
      return this.#generation.procedure(() => this.#host.call(checkCall(call)));
    }

    async callInSession(call: SessionCall): Promise<SessionCallResponse> {
      const result = await this.#generation.procedure(() => this.#host.call(checkCall(call)));
      return { result, bookmark: this.#engine.bookmark };
    }

    async cancel(callId: string): Promise<boolean> {
      return this.#host.cancel(callId);
    }

    async info(): Promise<DatabaseInfo> {
      this.#generation.check();
      const { sql } = this.ctx.storage;
      return this.#engine.read(() => ({
        fileSize: sql.databaseSize,
        numTables: countTables(sql),
        bookmark: this.#engine.bookmark,
      }));
    }

    waitForAnother(ms: number): Promise<void> {
      return waitForAnother(ms);
    }

    async startImport(key: string): Promise<TransferStatus<ImportResult>> {
      this.#generation.check();
      return this.#importer.start(key);
    }

    async pollImport(id: string): Promise<TransferStatus<ImportResult>> {
      return this.#importer.poll(id);
    }

    async startExport(key: string, options: ExportOptions): Promise<TransferStatus<ExportResult>> {
      if (options.evenIfEnded !== true) this.#generation.check();
      return this.#exporter.start(key, options);
    }

    async pollExport(id: string): Promise<TransferStatus<ExportResult>> {
      return this.#exporter.poll(id);
    }

    async timeTravelBookmark(timestampMs?: number): Promise<string> {
      this.#generation.check();
      return this.#timeTravel.bookmark(timestampMs);
    }

    async timeTravelRestore(bookmark: string): Promise<Restored> {
      this.#generation.check();
      return this.#timeTravel.restore(bookmark);
    }

    async insights(fromMs: number, toMs: number): Promise<StatementInsight[]> {
      if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) {
        throw invalidArgument("insights() expects two times in milliseconds since 1970");
      }
      this.#generation.check();
      return this.#engine.runner.insights.between(fromMs, toMs);
    }

    async erase(successor?: string): Promise<string[]> {
      let successors: string[] = [];
      await this.#engine.erase(async () => {
        successors = [...this.#generation.successors];
        this.#generation.erased();
        if (successor !== undefined) await this.#endWith(successor);
      });
      return successors;
    }

    async startRestore(key: string, restoreId: string): Promise<TransferStatus<ImportResult>> {
      this.#generation.check();
      this.#filling.check(restoreId, countTables(this.ctx.storage.sql));
      // A step that was given up is repeated while the first call is still at work, or has ended: it must not begin anew.
      if (this.#fillingBegins !== undefined) await this.#fillingBegins;
      const first = this.#importer.activeId ?? this.#importer.lastCompletedId;
      if (first !== undefined && this.#filling.isOf(restoreId)) return this.#importer.poll(first);
      const begins = this.#engine.erase(() => this.#filling.begin(restoreId));
      this.#fillingBegins = begins.catch(() => {});
      await begins;
      return this.#importer.startRestore(key);
    }

    async compareRestore(tables: DumpedRows[]): Promise<void> {
      this.#filling.compare(tables);
    }

    async finishRestore(restoreId: string, importId: string, after: string): Promise<void> {
      this.#generation.check();
      await this.#engine.exclusively(async () => {
        if (this.#filling.isFinishedBy(restoreId)) return;
        this.#filling.checkComplete(restoreId, this.#importer.lastCompletedId === importId);
        // What is finished is not repeated, so that this comes last.
        this.#engine.advancePast(after);
        await this.#timeTravel.beginsHere();
        await this.#filling.finish(restoreId);
      });
    }

    async abandonRestore(restoreId: string): Promise<void> {
      if (this.#filling.isOf(restoreId)) await this.#engine.erase();
    }

    async successors(): Promise<string[]> {
      return [...this.#generation.successors];
    }

    async endWith(successor: string): Promise<{ bookmark: string }> {
      if (typeof successor !== "string" || successor === "")
        throw invalidArgument("endWith() expects the name of an object");
      // Again, by one whom the answer has not reached.
      if (!this.#generation.successors.includes(successor)) {
        this.#generation.check();
        await this.#engine.exclusively(async () => {
          await this.ctx.storage.setAlarm(Date.now() + keepGenerationMs);
          await this.#endWith(successor);
        });
      }
      return { bookmark: this.#engine.bookmark };
    }

    async refuseSuccessor(successor: string): Promise<boolean> {
      return this.#generation.refuse(successor);
    }

    async redirect(successors: string[]): Promise<void> {
      await this.#generation.redirect(successors);
    }

    /** What was kept for a while is over: a generation that has ended, or one that was never finished. */
    override async alarm(): Promise<void> {
      if (this.#generation.hasEnded) await this.#engine.discard();
      else if (this.#filling.isUnfinished) await this.#engine.erase();
    }

    /** Inside an exclusive task: nothing is written between this and what comes before it. */
    async #endWith(successor: string): Promise<void> {
      await this.#generation.endWith(successor);
      this.#engine.close(movedMeanwhile());
    }

    #respond(results: QueryResult[]): QueryResponse {
      // Plain objects: an instance of a class does not cross RPC.
      const queryResults = results.map(({ meta, data }) => ({ meta, data }));
      return { success: true, results: { queryResults, bookmark: this.#engine.bookmark } };
    }

    async #runScript(script: string, options?: ScriptRunOptions): Promise<ScriptResult> {
      checkScript(script);
      return this.#generation.whole(() => this.#engine.runScript(script, options));
    }
  };
}
