/**
 * A GA/T 1400 platform through the whole program: the built gate with months of records, killed while they go up, and a
 * platform that doesn't answer. What is planted in the records doesn't leave; the gate opens whatever happens up there.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal } from "../../src/adapters/journal.ts";
import { openViidLine } from "../../src/adapters/viid-http.ts";
import { random } from "../../src/simulator/random.ts";
import { passageRows } from "../uplink/campaign.ts";
import { listen, openCounterpart } from "../viid/counterpart.ts";
import { makeCertificates } from "./county-platform.ts";
import { openPlace, type Place, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { heartbeat, importResidents, REC, recPush, siteYaml, type Witness, watchBoard } from "./site.ts";

const DEVICE = "33038100001190000001";
const PASSWORD = "g4te-East";
const PASSAGES = 200;

let place: Place;
let board: Witness;
let relays: string;
let devices: { readonly url: string };
beforeAll(async () => {
  place = openPlace();
  devices = await startMosquitto(place);
  const line = await serialPair(place, "relays");
  board = await watchBoard(line.theirs);
  relays = line.ours;
  place.write("word", `${PASSWORD}\n`);
}, 60_000);
afterAll(() => place.leave());

const yaml = (dataDir: string, url: string): string =>
  `${siteYaml({ mqtt: `{ external: { url: ${devices.url} } }`, relays }).replace("dataDir: data", `dataDir: ${dataDir}`)}
viid: { url: "${url}", deviceId: "${DEVICE}", passwordFile: word, persons: true, batch: 5, keepaliveSeconds: 10 }
`;

/** Records of a gate that has worked before, with names, plates and a picture in what is sealed. */
async function worked(dataDir: string): Promise<number> {
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
  let last = 0;
  for (let n = 0; n < PASSAGES; n++) last = journal.appendAll(passageRows(n, dice));
  await new Promise<void>((done) => journal.whenDurable(last, done));
  const passed = journal.after(0, 100_000).filter(({ kind }) => kind === "passage").length;
  await journal.close();
  return passed;
}

test("killed again and again while months go up: all there once, and nobody's name", { timeout: 300_000 }, async () => {
  const passed = await worked("months");
  const platform = openCounterpart(random(5), () => ({}), DEVICE);
  const server = await listen(platform, { realm: "viid", password: PASSWORD });
  place.write("gate.yaml", yaml("months", server.url));
  await importResidents(place);
  for (const share of [0.2, 0.6, 1]) {
    const gate = await startGate(place, yaml("months", server.url));
    await until(
      () => platform.stored.size >= passed * share,
      90_000,
      () => gate.running.printed().slice(-2_000),
    );
    if (share < 1) {
      await gate.running.stop("SIGKILL");
      continue;
    }
    await until(async () => (await sign(gate.page, "viid_up")) === 1, 60_000);
    await until(async () => (await sign(gate.page, "viid_backlog_rows")) === 0, 60_000);
    await gate.running.stop();
  }
  // A second id for one row would be one object too many.
  expect(platform.stored.size).toBe(passed);
  expect(platform.asked.filter((one) => one.endsWith("/Register")).length).toBeGreaterThanOrEqual(3);
  const bodies = platform.bodies.join("\n");
  expect(bodies).toContain("PersonListObject");
  for (const secret of ["林秀兰", "苏E5K38M", "plate-in", "R-", "测试小区", PASSWORD])
    expect(bodies).not.toContain(secret);
  await server.close();
});

test("a platform that takes every question and answers none: the gate opens all the same", {
  timeout: 90_000,
}, async () => {
  await worked("mute");
  const platform = openCounterpart(random(6), () => ({}), DEVICE);
  const server = await listen(platform, { realm: "viid", password: PASSWORD, slowMs: () => 600_000 });
  place.write("gate.yaml", yaml("mute", server.url));
  await importResidents(place);
  const gate = await startGate(place, yaml("mute", server.url));
  await until(() => server.headers.some((one) => one.authorization !== undefined), 20_000, gate.running.printed);
  const before = board.writes().length;
  const terminal = connect(devices.url, { protocolVersion: 4 });
  await until(() => terminal.connected);
  for (let beat = 0; board.writes().length === before; beat++) {
    if (beat > 8) throw new Error(`the gate didn't open: ${gate.running.printed().slice(-3_000)}`);
    await terminal.publishAsync(REC, recPush("R-0417").text, { qos: 1 });
    await terminal.publishAsync(REC.replace("/Rec", "/Heartbeat"), heartbeat(), { qos: 1 });
    await until(() => board.writes().length > before, 1_500).catch(() => undefined);
  }
  expect(await sign(gate.page, "viid_up")).toBe(0);
  await terminal.endAsync(true);
  await gate.running.stop();
  await server.close();
});

test("over TLS the platform must be the one that our authority vouches for", { timeout: 60_000 }, async () => {
  makeCertificates(place);
  const read = (name: string) => readFileSync(join(place.dir, name), "utf8");
  const outcome = async (certificate: string, ca: string) => {
    const tls = { cert: read(`${certificate}.pem`), key: read(`${certificate}.key`) };
    const platform = openCounterpart(random(5), () => ({}), DEVICE);
    const server = await listen(platform, { realm: "viid", password: PASSWORD, tls });
    const who = { deviceId: DEVICE, username: DEVICE, password: PASSWORD, patienceMs: 20_000 };
    const line = openViidLine({ url: server.url, ca: read(ca), ...who });
    const body = JSON.stringify({ RegisterObject: { DeviceID: DEVICE } });
    const answer = await line.ask({ method: "POST", path: "/VIID/System/Register", body, sign: "anew" });
    line.close();
    await server.close();
    return answer.is === "silent" ? answer.why : answer.status;
  };
  expect(await outcome("platform", "ca.pem")).toBe(200);
  expect(await outcome("platform", "other-ca.pem")).toContain("isn't from our CA");
  expect(await outcome("expired", "ca.pem")).toContain("has expired");
});

async function sign(page: string, name: string): Promise<number> {
  const text = await fetch(`${page}/metrics`).then((answer) => answer.text());
  return Number(new RegExp(`^gatepost_${name} (\\S+)`, "m").exec(text)?.[1]);
}
