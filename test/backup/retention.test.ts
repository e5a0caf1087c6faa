import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takenAtMsOf } from "../../src/backup/backup-files.ts";
import { expiredBackups, type Retention, readRetention } from "../../src/backup/retention.ts";
import { fuzzParameters } from "../support/fuzz.ts";

const hourMs = 3_600_000;
const start = Date.parse("2026-01-01T00:00:00.000Z");

function idAt(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:.]/g, "")}-00000000`;
}

function keptOf(ids: readonly string[], retention: Retention): string[] {
  const expired = new Set(expiredBackups(ids, retention));
  return ids.filter((id) => !expired.has(id));
}

/** The last backup of each of the last periods. Written another way than what is tested. */
function expectedOf(ids: readonly string[], { hourly, daily, monthly }: Retention): string[] {
  const lastOf = (length: number, count: number) => {
    const last = new Map(
      ids.toSorted().map((id) => [new Date(takenAtMsOf(id)).toISOString().slice(0, length), id]),
    );
    return count === 0 ? [] : [...last.values()].slice(-count);
  };
  const newest = ids.toSorted().slice(-1);
  return [...new Set([...newest, ...lastOf(13, hourly), ...lastOf(10, daily), ...lastOf(7, monthly)])].sort();
}

const retentions = fc.record({
  hourly: fc.integer({ min: 0, max: 30 }),
  daily: fc.integer({ min: 0, max: 40 }),
  monthly: fc.integer({ min: 0, max: 14 }),
});

/** The times of a year's backups: hourly, with quiet times of hours to weeks, some more than once an hour. */
const years = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(hourMs) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: hourMs }) },
      { weight: 1, arbitrary: fc.integer({ min: hourMs, max: 20 * 24 * hourMs }) },
    ),
    { minLength: 1, maxLength: 300 },
  )
  .map((gaps) => {
    let ms = start;
    return gaps.map((gap) => {
      ms += gap;
      return idAt(ms);
    });
  });

const defaults = readRetention(undefined);

describe("the retention policy", () => {
  const { parameters, timeoutMs } = fuzzParameters("retention", { runs: 60, seconds: 20 });

  it("keeps the last backup of each of the last hours, days and months that have any", {
    timeout: timeoutMs,
  }, () => {
    fc.assert(
      fc.property(years, retentions, (ids, retention) => {
        expect(keptOf(ids, retention).sort()).toEqual(expectedOf(ids, retention));
      }),
      parameters,
    );
  });

  it("keeps the same whether it is applied after every backup of a year or once at its end", {
    timeout: timeoutMs,
  }, () => {
    fc.assert(
      fc.property(years, retentions, (ids, retention) => {
        let kept: string[] = [];
        for (const id of ids) {
          kept = keptOf([...kept, id], retention);
          expect(kept.at(-1)).toBe(id);
          expect(kept.length).toBeLessThanOrEqual(1 + retention.hourly + retention.daily + retention.monthly);
        }
        expect(kept).toEqual(keptOf(ids, retention));
      }),
      parameters,
    );
  });

  it("never deletes the newest one, whatever the policy and the order", () => {
    fc.assert(
      fc.property(years, retentions, (ids, retention) => {
        const shuffled = ids.toReversed();
        expect(expiredBackups(shuffled, retention)).not.toContain(ids.at(-1));
      }),
      { ...parameters, numRuns: 30 },
    );
    expect(expiredBackups([idAt(start)], { hourly: 0, daily: 0, monthly: 0 })).toEqual([]);
    expect(expiredBackups([], defaults)).toEqual([]);
  });

  it("has 24 hours, 30 days and 12 months after a year of hourly backups", () => {
    let kept: string[] = [];
    const hours = 366 * 24;
    for (let hour = 0; hour < hours; hour++) kept = keptOf([...kept, idAt(start + hour * hourMs)], defaults);
    const ages = kept.map((id) => (start + (hours - 1) * hourMs - takenAtMsOf(id)) / hourMs);
    expect(ages.filter((age) => age < 24)).toHaveLength(24);
    expect(ages.filter((age) => age < 30 * 24)).toHaveLength(24 + 29);
    // January has just begun; its last backup, and that of December, are among those of the days.
    expect(kept).toHaveLength(24 + 29 + 10);
    expect(kept[0]).toBe(idAt(Date.parse("2026-02-28T23:00:00.000Z")));
  });
});

describe("the configuration of the retention", () => {
  it.each([
    [{ hourly: -1 }, "hourly"],
    [{ hourly: 1.5 }, "hourly"],
    [{ daily: "30" }, "daily"],
    [{ weekly: 4 }, "weekly"],
    ["{", "JSON"],
    [[], "array"],
    ["null", "null"],
  ])("is refused that is %j, and nothing is deleted", (configured, word) => {
    expect(() => readRetention(configured)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(new RegExp(`${word}[\\s\\S]*no backup is deleted`)),
      }),
    );
  });

  it("has a default for what it does not say", () => {
    expect(defaults).toEqual({ hourly: 24, daily: 30, monthly: 12 });
    expect(readRetention({ hourly: 3 })).toEqual({ hourly: 3, daily: 30, monthly: 12 });
    expect(readRetention('{ "monthly": 0 }')).toEqual({ hourly: 24, daily: 30, monthly: 0 });
  });
});
