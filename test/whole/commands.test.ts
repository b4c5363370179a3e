/**
 * Commands of the platform through the whole program: the built gate, Mosquitto with TLS and client certificates, signed
 * by node's own crypto. An opening, a new resident, and everything recorded played back after the power was gone.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configSha256 } from "../../src/config/fingerprint.ts";
import { resultSchema } from "../../src/uplink/command-result.ts";
import { publicPem, signed } from "../uplink/signer.ts";
import { makeCertificates, readPlatform, startPlatform } from "./county-platform.ts";
import { freePort, type Gate, openPlace, type Place, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { FLASH, heartbeat, importResidents, REC, recPush, siteYaml, type Witness, watchBoard } from "./site.ts";

const TOPIC = "gatepost/v1/330381001004/01/cmd";

interface Recorded {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
}

let place: Place;
let board: Witness;
let devices: { readonly url: string };
let platformPort: number;
let relays: string;

beforeAll(async () => {
  place = openPlace();
  makeCertificates(place);
  place.write("town.pub", publicPem("town"));
  devices = await startMosquitto(place);
  const line = await serialPair(place, "relays");
  board = await watchBoard(line.theirs);
  relays = line.ours;
  platformPort = await freePort();
}, 60_000);
afterAll(() => place.leave());

/** Somebody at the terminal: the relay must move. */
async function comesHome(who: string, gate: Gate): Promise<void> {
  const before = board.writes().length;
  const terminal = connect(devices.url, { protocolVersion: 4 });
  await until(() => terminal.connected);
  for (let beat = 0; board.writes().length === before; beat++) {
    if (beat > 12) throw new Error(`the gate didn't open: ${gate.running.printed().slice(-3_000)}`);
    await terminal.publishAsync(REC, recPush(who).text, { qos: 1 });
    await terminal.publishAsync(REC.replace("/Rec", "/Heartbeat"), heartbeat(), { qos: 1 });
    await until(() => board.writes().length > before, 1_500).catch(() => undefined);
  }
  await terminal.endAsync();
}

