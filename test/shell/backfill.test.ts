// Records that were missed: asked for page by page, kept once each, and never anything but history.
import { describe, expect, it } from "vitest";
import type { Asking } from "../../src/decode/terms.ts";
import type { Called } from "../../src/shell/ports.ts";
import { answer, openCallWall } from "./call-wall.ts";

interface Stored {
  readonly personId: string;
  readonly time: number;
  readonly type: string;
}
const T0 = Date.UTC(2026, 10, 24, 1);
const stored = (count: number): readonly Stored[] =>
  Array.from({ length: count }, (_, i) => ({ personId: `R-${i}`, time: T0 + i * 1_000, type: "face_0" }));

/** A terminal with these records, as its answers are. */
function holding(records: readonly Stored[]) {
  return ({ target }: Asking): Called => {
    const { searchParams } = new URL(target, "http://terminal");
    const [length, index] = [Number(searchParams.get("length")), Number(searchParams.get("index"))];
    const page = records.slice(index * length, (index + 1) * length);
    return answer({ result: 1, success: true, data: { pageInfo: { total: records.length }, records: page } });
  };
}
const spans = (asked: readonly { readonly line: string }[]) =>
  asked.map(({ line }) => {
    const { searchParams } = new URL(line.split(" ")[1] ?? "", "http://terminal");
    return [searchParams.get("startTime"), searchParams.get("endTime"), searchParams.get("index")].join(" | ");
  });

describe("records that were missed", () => {
  it("promise 1: each is heard once, as old, whatever it says of itself", async () => {
    const wall = openCallWall(holding(stored(70)));
    await wall.run(10_000);
    expect(wall.heard).toHaveLength(70);
    for (const { origin, report } of wall.heard) {
      expect(report).toMatchObject({ is: "presented", live: false });
      expect(origin).toMatchObject({ device: "term", beforeConnection: true, redelivered: true });
    }
    expect(spans(wall.asked)).toEqual([0, 1, 2].map((page) => `2026-11-21 12:00:02 | 2026-11-25 12:00:02 | ${page}`));
  });

  it("what was heard when it happened isn't kept again", async () => {
    const wall = openCallWall(holding(stored(3)));
    wall.push("uface/recog", { personId: "R-1", time: String(T0 + 1_000), type: "face_0", searchScore: "91.5" });
    expect(wall.heard).toHaveLength(1);
    await wall.run(5_000);
    const events = wall.heard.map(({ report }) => ("eventId" in report ? report.eventId : ""));
    expect(events).toEqual([`R-1@${T0 + 1_000}`, `R-0@${T0}`, `R-2@${T0 + 2_000}`]);
  });

  it("once a day, and when it is back; from where the last look ended", async () => {
    const wall = openCallWall(holding(stored(1)));
    await wall.run(5_000);
    expect(wall.asked).toHaveLength(1);
    // Silent for three of its heartbeats, and back.
    wall.push("uface/heartbeat", { time: String(T0) });
    await wall.run(200_000, 2_000);
    expect(wall.offline).toEqual(["offline"]);
    expect(wall.asked).toHaveLength(1);
    wall.push("uface/heartbeat", { time: String(T0) });
    await wall.run(4_000);
    expect(wall.offline).toEqual(["offline", "back"]);
    expect(spans(wall.asked)[1]).toMatch(/^2026-11-24 11:50:02 \| 2026-11-25 12:03:\d\d \| 0$/);
    expect(wall.heard.filter(({ report }) => report.is === "presented")).toHaveLength(1);
  });

  it.each<[string, Called, readonly string[]]>([
    ["refused", answer({ result: 1, success: false, msg: "密码错误" }), ["call-refused"]],
    ["no answer", { is: "unanswered", why: "slow" }, ["call-unanswered"]],
    ["no list in it", answer({ result: 1, success: true }), ["field-missing"]],
    [
      "a record without its time",
      answer({ result: 1, success: true, data: { records: [{ personId: "x" }] } }),
      ["field-missing"],
    ],
  ])("%s: nothing is kept, and it is asked again after a minute", async (_name, called, faults) => {
    let reply: (asking: Asking) => Called = () => called;
    const wall = openCallWall((asking) => reply(asking));
    await wall.run(30_000, 1_000);
    expect([wall.asked.length, wall.heard.length, wall.faults]).toEqual([1, 0, faults]);
    reply = holding(stored(2));
    await wall.run(60_000, 1_000);
    expect(wall.heard).toHaveLength(2);
  });

  it("without a clock nobody knows which to ask for", async () => {
    const wall = openCallWall(holding(stored(2)));
    wall.clock.setWall(0, "untrusted");
    await wall.run(10_000);
    expect(wall.asked).toEqual([]);
    wall.clock.setWall(Date.UTC(2026, 10, 24, 4), "trusted");
    await wall.run(5_000);
    expect(wall.heard).toHaveLength(2);
  });

  it("a terminal that never comes to an end is left after so many pages", async () => {
    const page = stored(32);
    const wall = openCallWall(() => answer({ result: 1, success: true, data: { records: page } }));
    await wall.run(70_000, 300);
    expect(wall.asked).toHaveLength(200);
    expect([wall.heard.length, wall.faults]).toEqual([32, ["records-too-many"]]);
  });

  it("closing ends it between two pages", async () => {
    const wall = openCallWall(holding(stored(70)));
    await wall.run(2_000);
    wall.devices.close();
    const { length } = wall.asked;
    await wall.run(10_000);
    expect(wall.asked).toHaveLength(length);
  });
});
