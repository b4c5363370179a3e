/**
 * Promise 1, seen from the wire: starting, stopping and dying move nothing. A witness that isn't ours reads every byte
 * that the relay board is sent; with nobody at the gate there is not one request to switch a relay.
 */
import { afterAll, expect, test } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { openPlace, serialPair, startGate, until } from "./place.ts";
import { importResidents, siteYaml, storedRows, watchBoard } from "./site.ts";

const STARTS = Number(process.env.GATEPOST_STARTS ?? 25);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
const place = openPlace();
afterAll(() => place.leave());

test(`${STARTS} starts, stops and SIGKILLs at any moment move no relay (seed ${SEED})`, {
  timeout: 60_000 + STARTS * 3_000,
}, async () => {
  const dice = random(SEED);
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  place.write("gate.yaml", yaml);
  await importResidents(place);
  for (let start = 0; start < STARTS; start++) {
    const gate = startGate(place, yaml, { GATEPOST_LOG_LEVEL: "error" });
    if (start % 2 === 0) {
      await (await gate).running.stop(start % 4 === 0 ? "SIGTERM" : "SIGKILL");
      continue;
    }
    // Dead somewhere on the way up, long before it is ready.
    const at = performance.now() + 20 + dice.next() * 300;
    const doomed = gate.catch((cause: unknown) => cause);
    await until(() => performance.now() >= at);
    await place.killAll("gatepost.cjs");
    await doomed;
  }
  expect(board.writes()).toEqual([]);
  expect(storedRows(place).filter((row) => row.kind === "move")).toEqual([]);
});
