/**
 * Every device profile once through the whole program: its own sample on its real link → the decision → a relay, motor or
 * answer that opens → the acknowledgement or display. Two starts: with Mosquitto and with the embedded broker.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadProfiles } from "../../src/adapters/profiles.ts";
import { openPty } from "../../src/adapters/pty.ts";
import { openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { type Played, playable } from "../../src/simulator/samples.ts";
import { DOOYA, type FarEnd, farEnd, MODBUS } from "./every-line.ts";
import { freePort, type Gate, openPlace, type Place, startGate, startMosquitto, top, until } from "./place.ts";
import { importResidents, storedRows } from "./site.ts";

const PROFILES = loadProfiles([join(top, "device-profiles")]);
/** 26 bits, facility 123, card 4567, with its parities, as in the profile's samples. */
const CARD_BITS = "10111101100010001110101110";
const GREEN = "69 0000021e0002001e000000000000";
const KEY = "00112233445566778899aabbccddeeff";

/** The kind of sample that presents somebody on the list, and what opens for him. */
interface Row {
  readonly profile: string;
  readonly kind: string;
  /** Relay of the witness's board; `own` = the device opens by itself. */
  readonly opens: { readonly on: "waveshare" | "lctech" | "r421" | "dooya"; readonly frame: string } | "own";
}

/** Function 05, relay n: flash on for 5 × 100 ms (Waveshare's document). */
const flash = (channel: number) => ({
  on: "waveshare" as const,
  frame: `0105020${channel - 1}0005`,
});
/** Function 10, registers of relay n: 0004 = flash on, 5 × 100 ms (LC-Tech's document). */
const lctech = (channel: number) => ({
  on: "lctech" as const,
  frame: `FF10000${channel * 5 - 2}00020400040005`,
});

const SERIAL: readonly Row[] = [
  { profile: "ascii-line-reader", kind: "card", opens: flash(1) },
  { profile: "rdm6300", kind: "card", opens: lctech(1) },
  { profile: "wiegand-converter", kind: "card-bits", opens: { on: "r421", frame: "010600010500" } },
  { profile: "sense-uart", kind: "face-recognised", opens: { on: "dooya", frame: "5512340301" } },
];
const PUSHED: readonly Row[] = [
  { profile: "hikvision-anpr", kind: "plate", opens: flash(2) },
  { profile: "hikvision-isapi", kind: "face", opens: flash(3) },
  { profile: "uface-http", kind: "face", opens: flash(4) },
  { profile: "uniview-lapi", kind: "verification", opens: flash(5) },
  { profile: "zkteco-push", kind: "record", opens: flash(6) },
  { profile: "vzenith-http", kind: "plate", opens: "own" },
];
const PUBLISHED: readonly Row[] = [
  { profile: "faceterm-mqtt", kind: "face-recognised", opens: "own" },
  { profile: "vzenith-mqtt", kind: "plate", opens: "own" },
  { profile: "frigate", kind: "face", opens: flash(7) },
  { profile: "double-take", kind: "face", opens: flash(8) },
];
/** What else is shown elsewhere, or can't be, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  "osdp-reader": "a test of its own below: the card comes over its bus, its own relay opens",
  "waveshare-modbus-relay": "moved by the readers above",
  "lctech-modbus-relay": "moved by rdm6300",
  "r421-modbus-relay": "moved by wiegand-converter",
  "dooya-rs485": "moved by sense-uart",
  "dry-contact-barrier": "its times and pulse are taken by the lane of hikvision-anpr",
  "dry-contact-pedestrian-gate": "its times and pulse are taken by the lane of ascii-line-reader",
  "dry-contact-iron-gate": "has no output: a contact only, test/stories",
  "kmtronic-relay": "no pulse that it times itself: `check` refuses it as an output",
  "lcus-relay": "no pulse that it times itself: `check` refuses it as an output",
  "numato-relay": "no pulse that it times itself: `check` refuses it as an output",
  "led-voice-board": "presents nobody and moves nothing; no decision drives `say` yet",
};

test("no profile is forgotten here", () => {
  const shown = [...SERIAL, ...PUSHED, ...PUBLISHED].map(({ profile }) => profile);
  expect([...shown, ...Object.keys(OTHERS)].toSorted()).toEqual(PROFILES.all.map(({ meta }) => meta.id).toSorted());
});

const OWN: Readonly<Record<string, string>> = {
  "vzenith-http": "command: open",
  "faceterm-mqtt": "command: unlock",
  "vzenith-mqtt": "command: pulse",
};
/** Which of the witness's boards has which relay: it stands in the frame that is expected. */
const CHANNEL: Readonly<Record<string, (frame: string) => number>> = {
  waveshare: (frame) => Number(frame.slice(7, 8)) + 1,
  lctech: (frame) => (Number(frame.slice(7, 8)) + 2) / 5,
  r421: (frame) => Number(frame.slice(7, 8)),
};
const BARRIER: Readonly<Record<string, string>> = {
  "hikvision-anpr": "barrier: { profile: dry-contact-barrier }, ",
  "ascii-line-reader": "barrier: { profile: dry-contact-pedestrian-gate }, ",
};

