/**
 * A terminal that misbehaves beside one that doesn't, through the whole program and both brokers: pictures too large, ids
 * that begin anew, a clock that lies, a flood. The other one's residents get in meanwhile.
 */
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gate, openPlace, type Place, startGate, startMosquitto, until } from "./place.ts";
import { importResidents, recPush, storedRows, terminalTime } from "./site.ts";

const BAD = "1000001";
const GOOD = "1000002";
const HOUR = 3_600_000;

const yamlOf = (broker: string, secret: (id: string) => string) => `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: ${broker}
clock: { trust: trusted }
devices:
  - { id: bad, profile: faceterm-mqtt, mqtt: ${secret("bad")}, params: { deviceId: "${BAD}" }, purpose: 测试用的人脸终端 }
  - { id: good, profile: faceterm-mqtt, mqtt: ${secret("good")}, params: { deviceId: "${GOOD}" }, purpose: 测试用的人脸终端 }
lanes:
  - { id: at-bad, kind: pedestrian, name: 甲, outputs: { open: { device: bad, command: unlock } }, times: { accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: bad-in, direction: in, readers: [bad] }] }
  - { id: at-good, kind: pedestrian, name: 乙, outputs: { open: { device: good, command: unlock } }, times: { accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: good-in, direction: in, readers: [good] }] }
accessLevels: [{ id: residents, accessPoints: all }]
`;

