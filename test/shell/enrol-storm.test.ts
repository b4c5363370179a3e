/** Terminals that drop, repeat, reboot and are exchanged at any moment, a gate whose power goes: in the end each holds exactly what it should. */
import { expect, it } from "vitest";
import type { FaceHolder } from "../../src/shell/ports.ts";
import { random } from "../../src/simulator/random.ts";
import { openEnrolSite, resident } from "./enrol-site.ts";

const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const SEEDS = Array.from({ length: 12 }, (_, i) => SEED + i);
const FACES = ["A", "B", "C", "D", "E"];

async function storm(seed: number, keepPictures: boolean) {
  const dice = random(seed);
  const site = openEnrolSite({ keepPictures });
  const people = new Map<string, FaceHolder>();
  const terminals = [...site.terminals.values()];
  const pick = <T>(list: readonly T[]): T => list[dice.below(list.length)] ?? fail();
  const deeds: readonly (() => void)[] = [
    () => {
      const face = pick(FACES);
      people.set(face, resident(face, { name: `人${dice.below(3)}`, blocked: dice.chance(0.1) }));
      site.list(...people.values());
      site.picture(face, `p${dice.below(4)}`);
    },
    () => {
      people.delete(pick(FACES));
      site.list(...people.values());
    },
    () => {
      pick(terminals).on = dice.chance(0.6);
    },
    () => {
      pick(terminals).loses = pick(["nothing", "commands", "replies"] as const);
    },
    () => pick(terminals).faces.reset(),
    () => pick(terminals).faces.refuse(pick(FACES), dice.chance(0.5) ? 465 : undefined),
    () => pick(terminals).faces.busy(dice.chance(0.5)),
    () => site.cut(),
    () => {
      pick(terminals).repeats = dice.chance(0.5);
    },
  ];
  for (let i = 0; i < 60; i++) {
    pick(deeds)();
    await site.run(1 + dice.below(12));
  }
  for (const one of terminals) {
    one.on = true;
    one.loses = "nothing";
    one.faces.busy(false);
    for (const face of FACES) one.faces.refuse(face, undefined);
  }
  // Whoever lost it all in a storm that took its picture too gets another one.
  for (const face of people.keys()) if (keepPictures) site.picture(face, "last");
  await site.run(1_500);
  return { site, people };
}

function fail(): never {
  throw new Error("nothing to pick");
}

it.each(SEEDS)("with the pictures kept each terminal holds exactly its people (seed %i)", async (seed) => {
  const { site, people } = await storm(seed, true);
  for (const [id, { faces }] of site.terminals) {
    const wanted = [...people.values()].filter(({ blocked }) => !blocked);
    const held = new Map(faces.held().map((one) => [one.customId, one.name]));
    expect({ id, missing: wanted.filter((one) => held.get(one.face) !== one.name).map(({ face }) => face) }).toEqual({
      id,
      missing: [],
    });
    expect({ id, left: [...held.keys()].filter((face) => !people.has(face)) }).toEqual({ id, left: [] });
  }
  site.close();
});

it.each(SEEDS)("promise 6: nobody's removal is ever forgotten (seed %i)", async (seed) => {
  const { site, people } = await storm(seed + 1_000, false);
  for (const [id, { faces }] of site.terminals)
    expect({ id, left: faces.held().filter((one) => !people.has(one.customId)) }).toEqual({ id, left: [] });
  site.close();
});
