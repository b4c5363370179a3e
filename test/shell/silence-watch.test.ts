/** An entrance that falls silent: told once with its name, and again when it is heard. */
import { expect, it } from "vitest";
import type { PeerView } from "../../src/shell/sharing.ts";
import { openSilenceWatch } from "../../src/shell/silence-watch.ts";
import { handClock } from "./hand-clock.ts";

it("is told after its time, not at a start, not twice, and is over by itself", () => {
  const clock = handClock();
  let view: readonly PeerView[] = [
    { gate: "north", up: false },
    { gate: "east", up: false },
  ];
  const told: (string | undefined)[] = [];
  let changes = 0;
  const watch = openSilenceWatch({
    sharing: { view: () => view },
    silentAfterMs: 60_000,
    clock,
    conditions: { stands: (alarm, detail) => void told.push(detail === undefined ? undefined : `${alarm}: ${detail}`) },
    changed: () => void changes++,
  });
  watch.look();
  clock.to(59_000);
  watch.look();
  expect(told).toEqual([]);
  view = [
    { gate: "north", up: true, heard: 59_500 },
    { gate: "east", up: false },
  ];
  clock.to(60_000);
  watch.look();
  watch.look();
  expect(told).toEqual(["entrance-silent: east"]);
  view = [
    { gate: "north", up: false, heard: 59_500 },
    { gate: "east", up: false },
  ];
  clock.to(119_000);
  watch.look();
  expect(told).toHaveLength(1);
  clock.to(119_500);
  watch.look();
  expect(told.at(-1)).toBe("entrance-silent: north, east");
  view = view.map(({ gate }) => ({ gate, up: true, heard: 119_400 }));
  watch.look();
  watch.look();
  expect(told).toEqual(["entrance-silent: east", "entrance-silent: north, east", undefined]);
  expect(changes).toBe(3);
});
