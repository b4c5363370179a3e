/**
 * The county platform through the whole program: the built gate, Mosquitto with TLS and client certificates made here, a
 * line that goes and comes, and everything that is wrong with a platform in the field. None of it reaches the gate.
 */
import { connect } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CONTRACT } from "../../src/uplink/contract.ts";
import { makeCertificates, readPlatform, startPlatform, tapLine } from "./county-platform.ts";
import {
  freePort,
  type Gate,
  openPlace,
  type Place,
  type Running,
  serialPair,
  startGate,
  startMosquitto,
  until,
} from "./place.ts";
import {
  FLASH,
  heartbeat,
  importResidents,
  REC,
  RESIDENTS,
  recPush,
  siteYaml,
  type Witness,
  watchBoard,
} from "./site.ts";

let place: Place;
let board: Witness;
let relays: string;
let devices: { readonly url: string };
let platformPort: number;

beforeAll(async () => {
  place = openPlace();
  makeCertificates(place);
  devices = await startMosquitto(place);
  const line = await serialPair(place, "relays");
  board = await watchBoard(line.theirs);
  relays = line.ours;
  platformPort = await freePort();
}, 60_000);
afterAll(() => place.leave());

const TLS = "caFile: ca.pem, certFile: gate.pem, keyFile: gate.key";
const CODES = 'siteCode: "330381001004", gateCode: "01", laneCodes: { walk: "W1" }';

async function gateWith(uplink: string, dataDir: string): Promise<Gate> {
  const yaml = siteYaml({ mqtt: `{ external: { url: ${devices.url} } }`, relays }).replace(
    "dataDir: data",
    `dataDir: ${dataDir}`,
  );
  place.write("gate.yaml", `${yaml}\nuplink: ${uplink}\n`);
  await importResidents(place);
  return startGate(place, `${yaml}\nuplink: ${uplink}\n`);
}

/** A resident at the terminal: the relay must move. */
async function comesHome(gate: Gate, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const before = board.writes().length;
  const terminal = connect(devices.url, { protocolVersion: 4 });
  await until(() => terminal.connected);
  for (let beat = 0; board.writes().length === before; beat++) {
    if (beat > 8) throw new Error(`the gate didn't open: ${gate.running.printed().slice(-3_000)}`);
    await terminal.publishAsync(REC, recPush("R-0417", more).text, { qos: 1 });
    await terminal.publishAsync(REC.replace("/Rec", "/Heartbeat"), heartbeat(), { qos: 1 });
    await until(() => board.writes().length > before, 1_500).catch(() => undefined);
  }
  await terminal.endAsync();
  expect(board.writes().at(-1)).toBe(FLASH);
}

const platformSign = async (gate: Gate) =>
  fetch(`${gate.page}/metrics`).then(async (answer) => {
    const text = await answer.text();
    const number = (name: string) => Number(new RegExp(`^gatepost_${name} (\\S+)`, "m").exec(text)?.[1]);
    return { up: number("uplink_up"), waiting: number("uplink_backlog_rows") };
  });

describe("a platform that is well", () => {
  test("everything goes up once, over TLS, and waits while the line is down", { timeout: 120_000 }, async () => {
    let broker = await startPlatform(place, platformPort);
    let reader = await readPlatform(place, platformPort);
    const gate = await gateWith(`{ url: "mqtts://127.0.0.1:${platformPort}", ${TLS}, ${CODES} }`, "well");
    await comesHome(gate);
    await until(() => reader.on("decision").some((one) => one.result === "granted"), 15_000, gate.running.printed);
    const granted = reader.on("decision").find((one) => one.result === "granted");
    expect(granted).toMatchObject({
      site: "330381001004",
      gate: "01",
      lane: "W1",
      device: "face-in",
      way: "face",
      personKind: "resident",
      storedOffline: false,
    });
    expect(reader.on("status").at(-1)).toMatchObject({ online: true });
    // Art. 15 of Order 19: how many people with a face there are. The two of the list.
    for (const { faces } of reader.on("health")) expect(faces).toEqual({ people: 2, filing: "below" });
    for (const { topic, message } of reader.heard) {
      const on = topic.slice(topic.lastIndexOf("/") + 1);
      const schema = Object.entries(CONTRACT).find(([name]) => name === on)?.[1];
      expect(schema?.safeParse(message).error).toBeUndefined();
    }

    await reader.close();
    await broker.stop();
    await until(async () => (await fetch(`${gate.page}/readyz`)).ok, 5_000);
    await comesHome(gate);
    await comesHome(gate);
    broker = await startPlatform(place, platformPort);
    reader = await readPlatform(place, platformPort);
    await until(
      () => reader.on("decision").filter((one) => one.result === "granted" && one.storedOffline === true).length >= 2,
      90_000,
      () => gate.running.printed().slice(-3_000),
    );
    // The last will: whoever subscribes later is told that the gate went without a word.
    await gate.running.stop("SIGKILL");
    await until(() => reader.on("status").at(-1)?.online === false, 10_000);
    await reader.close();
    await broker.stop();
  });
});