describe.each(["embedded", "mosquitto"] as const)("over %s", (which) => {
  let place: Place;
  let gate: Gate;
  let url: string;
  let bad: MqttClient;
  let good: MqttClient;
  const acknowledged = new Map<string, number>();

  const join = (id: string) =>
    mqtt.connectAsync(url, { clientId: `t-${id}`, username: id, password: `secret-of-${id}`, reconnectPeriod: 0 });

  beforeAll(async () => {
    place = openPlace();
    const secret = (id: string) => {
      if (which === "mosquitto") return "{}";
      place.write(id, `secret-of-${id}`);
      return `{ passwordFile: ${id} }`;
    };
    const outside = which === "mosquitto" ? (await startMosquitto(place)).url : undefined;
    const broker = outside === undefined ? "{ embedded: { port: 0 } }" : `{ external: { url: "${outside}" } }`;
    const yaml = yamlOf(broker, secret);
    place.write("gate.yaml", yaml);
    await importResidents(place);
    gate = await startGate(place, yaml, { GATEPOST_LOG_LEVEL: "info" });
    url = outside ?? `mqtt://127.0.0.1:${gate.mqttPort}`;
    bad = await join("bad");
    good = await join("good");
    good.on("message", (_topic, payload) => {
      const id = /"SnapOrRecordID":(\d+)/.exec(payload.toString("utf8"))?.[1];
      if (id !== undefined) acknowledged.set(id, performance.now());
    });
    await good.subscribeAsync(`mqtt/face/${GOOD}`);
  });
  afterAll(async () => {
    bad.end(true);
    good.end(true);
    await place.leave();
  });

  const say = (client: MqttClient, device: string, text: string, qos: 0 | 1 = 1) =>
    client.publishAsync(`mqtt/face/${device}/Rec`, text, { qos });
  const record = (device: string, person: string, more: Readonly<Record<string, unknown>> = {}) =>
    recPush(person, { facesluiceId: device, ...more });
  const beat = (shiftMs: number) =>
    bad.publishAsync(
      "mqtt/face/heartbeat",
      JSON.stringify({ operator: "HeartBeat", info: { facesluiceId: BAD, time: terminalTime(Date.now() + shiftMs) } }),
    );
  const rowOf = (id: string) =>
    storedRows(place).filter((row) => String(row.open.eventId ?? "").startsWith(`rec:${id}@`));
  const decided = async (id: string) => (await until(() => rowOf(id).at(-1), 8_000, gate.running.printed)).open;
  async function metric(name: RegExp): Promise<number> {
    const text = await fetch(`${gate.page}/metrics`).then((answer) => answer.text());
    return text
      .split("\n")
      .filter((line) => name.test(line))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }
  const alarms = () =>
    storedRows(place)
      .filter(({ kind }) => kind === "alarm")
      .map(({ open }) => open.alarm);

  test("pictures: 2 MB is read; 5 MB is refused with a counter, and nothing else", async () => {
    const large = record(BAD, "R-0417", { pic: `data:image/jpeg;base64,${"A".repeat(2_000_000)}` });
    await say(bad, BAD, large.text);
    expect(await decided(large.id)).toMatchObject({ outcome: "granted" });
    const counter = /frames_skipped_total\{device="bad",code="too-long"\}/;
    expect(await metric(counter)).toBe(0);
    const before = alarms().length;
    const tooLarge = record(BAD, "R-0418", { pic: `data:image/jpeg;base64,${"A".repeat(5_000_000)}` });
    await say(bad, BAD, tooLarge.text);
    await until(async () => (await metric(counter)) === 1, 8_000, gate.running.printed);
    const next = record(BAD, "R-0418");
    await say(bad, BAD, next.text);
    expect(await decided(next.id)).toMatchObject({ outcome: "granted" });
    expect(bad.connected).toBe(true);
    expect(rowOf(tooLarge.id)).toEqual([]);
    expect(alarms().slice(before)).toEqual([]);
    expect(storedRows(place).some((row) => JSON.stringify(row).length > 10_000)).toBe(false);
  });

  test("its record numbers begin anew after a reboot: new records count, the old one again is history", async () => {
    const at = terminalTime();
    const first = record(BAD, "R-0417", { RecordID: "1", time: at });
    await say(bad, BAD, first.text);
    await until(() => rowOf("1").length === 1, 8_000, gate.running.printed);
    await bad.endAsync();
    bad = await join("bad");
    // The same number, a second later at least: another record.
    await until(() => terminalTime() !== at, 3_000);
    await say(bad, BAD, record(BAD, "R-0418", { RecordID: "1" }).text);
    await until(() => rowOf("1").length === 2, 8_000, gate.running.printed);
    await say(bad, BAD, first.text);
    await until(() => rowOf("1").length === 3, 8_000, gate.running.printed);
    expect(rowOf("1").map(({ open }) => open.reason ?? open.outcome)).toEqual(["granted", "granted", "not-fresh"]);
  });

  test("its clock lies: hours off it opens nothing, in a steady wrong zone it does, and running backwards it doesn't", async () => {
    for (const shift of [-8 * HOUR, 8 * HOUR, 24 * HOUR, -60_000]) {
      const { id, text } = record(BAD, "R-0417", { time: terminalTime(Date.now() + shift) });
      await say(bad, BAD, text);
      expect(await decided(id), String(shift)).toMatchObject({ reason: "not-fresh" });
    }
    // Two heartbeats apart that agree: its clock is known to be in another zone.
    await beat(-8 * HOUR);
    await new Promise((later) => setTimeout(later, 3_200)); // as far apart as two heartbeats must be to confirm each other
    await beat(-8 * HOUR);
    const zoned = record(BAD, "R-0417", { time: terminalTime(Date.now() - 8 * HOUR) });
    await say(bad, BAD, zoned.text);
    expect(await decided(zoned.id)).toMatchObject({ outcome: "granted" });
    await beat(-9 * HOUR);
    const backwards = record(BAD, "R-0417", { time: terminalTime(Date.now() - 9 * HOUR) });
    await say(bad, BAD, backwards.text);
    expect(await decided(backwards.id)).toMatchObject({ reason: "not-fresh" });
  });

  test("it floods: the other terminal's residents get in, memory stays bounded, the counters say so", async () => {
    const FLOOD_MS = 4_000;
    const memory = await metric(/^gatepost_memory_bytes /);
    const denied = /gatepost_decisions_total\{reason="(credential-not-found|not-fresh)"\}/;
    const before = await metric(denied);
    let sent = 0;
    const flooding = setInterval(() => {
      for (let i = 0; i < 100; i++) bad.publish(`mqtt/face/${BAD}/Rec`, record(BAD, `X-${sent++}`).text, { qos: 0 });
    }, 20);
    const waits: number[] = [];
    const end = performance.now() + FLOOD_MS;
    while (performance.now() < end) {
      const began = performance.now();
      const { id, text } = record(GOOD, "R-0417");
      await say(good, GOOD, text, 0);
      await until(() => acknowledged.has(id), 30_000, gate.running.printed);
      waits.push((acknowledged.get(id) ?? 0) - began);
      expect(await decided(id)).toMatchObject({ outcome: "granted" });
    }
    clearInterval(flooding);
    expect(sent).toBeGreaterThan(2_000);
    expect(await metric(/^gatepost_memory_bytes /)).toBeLessThan(memory + 150_000_000);
    expect((await metric(denied)) - before).toBeGreaterThan(500);
    if (which === "mosquitto")
      expect(await metric(/frames_skipped_total\{device="bad",code="flood"\}/)).toBeGreaterThan(500);
    if (process.env.SHOW_SPEED === "1")
      process.stdout.write(
        `${which}: ${sent} sent, ${waits.length} let in, slowest ${Math.max(...waits).toFixed(0)} ms\n`,
      );
  });
});
