import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "../../../src/cli/confirm.ts";
import { Output } from "../../../src/cli/output.ts";
import { Collector } from "./run-here.ts";

/** A terminal, and somebody who presses keys when the question is there. */
function ask(keys: string, signal = new AbortController().signal) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stderr = Object.assign(new Collector(), { isTTY: true, columns: 80 });
  const output = new Output(true, [], new Collector(), stderr);
  const answered = confirm({ output, signal, stdin, stderr }, "The table t goes.", "Replace it?");
  const pressed = expect.poll(() => stderr.text).toContain("Replace it?");
  void pressed.then(() => stdin.write(keys));
  return { answered, stderr };
}

describe("a confirmation", () => {
  it("is a yes that somebody types, after he has read what happens", async () => {
    const { answered, stderr } = ask("y");
    await expect(answered).resolves.toBeUndefined();
    expect(stderr.text.indexOf("The table t goes.\n")).toBe(0);
  });

  it.each([
    ["no", "n"],
    // What is chosen at first is the no.
    ["Return", "\r"],
  ])("is none after %s", async (_, keys) => {
    await expect(ask(keys).answered).rejects.toMatchObject({ message: "Nothing was done.", exitCode: 1 });
  });

  it("is none after Ctrl-C, or when the process is to end", async () => {
    const interrupted = { message: "Interrupted. Nothing was done.", exitCode: 130 };
    await expect(ask("\u0003").answered).rejects.toMatchObject(interrupted);
    const controller = new AbortController();
    const { answered, stderr } = ask("", controller.signal);
    await expect.poll(() => stderr.text).toContain("Replace it?");
    controller.abort();
    await expect(answered).rejects.toMatchObject(interrupted);
  });
});
