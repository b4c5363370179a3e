/** Serial frame → relay request: face modules and a relay board on pseudo-terminals, played by the bench. */
import { join } from "node:path";
import { openPty, type Pty } from "../../src/adapters/pty.ts";
import { freePort, top, until } from "../whole/place.ts";
import type { Setting } from "./contenders.ts";
import { faceOf, ourList } from "./people.ts";
import { writeText } from "./running.ts";

/** One lane and one relay for each. */
const MODULES = 8;
/** A lane's opening is over before its next. */
const EVERY_MS = 1_400;

const xor = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum ^ byte, 0);

/** The module's answer to `verify`: this person was recognised, alive. */
export function recognised(name: string): Uint8Array {
  const body = Buffer.alloc(41);
  body.set([0x00, 0x00, 0x26, 0x12, 0x00, 0x00, 0x07]);
  body.write(name, 7, 32, "ascii");
  body[40] = 0xc8;
  return Buffer.concat([Buffer.from([0xef, 0xaa]), body, Buffer.from([xor(body)])]);
}

interface Street {
  readonly relays: Pty;
  readonly modules: readonly Pty[];
  close(): void;
}

function openStreet(): Street {
  const relays = openPty();
  const modules = Array.from({ length: MODULES }, () => openPty());
  return {
    relays,
    modules,
    close() {
      relays.close();
      for (const one of modules) one.close();
    },
  };
}

const INPUTS_OFF = Buffer.from("01020100A188", "hex");

/** A board that answers at once, and tells when it was asked to flash a relay. */
function board(relays: Pty, flashed: (channel: number) => void): void {
  let held = Buffer.alloc(0);
  relays.onBytes((bytes) => {
    const at = [held, bytes];
    held = Buffer.concat(at);
    while (held.length >= 8) {
      const frame = held.subarray(0, 8);
      held = held.subarray(8);
      if (frame[1] === 2) relays.write(INPUTS_OFF);
      if (frame[1] !== 5) continue;
      flashed((frame[3] ?? 0) + 1);
      relays.write(frame);
    }
  });
}

/** ms from a module's frame to the relay request, `rounds` a module. */
async function measure(street: Street, rounds: number, waited: { at: number }): Promise<readonly number[]> {
  const times: number[] = [];
  const next = (ms: number) => new Promise((done) => setTimeout(done, ms));
  for (let round = 0; round < rounds; round++) {
    for (const [n, module] of street.modules.entries()) {
      const began = performance.now();
      waited.at = 0;
      module.write(recognised(faceOf(round * MODULES + n)));
      while (waited.at === 0 && performance.now() - began < EVERY_MS) await next(1);
      if (waited.at !== 0) times.push(waited.at - began);
      await next(Math.max(1, EVERY_MS / MODULES - (performance.now() - began)));
    }
  }
  return times;
}

export interface SerialTimes {
  readonly gate: readonly number[];
  readonly echo: readonly number[];
  readonly sent: number;
}

/** The gate and the bare echo take turns, `turns` times. */
export async function serialLatency(setting: Setting, turns: number, rounds: number): Promise<SerialTimes> {
  const ours = openStreet();
  const theirs = openStreet();
  const waited = { at: 0 };
  const flashed = () => {
    if (waited.at === 0) waited.at = performance.now();
  };
  board(ours.relays, flashed);
  board(theirs.relays, flashed);
  for (const module of ours.modules) module.onBytes(() => undefined);
  try {
    const page = await startGate(setting, ours);
    const echo = setting.bay.run("pty-echo", process.execPath, [join(top, "test/bench/baselines/pty-echo.mjs")], {
      BENCH_RELAYS: theirs.relays.path,
      BENCH_MODULES: theirs.modules.map((one) => one.path).join(" "),
    });
    await until(() => ready(page), 10_000);
    // The first answers are not measured: the echo is up when it has answered once.
    await until(
      async () => (await measure({ ...theirs, modules: theirs.modules.slice(0, 1) }, 1, waited)).length === 1,
    );
    await measure(ours, 1, waited);
    const gate: number[] = [];
    const bare: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      bare.push(...(await measure(theirs, rounds, waited)));
      gate.push(...(await measure(ours, rounds, waited)));
    }
    await echo.stop();
    return { gate, echo: bare, sent: turns * rounds * MODULES };
  } finally {
    ours.close();
    theirs.close();
  }
}

const ready = (page: string) =>
  fetch(`${page}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );

async function startGate({ bay, cache }: Setting, street: Street): Promise<string> {
  const dir = bay.folder("gate-serial");
  ourList(cache, join(dir, "data"), 100_000);
  const yaml = `site: { id: bench, name: 测试小区 }
gate: { id: main, name: 正门 }
dataDir: data
clock: { trust: trusted }
devices:
  - { id: relays, profile: waveshare-modbus-relay, serial: { path: ${street.relays.path} }, params: { unit: 1 } }
${street.modules
  .map(
    (one, n) =>
      `  - { id: face-${n}, profile: sense-uart, serial: { path: ${one.path} }, params: { deviceId: face-${n} }, purpose: 性能测试 }`,
  )
  .join("\n")}
lanes:
${street.modules
  .map(
    (_, n) =>
      `  - { id: lane-${n}, kind: pedestrian, name: 通道${n}, outputs: { open: { device: relays, channel: ${n + 1}, pulseMs: 500 } }, times: { travelMs: 500, accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: in-${n}, direction: in, readers: [face-${n}] }] }`,
  )
  .join("\n")}
accessLevels: [{ id: residents, accessPoints: all }]
`;
  const config = writeText(join(dir, "gate.yaml"), yaml);
  const port = await freePort();
  bay.run("gate-serial", process.execPath, [join(top, "dist", "gatepost.cjs"), "start", "--config", config], {
    GATEPOST_PAGE_PORT: String(port),
  });
  return `http://127.0.0.1:${port}`;
}
