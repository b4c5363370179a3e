/** `gatepost devices` as it is installed: on pseudo-terminals, at Mosquitto, as our own broker, and beside a running gate. */
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openPty } from "../../src/adapters/pty.ts";
import { openBoard } from "../../src/simulator/board.ts";
import { openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { freePort, openPlace, type Place, serialPair, startGate, startMosquitto, top, until } from "./place.ts";
import { heartbeat, REC, recPush, siteYaml, TERMINAL, watchBoard } from "./site.ts";

const PASSWORD = "not-a-default-7f21";
const REJECTED = Buffer.from("EFAA000002120111", "hex");

describe("gatepost devices", () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace();
  });
  afterAll(() => place.leave());

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    place.run(process.execPath, [`${top}/dist/gatepost.cjs`, "devices", ...args], env);
  async function told(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const running = start([...args, "--json"], env);
    const code = await running.ended;
    const text = running.printed();
    const from = text.indexOf("{\n");
    return { code, text, json: from < 0 ? undefined : JSON.parse(text.slice(from)) };
  }

  test("without a link it lists ports and listens to nothing", async () => {
    const { code, json } = await told([]);
    expect(code).toBe(0);
    expect(json).toMatchObject({ ports: expect.any(Array), lines: [], brokers: [] });
  });

  test("a face module that speaks is known by its frames; not a byte is sent to it", async () => {
    const pty = openPty();
    onTestFinished(() => pty.close());
    const sent: number[] = [];
    pty.onBytes((bytes) => void sent.push(...bytes));
    const saying = setInterval(() => pty.write(REJECTED), 100);
    onTestFinished(() => clearInterval(saying));
    const { code, json, text } = await told([pty.path, "--for", "1", "--baud", "115200"]);
    expect(code, text).toBe(0);
    const [line] = json.lines;
    expect(line).toMatchObject({ baud: 115_200, form: "8N1", asked: [] });
    expect(line.matches[0]).toMatchObject({ profile: "sense-uart", proven: true });
    expect(line.matches[0].sound).toBeGreaterThanOrEqual(3);
    expect(sent).toEqual([]);
  });

  test("--ask: a board and an OSDP reader answer what only reads; no relay moves", async () => {
    const pty = openPty();
    onTestFinished(() => pty.close());
    let moved = 0;
    const board = openBoard(1, { input: () => false, relay: () => moved++ });
    const reader = openOsdpReader({ address: 0, random: (n) => new Uint8Array(n), now: () => performance.now() });
    onTestFinished(() => board.close());
    pty.onBytes((bytes) => {
      for (const reply of [board.hear(bytes), reader.hear(bytes)]) if (reply !== undefined) pty.write(reply);
    });
    const silent = await told([pty.path, "--for", "1", "--baud", "9600"]);
    expect(silent).toMatchObject({ code: 1, json: { lines: [{ bytes: 0, matches: [] }] } });
    const { code, json, text } = await told([pty.path, "--for", "1", "--baud", "9600", "--ask"]);
    expect(code, text).toBe(0);
    const found = json.lines[0].matches.map(({ profile }: { profile: string }) => profile);
    expect(found).toContain("waveshare-modbus-relay");
    expect(moved).toBe(0);
  });

  test("a port that isn't there, or that another program holds, is said in plain words", async () => {
    const gone = await told(["/dev/ttyNowhere", "--for", "1"]);
    expect([gone.code, gone.text]).toEqual([1, expect.stringContaining("SERIAL_UNAVAILABLE")]);
  });

  test("Mosquitto: topics, the device's number and the profile; retained ones are told apart", async () => {
    const broker = await startMosquitto(place);
    const client = await mqtt.connectAsync(broker.url);
    onTestFinished(() => void client.end(true));
    await client.publishAsync("home/kept", "on", { retain: true });
    const listening = start([broker.url, "--for", "2", "--json"]);
    await until(() => listening.printed().includes("listening"), 5_000, listening.printed);
    await client.publishAsync(REC, recPush("R-0417").text);
    await client.publishAsync("mqtt/face/heartbeat", heartbeat());
    expect(await listening.ended, listening.printed()).toBe(0);
    const [one] = JSON.parse(listening.printed().slice(listening.printed().indexOf("{\n"))).brokers;
    const topics = new Map(one.topics.map((each: { topic: string }) => [each.topic, each]));
    expect(topics.get(REC)).toMatchObject({
      messages: 1,
      matches: [{ profile: "faceterm-mqtt", params: { deviceId: TERMINAL } }],
    });
    expect(topics.get("home/kept")).toMatchObject({ retained: 1, matches: [] });
    expect(JSON.stringify(one)).not.toContain("Ines Okafor");
  });

  test("our own broker: who logs in, who may not, what they say; while the gate runs neither it nor its ports are touched", async () => {
    const relays = await serialPair(place, "held");
    const board = await watchBoard(relays.theirs);
    const port = await freePort();
    const passwordFile = place.write("face-in.password", `${PASSWORD}\n`);
    const yaml = siteYaml({ mqtt: `{ embedded: { port: ${port} } }`, relays: relays.ours, passwordFile });
    const config = place.write("gate.yaml", yaml);
    const listening = start(["broker", "--config", config, "--for", "3", "--json"]);
    await until(() => listening.printed().includes("waiting"), 5_000, listening.printed);
    const url = `mqtt://127.0.0.1:${port}`;
    const thief = mqtt.connect(url, { username: "face-in", password: "guessed", reconnectPeriod: 0 });
    thief.on("error", () => undefined);
    const client = await mqtt.connectAsync(url, { username: "face-in", password: PASSWORD });
    onTestFinished(() => void client.end(true));
    let acknowledged = false;
    client.publish(REC, recPush("R-0417").text, { qos: 1 }, (error) => {
      if (error == null) acknowledged = true;
    });
    expect(await listening.ended, listening.printed()).toBe(0);
    const [one] = JSON.parse(listening.printed().slice(listening.printed().indexOf("{\n"))).brokers;
    expect(one).toMatchObject({ clients: ["face-in"], refused: ["face-in: login as face-in"] });
    expect(one.topics[0]).toMatchObject({ topic: REC, matches: [{ profile: "faceterm-mqtt" }] });
    expect(acknowledged).toBe(false);

    const gate = await startGate(place, yaml);
    await until(() => board.polls() > 3, 5_000, gate.running.printed);
    for (const link of [relays.ours, "broker"]) {
      const refused = await told([link, "--config", config, "--for", "1"]);
      expect(refused.code).toBe(1);
      expect(refused.text).toMatch(
        link === "broker" ? /PORT_BUSY/ : /SERIAL_BUSY.*belongs to the gate that is running/s,
      );
    }
    // Without the configuration nobody knows whose it is: the kernel's lock says no.
    const locked = await told([relays.ours, "--for", "1", "--baud", "9600"]);
    expect([locked.code, locked.text]).toEqual([1, expect.stringContaining("SERIAL_BUSY")]);
    const before = board.polls();
    await until(() => board.polls() > before + 3);
    await gate.running.stop();
  });
});
