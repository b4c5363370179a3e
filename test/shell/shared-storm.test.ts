/**
 * Gates of one site in a storm: cut off, letters lost, twice and in any order, power cuts, clocks that lie, disks put back.
 * Whatever happened, once they hear each other again all say the same of everybody. GATEPOST_SHARED_STORMS = how many,
 * GATEPOST_SEED = the first one's seed.
 */
import { describe, expect, it } from "vitest";
import { compareShared, keyOf } from "../../src/core/shared.ts";
import type { Shared } from "../../src/core/shared-terms.ts";
import { random } from "../core/lane-storm.ts";
import { handClock } from "./hand-clock.ts";
import { type Disk, type Network, openNetwork, placements, type SharingGate, startGate } from "./shared-site.ts";

const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const STORMS = Number(process.env.GATEPOST_SHARED_STORMS ?? 8);
const TRUSTS = ["trusted", "holdover", "untrusted"] as const;
const AREAS = ["yard", "garage", "outside"] as const;
const areaOf = (one: (typeof AREAS)[number]) => (one === "outside" ? undefined : one);
const DAY = 86_400_000;

interface Machine {
  readonly name: string;
  disk: Disk;
  gate: SharingGate;
}

function chanceOf(draw: () => number) {
  const under = (most: number) => Math.floor(draw() * most);
  return {
    draw,
    under,
    of<T extends string | number | object>(all: readonly T[]): T {
      const one = all[under(all.length)];
      if (one === undefined) throw new Error("nothing to choose from");
      return one;
    },
  };
}

function openSite(seed: number, count: number) {
  const chance = chanceOf(random(seed));
  const network = openNetwork(chance.draw);
  const names = Array.from({ length: count }, (_, n) => `gate-${n}`);
  /** The latest durable word on each subject, by all that ever came to a disk. */
  const durable = new Map<string, Shared>();
  let ids = 0;
  const start = (name: string, disk: Disk, clock = handClock()): SharingGate =>
    startGate(network, disk, {
      gate: name,
      gates: names.filter((other) => other !== name),
      boot: `${++ids}-start`,
      clock,
      onDurable(record) {
        const key = keyOf(record.told);
        const known = durable.get(key);
        if (known === undefined || compareShared(record, known) > 0) durable.set(key, record);
      },
    });
  const machines: Machine[] = names.map((name) => {
    const disk = { kept: new Map(), rows: 0 };
    return { name, disk, gate: start(name, disk) };
  });
  return { chance, network, machines, start, durable };
}

/** Everything is well again: letters go, disks write, gates tell how far they are, until nothing is new. */
function heal(network: Network, machines: readonly Machine[]): void {
  Object.assign(network.chaos, { loss: 0, twice: 0, shuffled: false });
  for (const { name } of machines) network.cut(name, true);
  for (let round = 0; round < 30; round++) {
    for (const { gate } of machines) {
      gate.clock.to(gate.clock.at() + 5_000);
      gate.sync();
      gate.sharing.tell();
    }
    while (network.step());
  }
  for (const { gate } of machines) gate.sync();
}

function expectAgreement(machines: readonly Machine[], what: string): void {
  const [first, ...others] = machines.map(({ gate }) => gate.sharing);
  if (first === undefined) throw new Error("no gates");
  for (const other of others) expect(placements(other), what).toEqual(placements(first));
  for (const area of ["yard", "garage"])
    for (const other of others) expect(other.places.inside(area), what).toEqual(first.places.inside(area));
}

/** One blow of the storm. `losing` = disks may be put back to an older state, too. */
function blow(site: ReturnType<typeof openSite>, older: Map<string, Disk>, losing: boolean): void {
  const { chance, network, machines, start } = site;
  const one = chance.of(machines);
  const copy = ({ kept, rows }: Disk): Disk => ({ kept: new Map(kept), rows });
  const drawn = chance.draw();
  if (drawn < 0.5) {
    const holder = `p${chance.under(12)}`;
    one.gate.pass(holder, areaOf(chance.of(AREAS)), { vehicle: chance.draw() < 0.5, household: `h${chance.under(3)}` });
    if (chance.draw() < 0.7) one.gate.sync();
  } else if (drawn < 0.52) one.gate.clear(chance.of(["yard", "garage"]));
  else if (drawn < 0.53)
    one.gate.sharing.erase(
      [...one.gate.sharing.ledger.all()].flatMap(({ told }) =>
        told.is === "placed" && chance.draw() < 0.2 ? [told.subject] : [],
      ),
    );
  else if (drawn < 0.57) network.cut(one.name, chance.draw() < 0.6);
  else if (drawn < 0.6) {
    Object.assign(network.chaos, {
      loss: chance.draw() * 0.6,
      twice: chance.draw() * 0.4,
      shuffled: chance.draw() < 0.7,
    });
  } else if (drawn < 0.63) {
    // The power fails: what was not on the disk is gone.
    const clock = handClock();
    clock.setWall(clock.now().wall.epochMs + chance.of([0, -DAY * 20_000, DAY * 300, 12_345]), chance.of(TRUSTS));
    if (losing && chance.draw() < 0.3)
      one.disk = copy(chance.draw() < 0.3 ? { kept: new Map(), rows: 0 } : (older.get(one.name) ?? one.disk));
    one.gate = start(one.name, one.disk, clock);
  } else if (drawn < 0.66) {
    one.gate.clock.setWall(
      one.gate.clock.now().wall.epochMs + chance.of([-DAY, DAY, 5_000, -5_000]),
      chance.of(TRUSTS),
    );
  } else if (drawn < 0.68) older.set(one.name, copy(one.disk));
  else if (drawn < 0.76) {
    one.gate.clock.to(one.gate.clock.at() + chance.under(90_000));
    one.gate.sharing.tell();
    one.gate.sync();
  } else for (let n = chance.under(12); n > 0 && network.step(); n--);
}

