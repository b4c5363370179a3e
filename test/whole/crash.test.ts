/**
 * The process dies at random moments under load (SIGKILL): nothing that a terminal was told is lost, nothing is done
 * twice, no relay moves without its row, and the gate decides again.
 * `GATEPOST_KILLS=500 npm test -- test/whole/crash.test.ts` is the long campaign; GATEPOST_SEED repeats one.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { recordOf, startTerminal } from "./load.ts";
import { freePort, openPlace, serialPair, startGate, top, until } from "./place.ts";
import { importResidents, siteYaml, storedRows, watchBoard } from "./site.ts";

const KILLS = Number(process.env.GATEPOST_KILLS ?? 40);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
const place = openPlace();
afterAll(() => place.leave());

test(`${KILLS} SIGKILLs under load lose nothing and double nothing (seed ${SEED})`, {
  timeout: 60_000 + KILLS * 3_000,
}, async () => {
  const dice = random(SEED);
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  const mqttPort = await freePort();
  const secret = place.write("face-in.password", "not-a-default-7f21\n");
  const yaml = siteYaml({
    mqtt: `{ embedded: { host: 127.0.0.1, port: ${mqttPort} } }`,
    relays: relays.ours,
    passwordFile: secret,
  });
  place.write("gate.yaml", yaml);
  await importResidents(place);
  const env = { GATEPOST_MQTT_PORT: String(mqttPort), GATEPOST_LOG_LEVEL: "error" };
  const terminal = startTerminal({
    port: mqttPort,
    username: "face-in",
    password: "not-a-default-7f21",
    inFlight: 8,
    next: () => (dice.chance(0.5) ? "R-0417" : `R-9${dice.below(1000)}`),
  });
  const again: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const told = terminal.acknowledged.size;
    const began = performance.now();
    const gate = await startGate(place, yaml, env);
    await until(() => terminal.acknowledged.size > told, 15_000, gate.running.printed);
    again.push(performance.now() - began);
    // Somewhere in the first 80 ms of full load: in a write, in a sync, between a row and its relay.
    const after = performance.now() + dice.next() * 80;
    await until(() => performance.now() >= after);
    await gate.running.stop("SIGKILL");
  }
  const last = await startGate(place, yaml, env);
  await terminal.stop();
  await last.running.stop();

  const rows = storedRows(place);
  const kept = new Map<string, number>();
  for (const row of rows) {
    const id = row.kind === "decision" ? recordOf(row.open) : undefined;
    if (id !== undefined) kept.set(id, (kept.get(id) ?? 0) + 1);
  }
  const history = new Set(rows.filter((row) => row.kind === "history").map((row) => recordOf(row.open)));
  const lost = [...terminal.acknowledged].filter((id) => !kept.has(id) && !history.has(id));
  expect(lost).toEqual([]);
  expect([...kept].filter(([, times]) => times > 1)).toEqual([]);
  expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
  const moves = rows.filter((row) => row.kind === "move");
  expect(moves.length).toBeGreaterThan(KILLS / 4);
  expect(board.writes().length).toBeLessThanOrEqual(moves.length);
  const verify = place.run(process.execPath, [
    join(top, "dist", "gatepost.cjs"),
    "journal",
    "verify",
    "--config",
    join(place.dir, "gate.yaml"),
  ]);
  expect(await verify.ended, verify.printed()).toBe(0);
  again.sort((a, b) => a - b);
  console.log(
    `${KILLS} SIGKILLs: ${terminal.acknowledged.size} records acknowledged, 0 lost, ${moves.length} openings; ` +
      `from start to the next acknowledgement p50 ${Math.round(again[Math.floor(again.length / 2)] ?? 0)} ms, ` +
      `max ${Math.round(again.at(-1) ?? 0)} ms`,
  );
});