/** The same track, a moment earlier. */
function attemptBefore(payload: Uint8Array): string {
  const told: Record<string, unknown> = JSON.parse(Buffer.from(payload).toString("utf8"));
  return JSON.stringify({ ...told, timestamp: Number(told.timestamp) - 0.2 });
}

function laneYaml({ profile, opens }: Row): string {
  const plates = /plate|anpr|vzenith/.test(profile);
  const target =
    opens === "own"
      ? `device: ${profile}, ${OWN[profile]}`
      : opens.on === "dooya"
        ? "device: dooya, command: open"
        : `device: ${opens.on}, channel: ${CHANNEL[opens.on]?.(opens.frame)}, pulseMs: ${opens.on === "r421" ? 1_000 : 500}`;
  return `  - { id: lane-${profile}, kind: ${plates ? "vehicle" : "pedestrian"}, name: 通道, ${BARRIER[profile] ?? ""}outputs: { open: { ${target} } }, times: { travelMs: 500, accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: at-${profile}, direction: in, readers: [${profile}] }] }`;
}

const played = (profile: string, kind: string): Played => {
  const one = playable(PROFILES.device(profile), Date.now()).find((sample) => sample.kind === kind);
  if (one === undefined) throw new Error(`${profile} has no sample ${kind}`);
  return one;
};
const paramsText = (profile: string, kind: string) =>
  `params: { ${Object.entries(played(profile, kind).params)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ")} }`;

const RESIDENTS = `编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组
A,林秀兰,业主,3-1-302,R-0417,0005913727,苏E5K38M,residents
B,周建国,业主,3-1-303,R0417,0008065495,,residents
C,韩梅,业主,3-1-304,417,,,residents
D,李雷,业主,3-1-305,ines,,,residents
`;

const HEAD = `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
clock: { trust: trusted }
`;
const TAIL = "accessLevels: [{ id: residents, accessPoints: all }]\n";
const secretOf = (profile: string) => `secret-of-${profile}`;