it("a gate that comes new, or comes back after months, is told all of it in pieces that any line takes", () => {
  const site = openSite(SEED, 3);
  const [south, north, east] = site.machines;
  if (south === undefined || north === undefined || east === undefined) throw new Error("no gates");
  site.network.cut(east.name, false);
  for (let n = 0; n < 1_500; n++) {
    const { gate } = n % 2 === 0 ? south : north;
    gate.pass(`holder-${n}`, "yard", { vehicle: true, household: `household-${n}` });
  }
  heal(site.network, [south, north]);
  heal(site.network, site.machines);
  expectAgreement(site.machines, "all three");
  expect(east.gate.sharing.places.vehiclesIn("yard")).toBe(1_500);
  expect(Math.max(...site.network.all.map(({ payload }) => payload.length))).toBeLessThan(64 * 1024);
  // The gate that saw them has burned down: the others tell a new one of them.
  const fresh = { name: east.name, disk: { kept: new Map(), rows: 0 }, gate: east.gate };
  fresh.gate = site.start(east.name, fresh.disk);
  site.network.cut(south.name, false);
  heal(site.network, [north, fresh]);
  expect(fresh.gate.sharing.places.vehiclesIn("yard")).toBe(1_500);
});

describe.each(Array.from({ length: STORMS }, (_, n) => SEED + n))("storm, seed %d", (seed) => {
  it.each([
    ["power cuts, clocks and a bad network", false],
    ["and disks put back or lost", true],
  ])("%s: all agree once they hear each other", (_, losing) => {
    const site = openSite(seed, 2 + (seed % 4));
    const older = new Map<string, Disk>();
    for (let n = 0; n < 700; n++) blow(site, older, losing);
    heal(site.network, site.machines);
    expectAgreement(site.machines, `seed ${seed}`);
    const [first] = site.machines;
    if (first === undefined) throw new Error("no gates");
    if (!losing) {
      // Nothing that was on a disk is forgotten, and nothing else is believed.
      const { ledger } = first.gate.sharing;
      for (const [key, record] of site.durable) expect(ledger.latest(key), `seed ${seed} ${key}`).toEqual(record);
    }
    // No clock wins for ever: what is seen now counts, whatever was seen before and by whom.
    for (let n = 0; n < 12; n++) {
      const { gate } = site.chance.of(site.machines);
      gate.pass(`p${n}`, n % 2 === 0 ? "yard" : undefined);
    }
    heal(site.network, site.machines);
    expectAgreement(site.machines, `seed ${seed}, after`);
    const { places } = first.gate.sharing;
    for (let n = 0; n < 12; n++) expect(places.whereabouts(`p${n}`)?.area).toBe(n % 2 === 0 ? "yard" : undefined);
  });

  it("without any separation they say what one gate alone would say", () => {
    const { chance, network, machines } = openSite(seed, 3);
    const alone = new Map<string, { readonly area?: string; readonly vehicle: boolean }>();
    heal(network, machines);
    for (let n = 0; n < 150; n++) {
      const { gate } = chance.of(machines);
      gate.clock.setWall(gate.clock.now().wall.epochMs + chance.of([0, 40_000, -40_000]), chance.of(TRUSTS));
      if (chance.draw() < 0.05) {
        gate.clear("yard");
        for (const [holder, { area, vehicle }] of alone) if (area === "yard") alone.set(holder, { vehicle });
      } else {
        const [holder, area, vehicle] = [`p${chance.under(9)}`, areaOf(chance.of(AREAS)), chance.draw() < 0.5];
        gate.pass(holder, area, { vehicle });
        alone.set(holder, { vehicle, ...(area === undefined ? {} : { area }) });
      }
      gate.sync();
      while (network.step());
      const told = [...alone.values()];
      for (const { gate: each } of machines) {
        for (const [holder, { area }] of alone) expect(each.sharing.places.whereabouts(holder)?.area).toBe(area);
        for (const area of ["yard", "garage"]) {
          const inside = told.filter((one) => one.area === area);
          const vehicles = inside.filter((one) => one.vehicle).length;
          expect(each.sharing.places.inside(area)).toEqual({ people: inside.length - vehicles, vehicles });
        }
      }
    }
  });
});
