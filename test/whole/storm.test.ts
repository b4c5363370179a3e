/**
 * Storm and a chattering input: 200 reads a second while a contact jumps at 1 kHz, on the real service. Every read is
 * decided, recorded and answered once; journal and log grow by what people do, not by what the contact does. Times are
 * printed, not judged. `GATEPOST_STORM_S=600 npm test -- test/whole/storm` is the ten minutes of reliability.md.
 */
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, expect, test } from "vitest";
import { MOST_CHANGES } from "../../src/core/chatter.ts";
import { random } from "../../src/simulator/random.ts";
import { recordOf } from "./load.ts";
import { openPlace, serialPair, startGate, until } from "./place.ts";
import { ANSWERS, heartbeat, importResidents, REC, recPush, siteYaml, storedRows, watchBoard } from "./site.ts";

const SECONDS = Number(process.env.GATEPOST_STORM_S ?? 10);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
const READS_PER_S = 200;
const JUMPS_PER_S = 1_000;
const CAMERA = "c2a91b5e-4f7d0a11";
const place = openPlace();
afterAll(() => place.leave());

/** The small site, and an iron gate whose contact hangs on a camera's input. */
function stormyYaml(relays: string): string {
  const secret = (name: string) => place.write(`${name}.password`, "not-a-default-7f21\n");
  return siteYaml({ mqtt: "{ embedded: { port: 0 } }", relays, passwordFile: secret("face-in") }).replace(
    "lanes:\n",
    `  - id: camera
    profile: vzenith-mqtt
    mqtt: { passwordFile: ${secret("camera")} }
    params: { deviceId: "${CAMERA}" }
lanes:
  - id: iron
    kind: monitored
    name: 铁门
    inputs: { door-contact: { device: camera, channel: 1 } }
    accessPoints: []
`,
  );
}

/** The vendor's gpio_in. */
const contact = (value: number) =>
  JSON.stringify({
    sn: CAMERA,
    name: "gpio_in",
    payload: { type: "gpio_in", body: { AlarmGioIn: { result: { TriggerResult: { source: 0, value } } } } },
  });

/** Does it `perSecond` times a second for as long as the storm lasts, catching up after a late tick. */
async function every(perSecond: number, act: (n: number) => void): Promise<number> {
  const began = performance.now();
  let done = 0;
  while (done < perSecond * SECONDS) {
    const due = Math.min(perSecond * SECONDS, ((performance.now() - began) / 1000) * perSecond);
    for (; done < due; done++) act(done);
    await new Promise((next) => setTimeout(next, 2));
  }
  return done;
}

test(`${SECONDS} s of ${READS_PER_S} reads and ${JUMPS_PER_S} jumps of a contact a second (seed ${SEED})`, {
  timeout: 60_000 + SECONDS * 3_000,
}, async () => {
  const dice = random(SEED);
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  const yaml = stormyYaml(relays.ours);
  place.write("gate.yaml", yaml);
  await importResidents(place);
  const gate = await startGate(place, yaml, { GATEPOST_LOG_LEVEL: "info" });
  const client = (username: string, more: IClientOptions = {}): Promise<MqttClient> =>
    connectAsync({ host: "127.0.0.1", port: gate.mqttPort, username, password: "not-a-default-7f21", ...more });
  const [terminal, camera] = [await client("face-in"), await client("camera")];

  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  const twice: string[] = [];
  terminal.on("message", (_topic, payload) => {
    const id = /"SnapOrRecordID":"?(\d+)/.exec(payload.toString("utf8"))?.[1] ?? "";
    const at = sentAt.get(id);
    if (at === undefined) return;
    if (Number.isNaN(at)) twice.push(id);
    else latencies.push(performance.now() - at);
    sentAt.set(id, Number.NaN);
  });
  await terminal.subscribeAsync(ANSWERS);
  await terminal.publishAsync("mqtt/face/heartbeat", heartbeat());

  const [reads, jumps] = await Promise.all([
    every(READS_PER_S, () => {
      const { id, text } = recPush(dice.chance(0.5) ? "R-0417" : `R-9${dice.below(1000)}`);
      sentAt.set(id, performance.now());
      terminal.publish(REC, text, { qos: 0 });
    }),
    every(JUMPS_PER_S, (n) => camera.publish(`device/${CAMERA}/message/up/gpio_in`, contact(n % 2), { qos: 0 })),
  ]);
  await until(
    () => latencies.length >= reads,
    30_000,
    () => `${latencies.length} of ${reads} answered`,
  );
  const metrics = await (await fetch(`${gate.page}/metrics`)).text();
  await Promise.all([terminal.endAsync(), camera.endAsync()]);
  expect(await gate.running.stop()).toBe(0);

  expect(twice).toEqual([]);
  const rows = storedRows(place);
  const decided = rows.filter((row) => row.kind === "decision").map((row) => recordOf(row.open));
  expect(new Set(decided)).toEqual(new Set(sentAt.keys()));
  expect(decided.length).toBe(reads);
  const moves = rows.filter((row) => row.kind === "move");
  expect(moves.every((row) => row.lane === "walk")).toBe(true);
  expect(board.writes().length).toBeLessThanOrEqual(moves.length);
  // The contact is believed for its first jumps, then it is unknown: a change or two of state and one alarm.
  const made = rows.filter((row) => row.lane === "iron");
  expect(made.length).toBeLessThanOrEqual(2 * MOST_CHANGES);
  expect(made.filter((row) => row.open.alarm === "sensor-jumping" && row.kind === "alarm").length).toBe(1);
  const lines = gate.running.printed().split("\n");
  expect(lines.filter((line) => line.includes("door-contact") || line.includes("iron")).length).toBeLessThanOrEqual(
    2 * MOST_CHANGES,
  );
  // A line for each read, for each movement and its outcome, and for what the lane does by itself.
  expect(lines.length).toBeLessThanOrEqual(reads + 4 * moves.length + 2 * MOST_CHANGES + 100);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(1);
  const sum = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  console.log(
    `${reads} reads beside ${jumps} jumps: answered after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ` +
      `decided in ${((sum("gatepost_decision_seconds_sum") / sum("gatepost_decision_seconds_count")) * 1000).toFixed(2)} ms ` +
      `on the average; ${rows.length} rows, ${lines.length} lines, ${made.length} rows of the contact's lane`,
  );
});
