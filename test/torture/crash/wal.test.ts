import { describe, expect, it } from "vitest";
import { uncommittedFrames } from "../../../torture/crash/checks/wal.ts";

const pageBytes = 512;

/** A log with frames of a pass over the file: each with its salt, and whether it commits. */
function log(...frames: { salt: number; commits: boolean }[]): Uint8Array {
  const bytes = new Uint8Array(32 + frames.length * (24 + pageBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, pageBytes);
  view.setUint32(16, 7);
  view.setUint32(20, 7);
  frames.forEach(({ salt, commits }, i) => {
    const at = 32 + i * (24 + pageBytes);
    view.setUint32(at, i + 1);
    view.setUint32(at + 4, commits ? 10 : 0);
    view.setUint32(at + 8, salt);
    view.setUint32(at + 12, salt);
  });
  return bytes;
}

const frame = { salt: 7, commits: false };
const commit = { salt: 7, commits: true };

describe("the end of a write-ahead log", () => {
  it("is whole after a commit, and where there is nothing", () => {
    expect(uncommittedFrames(new Uint8Array())).toBe(0);
    expect(uncommittedFrames(log())).toBe(0);
    expect(uncommittedFrames(log(frame, frame, commit))).toBe(0);
  });

  it("has the frames of a transaction that did not commit", () => {
    expect(uncommittedFrames(log(commit, frame, frame))).toBe(2);
  });

  it("is where an earlier pass over the file begins", () => {
    expect(uncommittedFrames(log(commit, { salt: 6, commits: false }, frame))).toBe(0);
  });

  it("does not count a frame that was not written to its end", () => {
    expect(uncommittedFrames(log(commit, frame, frame).subarray(0, -1))).toBe(1);
  });
});