test("a platform whose broker speaks MQTT 3.1.1: the same records, in order, and its acknowledgements count", {
  timeout: 60_000,
}, async () => {
  const broker = await startPlatform(place, platformPort);
  const reader = await readPlatform(place, platformPort);
  const line = `{ url: "mqtts://127.0.0.1:${platformPort}", mqttVersion: "3.1.1", ${TLS}, ${CODES} }`;
  const gate = await gateWith(line, "older");
  await comesHome(gate);
  await until(() => reader.on("decision").some((one) => one.result === "granted"), 15_000, gate.running.printed);
  await until(async () => (await platformSign(gate)).waiting === 0, 15_000, gate.running.printed);
  expect(broker.printed()).toMatch(/as gatepost-330381001004-01 \(p2,/);
  await gate.running.stop();
  await reader.close();
  await broker.stop();
});

describe("a platform that isn't: it is said plainly, and the gate opens all the same", () => {
  let gate: Gate;
  let broker: Running | undefined;
  afterEach(async () => {
    await gate.running.stop("SIGKILL");
    await broker?.stop();
  });
  const said = (words: string) =>
    until(
      () => gate.running.printed().includes(words),
      20_000,
      () => gate.running.printed().slice(-3_000),
    );

  test.each([
    [
      "wrong-ca",
      "a certificate from another CA",
      { certificate: "platform", tls: "caFile: other-ca.pem, certFile: gate.pem, keyFile: gate.key" },
      "isn't from our CA",
    ],
    ["expired", "an expired certificate", { certificate: "expired", tls: TLS }, "certificate has expired"],
    [
      "stranger",
      "no certificate of ours",
      { certificate: "platform", tls: "caFile: ca.pem" },
      "doesn't accept our certificate",
    ],
    [
      "small",
      "a limit on a message's size",
      { certificate: "platform", tls: TLS, more: "max_packet_size 600\n" },
      "bytes in one message",
    ],
    [
      "tiny",
      "a limit on a message's body",
      { certificate: "platform", tls: TLS, more: "message_size_limit 500\n" },
      "too large",
    ],
    ["unheard", "nobody who listens", { certificate: "platform", tls: TLS }, "nobody on the platform subscribes"],
    [
      "full",
      "no place for one more client",
      { certificate: "platform", tls: TLS, more: "max_connections 1\n", full: true },
      "no place for another client",
    ],
    ["nobody", "nothing at all there", undefined, "nobody listens at the platform's address"],
  ])("%s: %s", { timeout: 60_000 }, async (dataDir, _, platform, words) => {
    broker =
      platform === undefined
        ? undefined
        : await startPlatform(place, platformPort, "more" in platform ? platform.more : "", platform.certificate);
    const occupant = platform !== undefined && "full" in platform ? await readPlatform(place, platformPort) : undefined;
    gate = await gateWith(
      `{ url: "mqtts://127.0.0.1:${platformPort}", ${platform?.tls ?? TLS}, unheard: ${dataDir === "tiny" ? "accept" : "wait"} }`,
      dataDir,
    );
    await comesHome(gate);
    await said(words);
    expect((await fetch(`${gate.page}/readyz`)).ok).toBe(true);
    await occupant?.close();
    await broker?.stop();
  });
});

test("canary: of all that is planted in list and messages, no byte goes up", { timeout: 90_000 }, async () => {
  const plain = await startMosquitto(place);
  const tap = await tapLine(plain.port);
  const reader = connect(plain.url, { protocolVersion: 5 });
  await reader.subscribeAsync("gatepost/#", { qos: 1 });
  let heard = 0;
  reader.on("message", () => heard++);
  const gate = await gateWith(`{ url: "mqtt://127.0.0.1:${tap.port}" }`, "canary");
  const picture = Buffer.from("gatepost-canary-picture").toString("base64");
  const planted = {
    personName: "欧阳金丝雀",
    idCard: "330381197001011234",
    telnum: "13800138000",
    pic: `data:image/jpeg;base64,${picture}`,
    feature: "Y2FuYXJ5LWZlYXR1cmU",
  };
  await comesHome(gate, planted);
  const terminal = connect(devices.url, { protocolVersion: 4 });
  await terminal.publishAsync(REC, recPush("13900139000", planted).text, { qos: 1 });
  await terminal.publishAsync(REC, recPush("浙C12345", planted).text, { qos: 1 });
  await until(() => heard >= 4, 20_000, gate.running.printed);
  await until(async () => (await platformSign(gate)).waiting < 3, 20_000);
  await gate.running.stop();
  const bytes = tap.bytes();
  expect(bytes.includes("gatepost/v1/test/main/decision")).toBe(true);
  const names = [...RESIDENTS.matchAll(/[\u4e00-\u9fa5]{2,}/g)].map(([name]) => name);
  const secrets = [
    ...names,
    ...Object.values(planted),
    picture,
    "gatepost-canary-picture",
    "13900139000",
    "浙C12345",
    "R-0417",
    "0005913727",
    "3-1-302",
    "测试小区",
    "人行门",
  ];
  for (const secret of secrets) {
    expect(bytes.includes(Buffer.from(secret, "utf8")), secret).toBe(false);
    expect(bytes.includes(Buffer.from(secret, "utf16le")), secret).toBe(false);
    expect(
      bytes.includes(
        Buffer.from(
          JSON.stringify(secret)
            .slice(1, -1)
            .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`),
        ),
      ),
      secret,
    ).toBe(false);
  }
  await terminal.endAsync(true);
  await reader.endAsync(true);
  tap.close();
});
