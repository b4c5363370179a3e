/**
 * A county line that is down for weeks: passages day by day, restarts and power cuts among them and again while all of it
 * goes up. `GATEPOST_OUTAGE_DAYS=90 npm test -- test/uplink/outage` is the whole campaign; GATEPOST_SEED repeats one.
 */
import { join } from "node:path";
import { expect, it } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { durable, open, place } from "../keeping/journal-place.ts";
import { expected, openWay, passageRows } from "./campaign.ts";
import { openFakePlatform } from "./platform.ts";

const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const DAYS = Number(process.env.GATEPOST_OUTAGE_DAYS ?? 1);
const A_DAY = 3_000;
const RESTARTS = 20;
const CUTS = 10;
const BOOT = (n: number) => `0b9e7c1a-5d1c-4f0b-9b51-${String(n).padStart(12, "0")}`;

it(`${DAYS} days at ${A_DAY} a day, ${RESTARTS} restarts and ${CUTS} power cuts (seed ${SEED}): all there, once, in order per lane`, {
  timeout: 120_000 + DAYS * 20_000,
}, async () => {
  const dice = random(SEED);
  const file = join(place(), "journal.sqlite");
  const passages = DAYS * A_DAY;
  const every = Math.floor(passages / (RESTARTS / 2 + 1));
  let boots = 1;
  let journal = open(file, { boot: BOOT(boots) });
  const platform = openFakePlatform(dice, () => ({ doubles: 0.01, breaks: 0.00005 }));
  const way = openWay(file, platform, { window: 256 }, () => journal.durableSeq);
  let last = 0;
  async function restart(cut: boolean): Promise<void> {
    await journal.close();
    journal = open(file, { boot: BOOT(++boots) });
    await durable(journal, last);
    way.crash(cut);
  }

  for (let n = 0; n < passages; n++) {
    last = journal.appendAll(passageRows(n, dice));
    if (n % 500 === 499) await durable(journal, last);
    if (n % every === every - 1) await restart(boots % 2 === 0);
  }
  await durable(journal, last);
  const wanted = expected(journal);
  expect(way.forwarder()?.state().waiting).toBe(last);

  let mostOpen = 0;
  const began = performance.now();
  const crashEvery = Math.floor(wanted.size / (RESTARTS / 2 + 1));
  let nextCrash = crashEvery;
  while (way.forwarder()?.state().waiting !== 0) {
    if (!platform.up()) platform.connect();
    way.turn();
    if (!platform.step() && !way.busy()) way.pass(30_000);
    mostOpen = Math.max(mostOpen, platform.onTheWay());
    if (platform.stored.size < nextCrash || boots > RESTARTS) continue;
    nextCrash += crashEvery;
    await restart(boots % 2 === 0);
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${wanted.size} of ${last} rows up in ${seconds.toFixed(1)} s with ${boots - 1} restarts, at most ${mostOpen} on the way`,
  );

  expect(boots - 1).toBeGreaterThanOrEqual(RESTARTS);
  expect(platform.stored.size).toBe(wanted.size);
  for (const seq of wanted.keys()) if (!platform.stored.has(seq)) throw new Error(`row ${seq} is missing`);
  const highest = new Map<string, number>();
  for (const { seq, stream, lane } of platform.stored.values()) {
    const key = `${stream} ${lane}`;
    if (seq < (highest.get(key) ?? 0)) throw new Error(`row ${seq} came after ${highest.get(key)} in ${key}`);
    highest.set(key, seq);
  }
  // Doubles and the break of a line may be on the wire too; what the gate holds is bounded by the window.
  expect(mostOpen).toBeLessThan(256 * 4);
  const lastEvent = Math.max(...[...highest.values()]);
  expect(Math.max(platform.storedSeq("event"), platform.storedSeq("alarm"))).toBe(lastEvent);
  way.close();
  await journal.close();
});
