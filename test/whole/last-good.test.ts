/** Promise 3: a slip of the pen in gate.yaml leaves no entrance without a gate. The built program, a pty, its own restart. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GOOD_FILE } from "../../src/config/last-good.ts";
import { type Gate, openPlace, type Place, serialPair, startGate, until } from "./place.ts";
import { FLASH, importResidents, siteYaml, storedRows, type Witness, watchBoard } from "./site.ts";

let place: Place;
let board: Witness;
let reader: Awaited<ReturnType<typeof serialPair>>;
let sound: string;

beforeAll(async () => {
  place = openPlace();
  const relays = await serialPair(place, "relays");
  reader = await serialPair(place, "cards");
  board = await watchBoard(relays.theirs);
  sound = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    cardReader: reader.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  place.write("gate.yaml", sound);
  await importResidents(place);
});
afterAll(() => place.leave());

const stateOf = async (gate: Gate): Promise<string> =>
  await (await fetch(`${gate.page}/api/v1/state`, { headers: { origin: gate.page } })).text();

test("a broken gate.yaml: the gate runs by the last good one, says so, and a resident's card opens", async () => {
  place.write(join("data", GOOD_FILE), sound);
  const gate = await startGate(place, sound.replace("devices:", "devises:"));
  expect(gate.running.printed()).toContain("gate.yaml has errors; the gate runs by the last good one");
  expect(await stateOf(gate)).toContain("config-broken");
  // As somebody does whose card wasn't heard: a line that is only just open drops what it can't know the beginning of.
  const line = await open(reader.theirs, "r+");
  let shownAt = Number.NEGATIVE_INFINITY;
  await until(
    async () => {
      if (performance.now() - shownAt > 500) {
        await line.write("0005913727\r\n");
        shownAt = performance.now();
      }
      return storedRows(place).some((row) => row.kind === "decision");
    },
    20_000,
    gate.running.printed,
  );
  await line.close();
  await until(() => board.writes().length > 0, 20_000, gate.running.printed);
  expect(new Set(board.writes())).toEqual(new Set([FLASH]));
  expect(
    storedRows(place).find((row) => row.kind === "alarm" && row.open.alarm === "config-broken")?.open,
  ).toMatchObject({
    detail: expect.stringMatching(/gate\.yaml:\d+ /),
  });
  await gate.running.stop();
}, 90_000);

test("mended, the alarm is over with the next start", async () => {
  const gate = await startGate(place, sound);
  expect(await stateOf(gate)).not.toContain("config-broken");
  await gate.running.stop();
}, 90_000);