test("promise 1, 4, 6: a remote opening, a new resident by delta, and nothing of what was recorded moves anything after a power cut", {
  timeout: 180_000,
}, async () => {
  const broker = await startPlatform(place, platformPort);
  const platform = await readPlatform(place, platformPort);
  const yaml = `${siteYaml({ mqtt: `{ external: { url: ${devices.url} } }`, relays })}
uplink:
  url: mqtts://127.0.0.1:${platformPort}
  caFile: ca.pem
  certFile: gate.pem
  keyFile: gate.key
  siteCode: "330381001004"
  gateCode: "01"
  laneCodes: { walk: W1 }
  commandKeys: [{ id: town, publicKeyFile: town.pub }]
`;
  place.write("gate.yaml", yaml);
  await importResidents(place);
  let gate = await startGate(place, yaml);
  const printed = () => gate.running.printed().slice(-3_000);
  const status = () => platform.on("status").at(-1);
  const recorded: Recorded[] = [];
  let counter = 0;

  function command(kind: string, more: object): Recorded {
    const { epoch, monotonicMs, epochMs } = status() ?? {};
    counter++;
    const id = `c0ffee00-0000-4000-8000-${String(counter).padStart(12, "0")}`;
    const claims = {
      schemaVersion: "1.0",
      id,
      site: "330381001004",
      gate: "01",
      epoch,
      counter,
      validUntilMs: Number(monotonicMs) + Date.now() - Number(epochMs) + 25_000,
      who: "王敏",
      why: "测试",
      kind,
      ...more,
    };
    const one = { id, kind, text: signed(claims, "town") };
    recorded.push(one);
    return one;
  }
  /** Sends it; what the gate says of it. */
  async function asked(kind: string, { id, text }: Recorded, retain = false) {
    const before = platform.on("result").length;
    const answer = () =>
      platform
        .on("result")
        .slice(before)
        .find((one) => one.command === id || (retain && one.code === "retained"));
    await platform.send(`${TOPIC}/${kind}`, text, retain);
    await until(() => answer() !== undefined, 30_000, printed);
    return answer();
  }

  await until(() => status()?.online === true, 30_000, printed);
  expect(status()?.configSha256).toBe(configSha256(yaml));
  const moved = board.writes().length;
  const opened = await asked("remote-open", command("remote-open", { lane: "W1" }));
  expect(opened).toMatchObject({ state: "done", code: "carried-out", kind: "remote-open", counter: 1 });
  await until(() => board.writes().length === moved + 1, 10_000, printed);
  expect(board.writes().at(-1)).toBe(FLASH);
  // The order went up too, as what it is.
  await until(
    () => platform.on("decision").some((one) => one.recordId === opened?.command && one.way === "remote"),
    15_000,
  );

  // Nobody knows R-0500 yet; afterwards the door opens.
  const newcomer = {
    id: "R-0500",
    name: "陈新来",
    kind: "resident",
    levels: ["residents"],
    credentials: [{ type: "face", value: "R-0500" }],
  };
  const base = Number(status()?.listGeneration);
  const stale = await asked("whitelist", command("whitelist", { base: base + 5, put: [newcomer], remove: [] }));
  expect(stale).toMatchObject({ state: "refused", code: "need-full", generation: base });
  const listed = await asked("whitelist", command("whitelist", { base, put: [newcomer], remove: [] }));
  expect(listed).toMatchObject({ state: "done", code: "carried-out", generation: base + 1 });
  await comesHome("R-0500", gate);
  await until(() => status()?.listGeneration === base + 1, 10_000, printed);

  const mode = await asked("mode", command("mode", { lane: "W1", mode: "locked-down", forSeconds: 600 }));
  expect(mode).toMatchObject({ state: "done" });
  const barred = await asked("remote-open", command("remote-open", { lane: "W1" }));
  expect(barred).toMatchObject({ state: "refused", code: "locked-down" });
  expect(await asked("remote-open", command("remote-open", { lane: "W9" }))).toMatchObject({ code: "lane-unknown" });

  // The whole list in two parts; whoever isn't in it is suspended, and then erased.
  const upload = "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f";
  const part = (n: number, id: string) => {
    const person = { ...newcomer, id, name: `住户${id}`, credentials: [{ type: "face", value: id }] };
    return command("whitelist-part", { upload, part: n, parts: 2, people: [person] });
  };
  const second = part(2, "R-0418");
  expect(await asked("whitelist-part", second)).toMatchObject({ state: "refused", code: "upload-unknown" });
  expect(await asked("whitelist-part", part(1, "R-0417"))).toMatchObject({ state: "done", code: "part-kept" });
  const whole = await asked("whitelist-part", part(2, "R-0418"));
  expect(whole).toMatchObject({ state: "done", code: "carried-out", generation: base + 2 });
  expect(await asked("erase", command("erase", { person: "R-0500" }))).toMatchObject({ state: "done" });
  expect(await asked("erase", command("erase", { person: "R-0500" }))).toMatchObject({ code: "person-unknown" });

  // A configuration is checked and laid down; the one in force stays.
  const config = (text: string) => command("config", { text, sha256: createHash("sha256").update(text).digest("hex") });
  const wrong = await asked("config", config(yaml.replace("kind: pedestrian", "kind: pedestrain")));
  expect(wrong).toMatchObject({
    state: "refused",
    code: "config-invalid",
    at: expect.stringMatching(/^\d+\/[A-Z_]+$/),
  });
  const cut = command("config", { text: yaml, sha256: "0".repeat(64) });
  expect(await asked("config", cut)).toMatchObject({ code: "config-invalid", at: "sha256" });
  expect(await asked("config", config(yaml))).toMatchObject({ state: "done", code: "config-stored" });
  expect(readFileSync(join(place.dir, "data", "gate.yaml.offered"), "utf8")).toBe(yaml);
  expect(await asked("resend", command("resend", { stream: "event", fromSeq: 1 }))).toMatchObject({ state: "done" });
  // Retained: the broker would deliver it at every connection from now on.
  const kept = command("remote-open", { lane: "W1" });
  expect(await asked("remote-open", kept, true)).toMatchObject({ state: "refused", code: "retained" });
  // Signed for this connection and never sent: the adversary kept it.
  const held = command("remote-open", { lane: "W1" });
  const epoch = status()?.epoch;

  const before = board.writes().length;
  await gate.running.stop("SIGKILL");
  gate = await startGate(place, yaml);
  await until(() => status()?.online === true && status()?.epoch !== epoch, 60_000, printed);
  // The retained one came with the subscription.
  await until(() => platform.on("result").filter(({ code }) => code === "retained").length >= 2, 20_000, printed);
  for (const one of [...recorded]) {
    const told = await asked(one.kind, one);
    const first = platform.on("result").find(({ command: id }) => id === one.id);
    if (one === held || one === kept) expect(told).toMatchObject({ state: "refused", code: "wrong-epoch" });
    else expect(told).toEqual(first);
  }
  // Locked down it still is, across the power cut; released, it opens.
  expect(await asked("remote-open", command("remote-open", { lane: "W1" }))).toMatchObject({ code: "locked-down" });
  expect(await asked("mode", command("mode", { lane: "W1", mode: "controlled" }))).toMatchObject({ state: "done" });
  expect(await asked("remote-open", command("remote-open", { lane: "W1" }))).toMatchObject({ state: "done" });
  // One movement since the start, and it is this one's.
  await until(() => board.writes().length > before, 10_000, printed);
  expect(board.writes().length).toBe(before + 1);
  for (const told of platform.on("result")) expect(resultSchema.safeParse(told).error).toBeUndefined();
  expect(JSON.stringify(platform.heard)).not.toContain("陈新来");
  expect(JSON.stringify(platform.heard)).not.toContain("王敏");
  await platform.close();
  await gate.running.stop();
  await broker.stop();
});