/** What is the same in both starts: the published rows, over whichever broker. */
function published(settings: {
  readonly gate: () => Gate;
  readonly place: () => Place;
  readonly client: (profile: string) => Promise<MqttClient>;
  readonly board: () => FarEnd;
}): void {
  test.each(PUBLISHED)("$profile: sample $kind → granted → opens → acknowledged", async ({ profile, kind, opens }) => {
    const { said, params, answers } = played(profile, kind);
    if (said.via !== "message") throw new Error("a message");
    const client = await settings.client(profile);
    const down =
      profile === "vzenith-mqtt" ? `device/${params.deviceId}/message/down/#` : `mqtt/face/${params.deviceId}`;
    const told: { readonly topic: string; readonly body: Record<string, unknown> }[] = [];
    client.on("message", (topic, payload) => {
      const body: Record<string, unknown> = JSON.parse(payload.toString("utf8"));
      told.push({ topic, body });
      // The camera's answer to a pulse, as its document has it.
      if (topic.endsWith("/gpio_out"))
        client.publish(
          `${topic}/reply`,
          JSON.stringify({ ...body, timestamp: Math.floor(Date.now() / 1_000), code: 200, payload: {} }),
        );
    });
    if (opens === "own") await client.subscribeAsync(down);
    const before = settings.board().heard.length;
    // It tells each attempt, and one alone presents nobody.
    for (const attempt of profile === "frigate" ? [attemptBefore(said.payload), said.payload] : [said.payload])
      await client.publishAsync(said.topic, Buffer.from(attempt), { qos: 1 });
    await granted(settings.place(), settings.gate(), profile);
    if (opens === "own") {
      const opening = profile === "vzenith-mqtt" ? "gpio_out" : "Unlock";
      const has = ({ body }: (typeof told)[number]) => body.name === opening || body.operator === opening;
      await until(() => told.some(has), 5_000, settings.gate().running.printed);
    } else {
      await until(
        () => settings.board().heard.slice(before).includes(opens.frame),
        5_000,
        () => settings.board().heard.slice(before).join("\n"),
      );
    }
    for (const { topic, json } of answers)
      await until(() =>
        told.some((one) => one.topic === topic && JSON.stringify(one.body.info) === JSON.stringify(infoOf(json))),
      );
    await moved(settings.gate(), profile);
  });
}

const infoOf = (json: unknown): unknown =>
  typeof json === "object" && json !== null && "info" in json ? json.info : undefined;

async function granted(place: Place, gate: Gate, profile: string): Promise<void> {
  const rows = () => storedRows(place).filter(({ open }) => open.reader === profile);
  const found = await until(() => rows().at(-1), 8_000, gate.running.printed);
  expect(found.open, profile).toMatchObject({ outcome: "granted" });
}

/** The lane's command has come to its end, as the device's own answer says. */
async function moved(gate: Gate, profile: string): Promise<void> {
  const line = new RegExp(`gatepost_moves_total\\{lane="lane-${profile}",command="open",outcome="done"\\} 1`);
  let text = "";
  await until(
    async () => {
      text = await fetch(`${gate.page}/metrics`).then((answer) => answer.text());
      return line.test(text);
    },
    5_000,
    () =>
      text
        .split("\n")
        .filter((each) => each.includes("moves_total"))
        .join("\n"),
  );
}

