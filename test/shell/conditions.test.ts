/** Alarms that say how something stands: once when it begins, over when it ends, and not anew after somebody has seen them. */
import { expect, it } from "vitest";
import { openClockWatch } from "../../src/shell/clock-watch.ts";
import { openConditions } from "../../src/shell/conditions.ts";
import { diskDetail } from "../../src/shell/disk-watch.ts";
import { openGateLoop } from "./gate.ts";

function gateWithConditions() {
  const gate = openGateLoop({}, []);
  const conditions = openConditions(gate.loop);
  const rows = () => gate.journal.latest(50).filter((row) => row.kind === "alarm" || row.kind === "calm");
  return {
    ...gate,
    conditions,
    told: () =>
      rows()
        .map(({ kind, open }) => `${kind} ${open.alarm ?? open.acknowledged}`)
        .reverse(),
  };
}

it("told again and again it is one alarm; seen, it stays seen; over, it is over; again, it is a new one", () => {
  const { conditions, loop, told } = gateWithConditions();
  conditions.stands("disk-low", undefined);
  conditions.stands("disk-low", "99 MB");
  conditions.stands("disk-low", "99 MB");
  loop.acknowledge("disk-low", "王师傅");
  conditions.stands("disk-low", "99 MB");
  expect(loop.alarms.standing()).toMatchObject([{ kind: "disk-low", acknowledgedBy: "王师傅" }]);
  conditions.stands("disk-low", undefined);
  conditions.stands("disk-low", "98 MB");
  expect(told()).toEqual(["alarm disk-low", "calm disk-low", "calm disk-low", "alarm disk-low"]);
});

it("a lane's alarm is its own", () => {
  const { conditions, loop } = gateWithConditions();
  conditions.stands("reader-dark", "face-in", "in");
  conditions.stands("reader-dark", "face-out", "out");
  conditions.stands("reader-dark", undefined, "in");
  expect(loop.alarms.standing()).toMatchObject([{ lane: "out", detail: "face-out" }]);
});

it("the clock: a minute's patience, then an alarm, over as soon as it can be believed", () => {
  const { clock, conditions, loop, told } = gateWithConditions();
  const watch = openClockWatch({ clock, loop, conditions });
  const wait = (ms: number) => {
    for (const until = clock.now().at + ms; clock.now().at < until; ) {
      clock.to(clock.now().at + 5_000);
      watch.look();
    }
  };
  clock.setWall(0, "untrusted");
  watch.look();
  wait(55_000);
  expect(told()).toEqual([]);
  wait(300_000);
  expect(told()).toEqual(["alarm clock-untrusted"]);
  clock.setWall(2_000_000_000_000, "holdover");
  wait(5_000);
  expect(told()).toEqual(["alarm clock-untrusted", "calm clock-untrusted"]);
});

it.each([
  [299, undefined, "299 MB"],
  [300, undefined, undefined],
  [399, "299 MB", "299 MB"],
  [20, "299 MB", "299 MB"],
  [400, "299 MB", undefined],
])("%i MB free, told before: %s", (free, before, expected) => {
  expect(diskDetail({ lowMegabytes: 300, clearMegabytes: 400 }, free * 1024 * 1024, before)).toBe(expected);
});

it("a limit to clear below the one to raise counts as that one", () => {
  expect(diskDetail({ lowMegabytes: 300, clearMegabytes: 10 }, 200 * 1024 * 1024, "100 MB")).toBe("100 MB");
});
