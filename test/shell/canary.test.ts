/** Promise 3: the watchdog's question is answered on every site that can decide; else systemd restarts it for ever. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import type { Found, SitePlan } from "../../src/core/terms.ts";
import { openLoop } from "../../src/shell/loop.ts";
import { open, place, SITE_KEY } from "../keeping/journal-place.ts";
import { resident } from "./gate.ts";
import { handClock } from "./hand-clock.ts";

/** An entrance with nothing but a watched iron gate. */
const IRON: SitePlan = {
  id: "site",
  name: "site",
  lanes: [],
  accessPoints: [],
  areas: [],
  accessLevels: [],
  timeProfiles: [],
  holidays: [],
  graceDays: 0,
};

async function canary(people: readonly Found[]): Promise<boolean> {
  const journal = open(join(place(), "journal.sqlite"));
  const loop = openLoop({
    plan: IRON,
    clock: handClock(),
    whitelist: () => ({
      find: (type, value) => people.find((one) => one.credential.type === type && one.credential.value === value),
      near: () => [],
      generation: 1,
      size: people.length,
    }),
    journal,
    move: () => undefined,
    newId: () => "id",
    atEndOfTurn: (then) => then(),
    pseudonym: (text) => pseudonym(SITE_KEY, text),
    watcher: { stepped: () => undefined, changed: () => undefined },
  });
  const answer = loop.canary();
  loop.close();
  await journal.close();
  return answer;
}

it("a site without a reader can decide", async () => {
  expect(await canary([])).toBe(true);
});

it("nobody's card can be the canary's", async () => {
  expect(await canary([resident("x", { value: "gatepost-canary" })])).toBe(true);
});
