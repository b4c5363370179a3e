/**
 * One call on the pins fails, whichever it is, and one soon after it, while the gate runs: opening the chip, taking a line,
 * setting or reading it, an edge's event, epoll, and what the gate and the keeper of its outputs say to each other. The gate
 * decides on and tells the trouble, the output falls, the next opening moves it again, the button inside is heard again, and
 * nothing rises without its order.
 * The chip is chip.c's under the real driver and the real keeper: the kernel's own simulator can't be had everywhere
 * (test/gpio/kernel.test.ts runs there), and it lets no call fail.
 * `GATEPOST_FAILING_PIN_CALLS=200 npm test -- test/whole/every-pin-call` is the long run; GATEPOST_SEED gives other calls.
 */
import { closeSync, constants as flags, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AT, EVENT, SIZES } from "../../src/adapters/gpio-structs.ts";
import { random } from "../../src/simulator/random.ts";
import { openControl, preload } from "./failing.ts";
import { recordOf, startTerminal } from "./load.ts";
import { freePort, openPlace, type Place, startGate, until } from "./place.ts";
import { importResidents, RESIDENTS, storedRows, TERMINAL } from "./site.ts";

const CALLS = Number(process.env.GATEPOST_FAILING_PIN_CALLS ?? 2);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const { EIO, ENODEV, ENOSPC, EAGAIN } = constants.errno;
const ERRORS = [EIO, ENODEV, ENOSPC, EAGAIN];
/** Long enough for every back-off there is, on a busy machine. */
const WITHIN_MS = 60_000;
const PAUSE_MS = 50;
/** Half as often as what counts as a jumping contact, so that presses that a busy gate hears together are none either. */
const PRESS_MS = 1_000;
const WALK = 17;
const YARD = 18;
const BUTTON = 5;
const PASSWORD = "not-a-default-7f21";

/** Somebody else each time: the same one again within seconds is one passage, and no further opening. */
const PEOPLE = Array.from({ length: 2_000 }, (_, n) => `R-${10_000 + n}`);
const LIST = `${RESIDENTS.split("\n")[0]}\n${PEOPLE.map((id, n) => `${id},住户${n},业主,3-1-302,${id},,,residents`).join("\n")}\n`;

const siteYaml = (port: number, passwordFile: string): string => `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: { embedded: { host: 127.0.0.1, port: ${port} } }
clock: { trust: trusted }
gpio: { backend: character-device, chip: gatepost-chip }
devices:
  - id: face-in
    profile: faceterm-mqtt
    mqtt: { passwordFile: ${passwordFile} }
    params: { deviceId: "${TERMINAL}" }
    purpose: 测试用的人脸终端
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { gpio: ${WALK}, pulseMs: 100 } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
  - id: yard
    kind: pedestrian
    name: 内院门
    outputs: { open: { gpio: ${YARD}, pulseMs: 100 } }
    inputs: { request-to-exit: { gpio: ${BUTTON}, debounceMs: 5 } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints: [{ id: yard-in, direction: in, readers: [] }]
accessLevels: [{ id: residents, accessPoints: all }]
`;

/** The lines under our hand and eye. */
function openChip(place: Place) {
  const levels = place.write("chip/levels", "\0".repeat(64));
  const trace = place.write("chip/trace", "");
  place.write("chip/gpiochip99", "");
  const fd = openSync(levels, "r+");
  const level = (offset: number) => {
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, offset);
    return byte[0];
  };
  const acts = () => readFileSync(trace, "utf8").split("\n").filter(Boolean);
  return {
    dir: join(place.dir, "chip"),
    level,
    acts,
    rises: (offset: number) => acts().filter((act) => act.endsWith(` ${offset} set 1`)).length,
    /** A finger on the button, shorter than any poll: who doesn't hear the edges doesn't hear it. */
    press() {
      const events = Buffer.alloc(2 * SIZES.lineEvent);
      events.writeUInt32LE(EVENT.rising, AT.lineEvent.id);
      events.writeUInt32LE(EVENT.falling, SIZES.lineEvent + AT.lineEvent.id);
      let line: number | undefined;
      try {
        line = openSync(join(place.dir, "chip", `edges-${BUTTON}`), flags.O_WRONLY | flags.O_NONBLOCK);
        writeSync(line, events);
      } catch {
        // ENXIO, EPIPE: the gate doesn't have the line now, and nobody hears
      } finally {
        if (line !== undefined) closeSync(line);
      }
    },
    close: () => closeSync(fd),
  };
}

