import { describe, expect, it, vi } from "vitest";
import { CommitClock } from "../../src/database/commit-clock.ts";
import { inBareObject } from "../runtime-contract/bare-object.ts";

const id = "0123456789abcdef".repeat(4);

function commit(clock: CommitClock): string {
  clock.physicalStarted();
  clock.committed();
  return clock.bookmark;
}

describe("the clock of commits", () => {
  it("never goes back from one life of an object to the next, whatever the wall clock does", async () => {
    await inBareObject(({ storage }) => {
      const seen: string[] = [];
      vi.useFakeTimers();
      try {
        for (const seconds of [2_000_000_000, 1_000_000_000, 1_500_000_000, 2_000_000_000, 0]) {
          vi.setSystemTime(seconds * 1_000);
          // A life that only reads, and one that writes.
          seen.push(new CommitClock(storage, id).bookmark);
          const clock = new CommitClock(storage, id);
          seen.push(clock.bookmark, commit(clock), commit(clock));
        }
      } finally {
        vi.useRealTimers();
      }
      expect(seen.toSorted()).toEqual(seen);
      expect(new Set(seen.filter((bookmark) => !bookmark.includes("ffffffff"))).size).toBe(10);
    });
  });

  it("stays where it is when a transaction is rolled back", async () => {
    await inBareObject(({ storage }) => {
      const clock = new CommitClock(storage, id);
      const before = clock.bookmark;
      clock.physicalStarted();
      expect(clock.bookmark).toBe(before);
      expect(commit(clock) > before).toBe(true);
    });
  });
});