describe("with Mosquitto", () => {
  let place: Place;
  let gate: Gate;
  let broker: { readonly url: string };
  let push: string;
  const boards = { waveshare: farEnd(MODBUS), lctech: farEnd(MODBUS), r421: farEnd(MODBUS), dooya: farEnd(DOOYA) };
  const readers = new Map(SERIAL.map(({ profile }) => [profile, farEnd()]));
  const bus = openPty();
  const clients: MqttClient[] = [];
  const opened: string[] = [];
  const osdp = openOsdpReader({
    address: 1,
    key: Uint8Array.from(Buffer.from(KEY, "hex")),
    random: (bytes) => Uint8Array.from({ length: bytes }, (_, i) => i * 7 + 1),
    now: () => performance.now(),
    output: (channel, ms) => void opened.push(`${channel}: ${ms}`),
  });
  bus.onBytes((bytes) => {
    const reply = osdp.hear(bytes);
    if (reply !== undefined) bus.write(reply);
  });

  beforeAll(async () => {
    place = openPlace();
    broker = await startMosquitto(place);
    const port = await freePort();
    push = `http://127.0.0.1:${port}`;
    for (const { profile } of PUSHED) place.write(`secrets/${profile}`, secretOf(profile));
    place.write("secrets/osdp", `${KEY}\n`);
    const yaml = `${HEAD}mqtt: { external: { url: "${broker.url}" } }
http: { host: 127.0.0.1, port: ${port} }
devices:
  - { id: waveshare, profile: waveshare-modbus-relay, serial: { path: ${boards.waveshare.path} }, params: { unit: 1 } }
  - { id: lctech, profile: lctech-modbus-relay, serial: { path: ${boards.lctech.path} } }
  - { id: r421, profile: r421-modbus-relay, serial: { path: ${boards.r421.path} } }
  - { id: dooya, profile: dooya-rs485, serial: { path: ${boards.dooya.path} }, params: { unit: 4660 } }
  - { id: osdp-reader, profile: osdp-reader, serial: { path: ${bus.path} }, params: { address: 1 }, osdp: { keyFile: secrets/osdp } }
${SERIAL.map(({ profile }) => `  - { id: ${profile}, profile: ${profile}, serial: { path: ${readers.get(profile)?.path} }, params: { ${profile === "sense-uart" ? "deviceId: lobby" : ""} }, purpose: 测试用的设备 }`).join("\n")}
${PUSHED.map(({ profile, kind }) => `  - { id: ${profile}, profile: ${profile}, http: { secretFile: secrets/${profile} }, ${paramsText(profile, kind)}, purpose: 测试用的设备 }`).join("\n")}
${PUBLISHED.map(({ profile, kind }) => `  - { id: ${profile}, profile: ${profile}, mqtt: {}, ${paramsText(profile, kind)}, purpose: 测试用的设备 }`).join("\n")}
lanes:
${[...SERIAL, ...PUSHED, ...PUBLISHED].map(laneYaml).join("\n")}
  - { id: lane-osdp-reader, kind: pedestrian, name: 通道, outputs: { open: { device: osdp-reader, channel: 1, pulseMs: 500 } }, times: { travelMs: 500, accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: at-osdp, direction: in, readers: [osdp-reader] }] }
${TAIL}`;
    place.write("gate.yaml", yaml);
    await importResidents(place, RESIDENTS);
    gate = await startGate(place, yaml);
  });
  afterAll(async () => {
    for (const client of clients) client.end(true);
    await place.leave();
    for (const end of [...Object.values(boards), ...readers.values(), bus]) end.close();
  });

  test.each(SERIAL)(
    "$profile: sample $kind → granted → opens → the board's own answer",
    async ({ profile, kind, opens }) => {
      const sample = PROFILES.device(profile).samples.find(
        (one) =>
          "heard" in one &&
          "hex" in one.heard &&
          !Array.isArray(one.expect) &&
          "kind" in one.expect &&
          one.expect.kind === kind,
      );
      if (sample === undefined || !("heard" in sample && "hex" in sample.heard) || opens === "own")
        throw new Error(kind);
      const hex = [sample.heard.hex].flat().join("");
      // Held on, as cards are: what comes in the moment when the port comes up may be the tail of something.
      let saidAt = Number.NEGATIVE_INFINITY;
      await until(() => {
        if (performance.now() - saidAt > 1_500) {
          saidAt = performance.now();
          readers.get(profile)?.say(hex);
        }
        return storedRows(place).some(({ open }) => open.reader === profile);
      }, 10_000);
      await granted(place, gate, profile);
      await until(
        () => boards[opens.on].heard.includes(opens.frame),
        5_000,
        () => boards[opens.on].heard.slice(-20).join("\n"),
      );
      await moved(gate, profile);
    },
  );

  test("osdp-reader: a card on its bus → granted → its own relay → its green light", async () => {
    await until(() => osdp.isSecure && osdp.emptied, 10_000, gate.running.printed);
    osdp.card(CARD_BITS);
    await granted(place, gate, "osdp-reader");
    await until(() => opened.length > 0 && osdp.shown.includes(GREEN), 5_000, gate.running.printed);
    expect(opened).toEqual(["1: 500"]);
    await moved(gate, "osdp-reader");
  });

  test.each(PUSHED)(
    "$profile: sample $kind → granted → opens → answered as its document says",
    async ({ profile, kind, opens }) => {
      const { said, answers } = played(profile, kind);
      if (said.via !== "request") throw new Error("a request");
      const url = `${push}/${secretOf(profile)}/${said.path}${said.query === "" ? "" : `?${said.query}`}`;
      const answer = await fetch(url, { method: said.method, body: Buffer.from(said.payload) });
      const body = await answer.text();
      const [expected] = answers;
      expect(answer.status).toBe(expected?.status);
      if (opens === "own") expect(JSON.parse(body)).toMatchObject({ Response_AlarmInfoPlate: { info: "ok" } });
      else if (expected?.json !== undefined) expect(JSON.parse(body)).toEqual(expected.json);
      else expect(body).toBe(expected?.text);
      await granted(place, gate, profile);
      if (opens !== "own") await until(() => boards[opens.on].heard.includes(opens.frame), 5_000, gate.running.printed);
      await moved(gate, profile);
    },
  );

  published({
    gate: () => gate,
    place: () => place,
    board: () => boards.waveshare,
    async client() {
      const client = await mqtt.connectAsync(broker.url);
      clients.push(client);
      return client;
    },
  });

  test("gatepost simulate plays samples as of now, and they open", async () => {
    const before = storedRows(place).length;
    const playing = place.run(process.execPath, [
      join(top, "dist", "gatepost.cjs"),
      ...["simulate", "frigate", "--link", broker.url, "--value", "samples", "--count", "16", "--every", "20", "--now"],
    ]);
    expect(await playing.ended, playing.printed()).toBe(0);
    await until(
      () =>
        storedRows(place)
          .slice(before)
          .some(({ open }) => open.reader === "frigate"),
      5_000,
      gate.running.printed,
    );
  });
});

