/** HTTP push → relay request, and a card on an OSDP bus → relay request, on pseudo-terminals, played by the bench. */
import { join } from "node:path";
import { openPty, type Pty } from "../../src/adapters/pty.ts";
import { type OsdpReader, openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { freePort, top, until } from "../whole/place.ts";
import { FLASH } from "../whole/site.ts";
import type { Setting } from "./contenders.ts";
import { spread } from "./driver.ts";
import { CARDS_OF, faceOf, ourList } from "./people.ts";
import { type Report, times, us } from "./report.ts";
import { writeText } from "./running.ts";

/** One lane and one relay for each; half push, half hang on the bus. */
const EACH = 4;
const EVERY_MS = 1_400;
const INPUTS_OFF = Buffer.from("01020100A188", "hex");
/** Each reader has its own. */
const keyOf = (n: number) => `00112233445566778899aabbccddeef${n}`;

const secretOf = (n: number) => `bench-secret-of-push-${n}`;

interface Waited {
  at: number;
}

function board(relays: Pty, waited: Waited): void {
  let held = Buffer.alloc(0);
  relays.onBytes((bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 8) {
      const frame = held.subarray(0, 8);
      held = held.subarray(8);
      if (frame[1] === 2) relays.write(INPUTS_OFF);
      if (frame[1] !== 5) continue;
      if (waited.at === 0) waited.at = performance.now();
      relays.write(frame);
    }
  });
}

/** ms from an event to the relay request, one event at a time. */
async function measure(
  events: readonly ((round: number) => void)[],
  rounds: number,
  waited: Waited,
): Promise<readonly number[]> {
  const found: number[] = [];
  const next = (ms: number) => new Promise((done) => setTimeout(done, ms));
  for (let round = 0; round < rounds; round++) {
    for (const happen of events) {
      const began = performance.now();
      waited.at = 0;
      happen(round);
      while (waited.at === 0 && performance.now() - began < EVERY_MS) await next(1);
      if (waited.at !== 0) found.push(waited.at - began);
      await next(Math.max(1, EVERY_MS / events.length - (performance.now() - began)));
    }
  }
  return found;
}

let serialNo = Math.floor(Date.now() / 1_000) % 1_000_000_000;

function push(url: string, person: string): void {
  const dateTime = `${new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
  const AccessControllerEvent = {
    majorEventType: 5,
    subEventType: 75,
    employeeNoString: person,
    serialNo: serialNo++,
    currentEvent: true,
  };
  const body = { dateTime, eventType: "AccessControllerEvent", eventState: "active", AccessControllerEvent };
  void fetch(url, { method: "POST", body: JSON.stringify(body) }).then((answer) => answer.text());
}

const parity = (bits: string, odd: boolean) => ((bits.replaceAll("0", "").length % 2 === 1) === odd ? "0" : "1");
/** 26 bits: even parity, facility 8, card 16, odd parity. */
function card(number: number): string {
  const bits = number.toString(2).padStart(24, "0");
  return `${parity(bits.slice(0, 12), false)}${bits}${parity(bits.slice(12), true)}`;
}

export async function otherLinks(setting: Setting, turns: number, rounds: number, report: Report): Promise<void> {
  const waited: Waited = { at: 0 };
  const ours = openPty();
  const theirs = openPty();
  const bus = openPty();
  board(ours, waited);
  board(theirs, waited);
  const readers = Array.from({ length: EACH }, (_, n) =>
    openOsdpReader({
      address: n,
      key: Uint8Array.from(Buffer.from(keyOf(n), "hex")),
      random: (bytes) => Uint8Array.from({ length: bytes }, (__, i) => i * 7 + n),
      now: () => performance.now(),
    }),
  );
  bus.onBytes((bytes) => {
    for (const reader of readers) {
      const reply = reader.hear(bytes);
      if (reply !== undefined) bus.write(reply);
    }
  });
  try {
    const { page, port, printed } = await startGate(setting, ours.path, bus.path);
    const echoPort = await freePort();
    const echo = setting.bay.run("http-echo", process.execPath, [join(top, "test/bench/baselines/http-echo.mjs")], {
      BENCH_RELAYS: theirs.path,
      BENCH_FLASH: FLASH,
      BENCH_PORT: String(echoPort),
    });
    await until(
      () => isReady(page),
      15_000,
      () => `${said} ${printed()}`,
    );
    await until(() => readers.every((reader) => reader.isSecure && reader.emptied), 15_000);
    const pushes = (at: (n: number) => string) =>
      Array.from({ length: EACH }, (_, n) => (round: number) => push(at(n), faceOf(round * EACH + n)));
    const pushed = pushes((n) => `http://127.0.0.1:${port}/${secretOf(n)}/hik/events`);
    const bare = pushes(() => `http://127.0.0.1:${echoPort}/`);
    const cards = readers.map(
      (reader: OsdpReader) => (round: number) => reader.card(card(CARDS_OF[round % CARDS_OF.length] ?? 0)),
    );
    await until(async () => (await measure(bare.slice(0, 1), 1, waited)).length === 1);
    await measure([...pushed, ...cards], 2, waited);
    const found = { bare: [] as number[], pushed: [] as number[], cards: [] as number[] };
    for (let turn = 0; turn < turns; turn++) {
      found.bare.push(...(await measure(bare, rounds, waited)));
      found.pushed.push(...(await measure(pushed, rounds, waited)));
      found.cards.push(...(await measure(cards, rounds, waited)));
    }
    await echo.stop();
    tell(found, turns * rounds * EACH, report);
  } finally {
    for (const pty of [ours, theirs, bus]) pty.close();
  }
}

