/**
 * Promise 4 on the way up: against a broker that drops, doubles, mixes up, falls silent, breaks, refuses, and forgets what
 * it acknowledged. GATEPOST_BROKER_SEEDS=1000 for the long run; GATEPOST_SEED repeats one.
 */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { durable, open, place } from "../keeping/journal-place.ts";
import { expected, openWay, passageRows } from "./campaign.ts";
import { type Manners, openFakePlatform } from "./platform.ts";

const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const SEEDS = Number(process.env.GATEPOST_BROKER_SEEDS ?? 60);
const PASSAGES = 120;

async function journalOf(passages: number, seed: number) {
  const file = join(place(), "journal.sqlite");
  const journal = open(file, { boot: "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f" });
  onTestFinished(() => journal.close());
  const dice = random(seed);
  let last = 0;
  for (let n = 0; n < passages; n++) last = journal.appendAll(passageRows(n, dice));
  await durable(journal, last);
  return { file, journal };
}

describe("against an adversary", async () => {
  const bad: Manners = { drops: 0.02, doubles: 0.1, reorders: 0.2, silent: 0.03, breaks: 0.01, refuses: 0.01 };
  it.each([
    ["by its PUBACK", "puback", bad],
    ["by the platform's receipt, from a broker that forgets", "receipt", { ...bad, forgets: 0.1 }],
  ] as const)(
    `%s: all there, once by number (${SEEDS} seeds from ${SEED})`,
    { timeout: 60_000 + SEEDS * 2_000 },
    async (_, by, manners) => {
      const { file, journal } = await journalOf(PASSAGES, SEED);
      const wanted = expected(journal);
      expect(wanted.size).toBeGreaterThan(PASSAGES);
      for (let seed = SEED; seed < SEED + SEEDS; seed++) {
        const dice = random(seed);
        // Even this one tires in the end: what is shown is that nothing is lost by then.
        let met = 0;
        const platform = openFakePlatform(dice, () => (met++ < 4_000 ? manners : {}));
        const way = openWay(file, platform, { by, window: 4 + dice.below(60) }, () => journal.durableSeq);
        for (let step = 0; platform.stored.size < wanted.size || way.forwarder()?.state().waiting !== 0; step++) {
          if (step > 400_000)
            throw new Error(
              `seed ${seed}: ${platform.stored.size} of ${wanted.size}, ${JSON.stringify(way.forwarder()?.state())}`,
            );
          if (!platform.up()) platform.connect();
          way.turn();
          if (by === "receipt" && dice.chance(0.05))
            for (const stream of ["alarm", "event"] as const)
              way.forwarder()?.receipt(stream, platform.storedSeq(stream));
          if (!platform.step() && !way.busy()) way.pass(1_000 + dice.below(30_000));
          if (dice.chance(0.0005)) way.crash(dice.chance(0.5));
        }
        expect([...platform.stored.keys()].sort((a, b) => a - b)).toEqual([...wanted.keys()]);
        // The links close every hole: complete, and known to be.
        for (const stream of ["alarm", "event"] as const) {
          const last = [...wanted].filter(([, which]) => which === stream).at(-1)?.[0] ?? 0;
          expect(platform.storedSeq(stream)).toBe(last);
        }
        expect(new Set(platform.arrived.map(({ seq, id }) => `${seq} ${id}`)).size).toBe(wanted.size);
        way.close();
      }
    },
  );
});

describe("a broker that keeps its word", () => {
  it("sends alarms first, and each lane in order, whatever crashes in between", async () => {
    const { file, journal } = await journalOf(600, 7);
    const dice = random(7);
    const platform = openFakePlatform(dice, () => ({ breaks: 0.003 }));
    const way = openWay(file, platform, {}, () => journal.durableSeq);
    const wanted = expected(journal);
    for (let step = 0; way.forwarder()?.state().waiting !== 0 && step < 100_000; step++) {
      if (!platform.up()) platform.connect();
      way.turn();
      if (!platform.step() && !way.busy()) way.pass(30_000);
      if (dice.chance(0.002)) way.crash(dice.chance(0.3));
    }
    expect(platform.stored.size).toBe(wanted.size);
    const first = [...platform.stored.values()];
    for (const stream of ["alarm", "event"] as const) {
      const seqs = first.filter((one) => one.stream === stream).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    }
    const alarms = first.filter(({ stream }) => stream === "alarm").length;
    expect(first.slice(0, 3).every(({ stream }) => stream === "alarm")).toBe(true);
    expect(alarms).toBeGreaterThan(3);
    way.close();
  });

  it("a cursor moves only when the broker has taken the message", async () => {
    const { file, journal } = await journalOf(50, 8);
    const platform = openFakePlatform(random(1), () => ({ silent: 1 }));
    const way = openWay(file, platform, { window: 16 }, () => journal.durableSeq);
    platform.connect();
    for (let n = 0; n < 50; n++) {
      way.turn();
      platform.step();
    }
    expect(platform.arrived.length).toBeGreaterThan(10);
    expect(platform.arrived.length).toBeLessThanOrEqual(16);
    expect(way.kept().event.upTo).toBe(0);
    way.pass(21_000);
    expect(platform.dropped()).toBe("the platform's broker doesn't answer");
    way.close();
  });

  it.each([
    [0x97, "quota"],
    [0x10, "subscribes"],
    [0x87, "publish under our site"],
    [0x95, "too large"],
    [0x83, "0x83"],
  ])("refused with reason %i: nothing moves, and it says why", async (reason, word) => {
    const { file, journal } = await journalOf(5, 9);
    const platform = openFakePlatform(random(1), () => ({}));
    const numbers: number[] = [];
    const refusing: typeof platform = {
      ...platform,
      line: { ...platform.line, send: (parcels) => numbers.push(...parcels.map(({ number }) => number)) > 0 },
    };
    let answer: (number: number, reason: number) => void = () => undefined;
    refusing.line.onAnswer = (hear) => {
      answer = hear;
    };
    const way = openWay(file, refusing, {}, () => journal.durableSeq);
    platform.connect();
    way.turn();
    answer(numbers[0] ?? 0, reason);
    expect(way.forwarder()?.state().trouble).toContain(word);
    expect(way.kept().event.upTo).toBe(0);
    way.close();
  });
});