describe("with the embedded broker", () => {
  let place: Place;
  let gate: Gate;
  const board = farEnd(MODBUS);
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    place = openPlace();
    for (const { profile } of PUBLISHED) place.write(`secrets/${profile}`, secretOf(profile));
    const yaml = `${HEAD}mqtt: { embedded: { port: 0 } }
devices:
  - { id: waveshare, profile: waveshare-modbus-relay, serial: { path: ${board.path} }, params: { unit: 1 } }
${PUBLISHED.map(({ profile, kind }) => `  - { id: ${profile}, profile: ${profile}, mqtt: { passwordFile: secrets/${profile} }, ${paramsText(profile, kind)}, purpose: 测试用的设备 }`).join("\n")}
lanes:
${PUBLISHED.map(laneYaml).join("\n")}
${TAIL}`;
    place.write("gate.yaml", yaml);
    await importResidents(place, RESIDENTS);
    gate = await startGate(place, yaml);
  });
  afterAll(async () => {
    for (const client of clients) client.end(true);
    await place.leave();
    board.close();
  });

  published({
    gate: () => gate,
    place: () => place,
    board: () => board,
    async client(profile) {
      const url = `mqtt://127.0.0.1:${gate.mqttPort}`;
      const client = await mqtt.connectAsync(url, { username: profile, password: secretOf(profile) });
      clients.push(client);
      return client;
    },
  });
});

test.each(["kmtronic-relay", "lcus-relay", "numato-relay"])(
  "%s is refused as a lane's relay: nobody would switch it off",
  async (profile) => {
    const place = openPlace();
    try {
      const yaml = `${HEAD}devices:
  - { id: board, profile: ${profile}, serial: { path: /dev/ttyUSB0 } }
lanes:
  - { id: walk, kind: pedestrian, name: 人行门, outputs: { open: { device: board, channel: 1 } }, accessPoints: [] }
${TAIL}`;
      const file = place.write("gate.yaml", yaml);
      const checking = place.run(process.execPath, [join(top, "dist", "gatepost.cjs"), "check", file]);
      expect(await checking.ended).toBe(1);
      expect(checking.printed()).toContain("COMMAND_UNKNOWN");
    } finally {
      await place.leave();
    }
  },
);

test("the folder of profiles is what is shown here", () => {
  const files = readdirSync(join(top, "device-profiles")).filter((name) => /^[^.]+\.json$/.test(name));
  expect(files.length).toBe(PROFILES.all.length);
});