function tell(
  found: { readonly bare: readonly number[]; readonly pushed: readonly number[]; readonly cards: readonly number[] },
  sent: number,
  report: Report,
): void {
  const rows = [
    ["HTTP push → relay request, p99", "http echo", spread(found.bare)],
    ["HTTP push → relay request, p99", "gate", spread(found.pushed)],
    ["OSDP card → relay request, p99", "gate", spread(found.cards)],
  ] as const;
  const echo = rows[0][2];
  for (const [measure, who, one] of rows) {
    const isPushed = who === "gate" && measure.startsWith("HTTP");
    report.add({
      measure,
      who,
      value: us(one.p99),
      spread: `p50 ${us(one.p50)}, ${one.count} of ${sent}${measure.startsWith("OSDP") ? `, ${EACH} readers polled in turn` : ""}`,
      ...(isPushed
        ? { goal: `(is ${times(one.p50 / echo.p50)} of the echo at p50, ${times(one.p99 / echo.p99)} at p99)` }
        : {}),
    });
  }
  report.keep("other links", Object.fromEntries(rows.map(([measure, who, one]) => [`${measure} ${who}`, one])));
}

let said = "";
const isReady = (page: string) =>
  fetch(`${page}/readyz`).then(
    async (answer) => {
      said = await answer.text();
      return answer.ok;
    },
    () => false,
  );

async function startGate(
  { bay, cache }: Setting,
  relays: string,
  bus: string,
): Promise<{ readonly page: string; readonly port: number; readonly printed: () => string }> {
  const dir = bay.folder("gate-links");
  ourList(cache, join(dir, "data"), 100_000);
  const port = await freePort();
  const lanes = Array.from({ length: EACH }, (_, n) => n);
  for (const n of lanes) writeText(join(dir, `secret-${n}`), secretOf(n));
  for (const n of lanes) writeText(join(dir, `osdp-${n}.key`), keyOf(n));
  const lane = (reader: string, channel: number) =>
    `  - { id: lane-${reader}, kind: pedestrian, name: 通道, outputs: { open: { device: relays, channel: ${channel}, pulseMs: 500 } }, times: { travelMs: 500, accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: in-${reader}, direction: in, readers: [${reader}] }] }`;
  const yaml = `site: { id: bench, name: 测试小区 }
gate: { id: main, name: 正门 }
dataDir: data
clock: { trust: trusted }
http: { host: 127.0.0.1, port: ${port} }
devices:
  - { id: relays, profile: waveshare-modbus-relay, serial: { path: ${relays} }, params: { unit: 1 } }
${lanes.map((n) => `  - { id: push-${n}, profile: hikvision-isapi, http: { secretFile: secret-${n} }, purpose: 性能测试 }`).join("\n")}
${lanes.map((n) => `  - { id: card-${n}, profile: osdp-reader, serial: { path: ${bus} }, params: { address: ${n} }, osdp: { keyFile: osdp-${n}.key } }`).join("\n")}
lanes:
${lanes.map((n) => lane(`push-${n}`, n + 1)).join("\n")}
${lanes.map((n) => lane(`card-${n}`, n + 1 + EACH)).join("\n")}
accessLevels: [{ id: residents, accessPoints: all }]
`;
  const config = writeText(join(dir, "gate.yaml"), yaml);
  const page = await freePort();
  const program = bay.run(
    "gate-links",
    process.execPath,
    [join(top, "dist", "gatepost.cjs"), "start", "--config", config],
    {
      GATEPOST_PAGE_PORT: String(page),
    },
  );
  return { page: `http://127.0.0.1:${page}`, port, printed: program.printed };
}
