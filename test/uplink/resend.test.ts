// The platform asks for records once more: they come again, in order, with the same ids and links, while others are on their way.
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { durable, open, place } from "../keeping/journal-place.ts";
import { expected, openWay, passageRows } from "./campaign.ts";
import { openFakePlatform } from "./platform.ts";

it("promise 4: a resend gives every record from there on, linked as before, and nothing is skipped after it", async () => {
  const file = join(place(), "journal.sqlite");
  const journal = open(file, { boot: "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f" });
  onTestFinished(() => journal.close());
  const dice = random(5);
  let last = 0;
  for (let n = 0; n < 300; n++) last = journal.appendAll(passageRows(n, dice));
  await durable(journal, last);
  const wanted = expected(journal);
  const platform = openFakePlatform(dice, () => ({}));
  const way = openWay(file, platform, { window: 16 }, () => journal.durableSeq);
  const run = (until: () => boolean) => {
    for (let step = 0; !until(); step++) {
      if (step > 100_000) throw new Error("it doesn't end");
      if (!platform.up()) platform.connect();
      way.turn();
      platform.step();
    }
  };
  const forwarder = () => {
    const one = way.forwarder();
    if (one === undefined) throw new Error("no forwarder");
    return one;
  };
  run(() => platform.stored.size > wanted.size / 2);
  const middle = [...wanted.keys()].filter((seq) => wanted.get(seq) === "event")[20] ?? 0;
  // In the middle of sending; twice, and the earlier one counts.
  expect(forwarder().resend("event", middle + 5)).toBe(true);
  expect(forwarder().resend("event", middle)).toBe(true);
  expect(forwarder().resend("event", middle + 9)).toBe(true);
  expect(forwarder().resend("event", last + 1)).toBe(false);
  run(() => forwarder().state().waiting === 0);

  const again = platform.arrived.filter(({ stream, seq }) => stream === "event" && seq >= middle);
  const times = new Map<number, number>();
  for (const { seq } of again) times.set(seq, (times.get(seq) ?? 0) + 1);
  expect(times.get(middle)).toBe(2);
  expect(Math.max(...times.values())).toBe(2);
  const links = new Map<number, number>();
  for (const { seq, previousSeq } of platform.arrived) {
    expect(links.get(seq) ?? previousSeq).toBe(previousSeq);
    links.set(seq, previousSeq);
  }
  expect([...platform.stored.keys()].sort((a, b) => a - b)).toEqual([...wanted.keys()]);
  // And from the very beginning, alarms too.
  expect(forwarder().resend("alarm", 1)).toBe(true);
  run(() => forwarder().state().waiting === 0 && way.busy() === false && platform.onTheWay() === 0);
  const alarms = [...wanted.values()].filter((stream) => stream === "alarm").length;
  expect(platform.arrived.filter(({ stream }) => stream === "alarm").length).toBe(alarms * 2);
  way.close();
});
