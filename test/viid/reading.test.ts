/** Rows on their way to a GA/T 1400 platform: those of an unbelieved clock wait for their date; and what all platforms share. */
import { describe, expect, it } from "vitest";
import { openBehind, standHere, together } from "../../src/main-platforms.ts";
import type { OpenRow } from "../../src/shell/ports.ts";
import { BEGINNING } from "../../src/uplink/stream.ts";
import type { ViidObject } from "../../src/uplink/viid-objects.ts";
import { openViidReading } from "../../src/uplink/viid-reading.ts";
import { row } from "../uplink/samples.ts";

const passage = (seq: number, more: Partial<OpenRow> = {}) => row(seq, "passage", { direction: "in" }, more);

function openRows(all: readonly OpenRow[], datedMs: () => number | undefined) {
  let at = 0;
  let scanned = 0;
  const told: ViidObject[] = [];
  const reading = openViidReading({
    codes: { deviceOf: () => "33038100001190000001", isVehicleLane: () => true, persons: false, faces: false },
    rows: { events: (from, upTo, count) => all.filter(({ seq }) => seq > from && seq <= upTo).slice(0, count) },
    clock: { at: () => at },
    durableSeq: () => all.length,
    plateOf: () => undefined,
    datedMs,
    queue: {
      scanned: () => scanned,
      room: () => 100 - told.length,
      add: (_, object) => void told.push(object),
      pass: (seq) => {
        scanned = Math.max(scanned, seq);
      },
    },
  });
  return {
    times: () => told.map(({ fields }) => fields.PassTime),
    readAll: () => {
      while (reading.read());
    },
    reading,
    pass: (ms: number) => {
      at += ms;
    },
  };
}

describe("a row of an unbelieved clock", () => {
  const lost = { trust: "untrusted", wallMs: 0 };
  it("waits for its date, in front of those behind it, and goes with it", () => {
    let known: number | undefined;
    const way = openRows([passage(1), passage(2, lost), passage(3)], () => known);
    way.readAll();
    expect(way.times()).toEqual(["20261125080307"]);
    expect(way.reading.askAt()).toBe(60_000);
    known = Date.UTC(2026, 10, 25, 1);
    way.readAll();
    expect(way.times()).toHaveLength(1);
    way.pass(60_000);
    way.readAll();
    expect(way.times()).toEqual(["20261125080307", "20261125090000", "20261125080307"]);
    expect(way.reading.askAt()).toBeUndefined();
  });
  it("goes with what stands in it when nobody has known it for ten minutes", () => {
    const way = openRows([passage(1, lost), passage(2)], () => undefined);
    for (let minute = 0; minute < 10; minute++) {
      way.readAll();
      expect(way.times()).toEqual([]);
      way.pass(60_000);
    }
    way.readAll();
    expect(way.times()).toEqual(["19700101080000", "20261125080307"]);
  });
});

describe("several platforms", () => {
  it("are up when all are, and as far as the slowest", () => {
    expect(together([undefined, undefined])).toBeUndefined();
    expect(together([{ up: true, waiting: 3 }, undefined])).toEqual({ up: true, waiting: 3 });
    expect(
      together([
        { up: true, waiting: 3 },
        { up: false, waiting: 9 },
      ]),
    ).toEqual({ up: false, waiting: 9 });
  });
  it("raise one alarm, which is over when all have caught up", () => {
    const told: string[] = [];
    let at = 0;
    const behind = openBehind({
      loop: { raise: (_, __, why) => void told.push(`raised ${why}`), calm: () => void told.push("calm") },
      clock: { at: () => at },
      journal: { durableSeq: 10 },
    });
    const [first, second] = [behind.watch(1), behind.watch(1)];
    first(5, "no line");
    second(0, undefined);
    at = 61_000;
    expect(first(5, "no line")).toBe(61_000);
    // The one that is well doesn't calm what the other raised.
    second(0, undefined);
    first(0, undefined);
    second(0, undefined);
    expect(told).toEqual(["calm", "calm", "raised no line", "raised no line", "calm", "calm"]);
  });
  it("a cursor of another journal isn't believed", () => {
    const noted: string[] = [];
    const parts = {
      rows: { after: () => [passage(4)] },
      journal: { latest: () => [passage(4)] },
      loop: { note: () => noted.push("fault") },
      log: { warn: () => void noted.push("warn") },
    };
    expect(standHere([BEGINNING, { upTo: 4, link: { seq: 4, hash: "4".repeat(64) } }], parts)).toBe(true);
    expect(standHere([{ upTo: 4, link: { seq: 4, hash: "5".repeat(64) } }], parts)).toBe(false);
    expect(standHere([{ upTo: 5, link: { seq: 0, hash: "0".repeat(64) } }], parts)).toBe(false);
    expect(noted).toEqual(["warn", "fault", "warn", "fault"]);
  });
});
