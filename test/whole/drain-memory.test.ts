/**
 * What a backlog costs in memory while it goes up: the built gate, a journal that nobody has been told of, and both kinds
 * of platform. The resident set is watched from outside. Too long for every day: GATEPOST_DRAIN_ROWS=200000 runs it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal } from "../../src/adapters/journal.ts";
import { random } from "../../src/simulator/random.ts";
import { passageRows } from "../uplink/campaign.ts";
import { listen, openCounterpart } from "../viid/counterpart.ts";
import { type Gate, openPlace, type Place, startGate, startMosquitto, until } from "./place.ts";

const ROWS = Number(process.env.GATEPOST_DRAIN_ROWS ?? 0);
/** Above the gate just after its start. Measured: 24 to 43 MB with 60,000 rows, 53 with 200,000 (134 before the heap collected at 1.5 × what lives). */
const MOST_GROWTH_MB = 110;
const DEVICE = "33038100001190000001";

let place: Place;
beforeAll(() => {
  place = openPlace();
  place.write("word", "g4te-East\n");
});
afterAll(() => place.leave());

async function backlog(dataDir: string): Promise<void> {
  const folder = join(place.dir, dataDir);
  mkdirSync(folder, { recursive: true });
  const siteKey = new Uint8Array(32).fill(7);
  writeFileSync(join(folder, "site.key"), siteKey, { mode: 0o600 });
  const journal = openJournal({
    file: join(folder, "journal.sqlite"),
    boot: "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f",
    siteKey,
    keyOf: () => undefined,
    dateOf: (wallMs) => new Date(wallMs).toISOString().slice(0, 10),
  });
  const dice = random(11);
  for (let n = 0, last = 0; last < ROWS; n++) {
    last = journal.appendAll(passageRows(n, dice));
    if (n % 500 === 0 || last >= ROWS) await new Promise<void>((done) => journal.whenDurable(last, done));
  }
  await journal.close();
}

const yaml = (dataDir: string, up: string): string => `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: ${dataDir}
simulation: true
gpio: { backend: simulated }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { gpio: 17, pulseMs: 500 } }
    accessPoints: [{ id: walk-in, direction: in, readers: [] }]
accessLevels: [{ id: residents, accessPoints: all }]
${up}
`;

const rssMb = (gate: Gate): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gate.running.child.pid}/status`, "utf8"))?.[1]) / 1024;
const number = async (gate: Gate, name: string): Promise<number> => {
  const text = await fetch(`${gate.page}/metrics`).then((answer) => answer.text());
  return Number(new RegExp(`^gatepost_${name} (\\S+)`, "m").exec(text)?.[1]);
};

/** Highest resident set until nothing waits any more. */
async function watchDrain(gate: Gate, up: string, waiting: string): Promise<number> {
  let most = 0;
  const began = performance.now();
  await until(
    async () => {
      most = Math.max(most, rssMb(gate));
      return (await number(gate, up)) === 1 && (await number(gate, waiting)) < 10;
    },
    60_000 + ROWS * 3,
    () => gate.running.printed().slice(-2_000),
  );
  console.log(
    `${ROWS} rows in ${((performance.now() - began) / 1000).toFixed(1)} s, at most ${most.toFixed(0)} MB (${up})`,
  );
  return most;
}

test.runIf(ROWS > 0)(
  `${ROWS} rows: memory stays bounded over MQTT and over GA/T 1400`,
  { timeout: 240_000 + ROWS * 10 },
  async () => {
    await backlog("rest");
    const alone = await startGate(place, yaml("rest", ""), {}, "healthz");
    const rest = rssMb(alone);
    await alone.running.stop();

    const broker = await startMosquitto(place);
    const reader = connect(broker.url, { protocolVersion: 5 });
    await reader.subscribeAsync("gatepost/#", { qos: 1 });
    await backlog("mqtt");
    const overMqtt = await startGate(place, yaml("mqtt", `uplink: { url: "${broker.url}" }`), {}, "healthz");
    const mqtt = await watchDrain(overMqtt, "uplink_up", "uplink_backlog_rows");
    await overMqtt.running.stop();
    await reader.endAsync(true);

    const platform = openCounterpart(random(5), () => ({}), DEVICE);
    const server = await listen(platform, { realm: "viid", password: "g4te-East" });
    await backlog("viid");
    const viid = `viid: { url: "${server.url}", deviceId: "${DEVICE}", passwordFile: word, persons: true, batch: 100 }`;
    const overHttp = await startGate(place, yaml("viid", viid), {}, "healthz");
    const http = await watchDrain(overHttp, "viid_up", "viid_backlog_rows");
    await overHttp.running.stop();
    await server.close();

    console.log(`at rest ${rest.toFixed(0)} MB, over MQTT ${mqtt.toFixed(0)} MB, over GA/T 1400 ${http.toFixed(0)} MB`);
    expect(mqtt - rest).toBeLessThan(MOST_GROWTH_MB);
    expect(http - rest).toBeLessThan(MOST_GROWTH_MB);
  },
);
