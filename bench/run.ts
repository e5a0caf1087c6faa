/**
 * `npm run bench`: every contender runs the same work in the same run on the same machine, in rounds that take turns. Writes results,
 * tables and charts; asserts nothing about time. It fails when a check of the data does, or a call of what should not fail.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { machine } from "./harness/machine.ts";
import { measure } from "./harness/measure.ts";
import { profiled } from "./harness/profile.ts";
import { emptyPart, type PartResult } from "./harness/results.ts";
import { Session } from "./harness/session.ts";
import { settingsOf } from "./harness/settings.ts";
import { type Command, readCommand, usage } from "./options.ts";
import { parts } from "./parts/index.ts";
import type { Part } from "./parts/part.ts";
import { latest, resultsDirectory, saveResults, writeDocuments } from "./report/files.ts";

async function runPart(
  part: Part,
  { quick, profile, contenders }: Command,
  interrupt: AbortSignal,
): Promise<PartResult> {
  const settings = settingsOf(quick);
  const directory = mkdtempSync(join(tmpdir(), "d1-procedures-bench-"));
  // A runtime for each part: nothing that an earlier one left weighs on the next.
  const session = new Session(directory, { inspect: profile !== undefined });
  const started = performance.now();
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", removeDirectory); // on Ctrl-C nothing else may come to run
  const result: PartResult = {
    ...emptyPart(),
    ...{
      at: new Date().toISOString(),
      seconds: 0,
      ...settings,
      loadBefore: Number(loadavg()[0]!.toFixed(1)),
    },
  };
  const say = (line: string) => console.log(line);
  const stop = () => session.stop();
  interrupt.addEventListener("abort", stop, { once: true });
  try {
    say(`\n${part.title} (${settings.rounds} rounds of ${settings.roundMs} ms)`);
    const work = async () => {
      if (part.measurements !== undefined) {
        const chosen = (name: string) => contenders?.includes(name) ?? true;
        const measurements = part
          .measurements(settings)
          .map((measurement) => ({ ...measurement, contenders: measurement.contenders.filter(chosen) }));
        await measure(session, measurements, settings, result, say);
      }
      await part.run?.({ session, settings, result, say });
    };
    if (profile === undefined) await work();
    else await profiled(await session.runtime(), join(profile, `${part.name}.cpuprofile`), work);
  } catch (error) {
    interrupt.throwIfAborted();
    result.problems.push((error as Error).message);
    say(`  ${(error as Error).stack}`);
  } finally {
    interrupt.removeEventListener("abort", stop);
    await session.stop();
    removeDirectory();
    process.off("exit", removeDirectory);
  }
  result.seconds = Math.round((performance.now() - started) / 1000);
  return result;
}

const command = readCommand(process.argv.slice(2), parts, resultsDirectory);
if ("problem" in command) {
  console.error(`${command.problem}\n\n${usage(parts)}`);
  process.exitCode = 2;
} else if (command.action === "report") {
  writeDocuments(latest(command.out), command.out!);
} else {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => interrupt.abort(new Error(`Ended by ${signal}.`)));
  }
  const results = { ...latest(command.out), machine: machine() };
  console.log(Object.values(results.machine).join(", "));
  for (const part of command.parts) {
    const result = await runPart(part, command, interrupt.signal);
    results.parts[part.name] = result;
    for (const problem of result.problems) console.log(`PROBLEM in ${part.name}: ${problem}`);
    if (result.problems.length > 0) process.exitCode = 1;
    if (command.out !== undefined) saveResults(results, command.out);
  }
  if (command.out !== undefined) writeDocuments(results, command.out);
}
