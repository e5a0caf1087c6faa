import { describe, expect, it } from "vitest";
import { Progress } from "../../../src/cli/progress.ts";
import { Collector } from "./run-here.ts";

const lineStart = "\r\u001b[K";

describe("progress on a terminal", () => {
  it("is a bar that grows, and is gone at the end", async () => {
    const stream = Object.assign(new Collector(), { isTTY: true, columns: 80 });
    const progress = new Progress(stream, "Downloading x", { totalBytes: 4_000_000 });
    const last = () => stream.text.split(lineStart).at(-1)!;
    expect(last()).toMatch(/^Downloading x {2}░+ {2}0 % {2}0 B of 4\.0 MB/);
    progress.advance(1_000_000);
    await expect.poll(last).toMatch(/^Downloading x {2}█+░+ {2}25 % {2}1\.0 MB of 4\.0 MB {2}.+\/s$/);
    progress.end();
    progress.end();
    expect(stream.text.endsWith(lineStart)).toBe(true);
    const { text } = stream;
    progress.advance(1_000_000);
    expect(stream.text).toBe(text);
  });

  it.each([0, 10, 40, 200])("fits into %d columns", (columns) => {
    const stream = Object.assign(new Collector(), { isTTY: true, columns });
    new Progress(stream, "Downloading x", { totalBytes: 4_000_000 }).end();
    const lines = stream.text.split(lineStart).filter(Boolean);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.length).toBeLessThan(columns || 80);
  });
});

describe("progress elsewhere", () => {
  it("is one line, without control characters", () => {
    const stream = new Collector();
    const progress = new Progress(stream, "Downloading x", { totalBytes: 0 });
    progress.advance(100);
    progress.end();
    expect(stream.text).toBe("Downloading x (0 B) ...\n");
  });
});