test(`promise 1, 3, 4: ${CALLS} times a call on the pins fails, and one after it (seed ${SEED})`, {
  timeout: 120_000 + CALLS * 60_000,
}, async () => {
  const place = openPlace();
  const control = openControl(place);
  const chip = openChip(place);
  try {
    const port = await freePort();
    const yaml = siteYaml(port, place.write("face-in.password", `${PASSWORD}\n`));
    place.write("gate.yaml", yaml);
    await importResidents(place, LIST);
    const gate = await startGate(place, yaml, {
      LD_PRELOAD: preload(place, "chip"),
      GATEPOST_CHIP: chip.dir,
      GATEPOST_FAIL_CONTROL: control.file,
      GATEPOST_LOG_LEVEL: "warn",
      GATEPOST_MQTT_PORT: String(port),
    });
    await until(() => chip.acts().length > 0, WITHIN_MS, gate.running.printed);
    expect(chip.rises(WALK) + chip.rises(YARD)).toBe(0);

    let presented = 0;
    const terminal = startTerminal({
      port,
      username: "face-in",
      password: PASSWORD,
      inFlight: 1,
      next: () => PEOPLE[presented++ % PEOPLE.length] ?? "",
      pauseMs: PAUSE_MS,
    });
    const rows = () => storedRows(place);
    const granted = () => rows().filter(({ kind, open: told }) => kind === "decision" && told.outcome === "granted");
    const faults = () =>
      rows().filter(({ kind, open: told }) => kind === "fault" && String(told.code).startsWith("GPIO_")).length;
    /** Why a lane was moved, each time. */
    const moved = (lane: string) =>
      rows()
        .filter((row) => row.kind === "move" && row.lane === lane)
        .map(({ open: told }) => told.cause);
    let what = "at first";
    let pressAt = 0;
    const streetUntil = (so: () => boolean) =>
      until(
        async () => {
          if (performance.now() > pressAt) {
            chip.press();
            pressAt = performance.now() + PRESS_MS;
          }
          await new Promise((next) => setTimeout(next, PAUSE_MS));
          return so();
        },
        WITHIN_MS,
        () => `${what}; failed: ${control.names().join(", ")}\n${gate.running.printed()}`,
      );
    await streetUntil(() => chip.rises(WALK) > 0 && chip.rises(YARD) > 0);
    const dice = random(SEED);
    for (let round = 0; round < CALLS; round++) {
      const before = control.failed();
      const told = faults();
      const error = ERRORS[dice.below(ERRORS.length)] ?? EIO;
      const [n, then] = [1 + dice.below(40), 1 + dice.below(10)];
      what = `round ${round}: call ${n} and call ${then} after it with errno ${error}`;
      control.arm(n, then, error);
      await streetUntil(() => control.failed() > before);
      // It decides on …
      const decided = granted().length;
      await streetUntil(() => granted().length > decided);
      // … the second call fails too, the trouble is told, and then all is as it was: relay, button, terminal.
      await streetUntil(() => control.failed() > before + 1 && (error === EAGAIN || faults() > told));
      const [ins, outs] = [chip.rises(WALK), chip.rises(YARD)];
      await streetUntil(() => chip.rises(WALK) > ins && chip.rises(YARD) > outs);
    }
    await terminal.stop();
    await until(() => chip.level(WALK) === 0 && chip.level(YARD) === 0, WITHIN_MS, gate.running.printed);
    expect(gate.running.child.exitCode).toBeNull();
    await gate.running.stop();

    const kept = new Set(rows().map((row) => recordOf(row.open)));
    expect([...terminal.acknowledged].filter((id) => !kept.has(id))).toEqual([]);
    // Every first touch is inactive, nothing rises without its order, what rose has fallen.
    expect(chip.acts().filter((act) => act.endsWith("claim 1"))).toEqual([]);
    const grants = new Set(granted().map(({ open: told }) => told.id));
    expect(moved("walk").filter((cause) => !grants.has(cause))).toEqual([]);
    expect(new Set(moved("yard"))).toEqual(new Set(["request-to-exit"]));
    expect(chip.rises(WALK)).toBeLessThanOrEqual(moved("walk").length);
    expect(chip.rises(YARD)).toBeLessThanOrEqual(moved("yard").length);
    expect([chip.level(WALK), chip.level(YARD)]).toEqual([0, 0]);
  } finally {
    control.close();
    chip.close();
    await place.leave();
  }
});
