/** Promise 1 on a serial line: unplugged after any byte of a frame, the rest that comes later makes no event. */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openClock } from "../../src/adapters/clock.ts";
import { loadProfiles } from "../../src/adapters/profiles.ts";
import { openPty, type Pty } from "../../src/adapters/pty.ts";
import { openSerial } from "../../src/adapters/serial.ts";
import { encoder } from "../../src/decode/encode.ts";
import { compile } from "../../src/decode/reader.ts";
import { openDevices } from "../../src/shell/devices.ts";
import { place } from "../keeping/journal-place.ts";
import { top, until } from "../whole/place.ts";

/** SenseTime-style module: this person was recognised, alive (the profile's own sample has the same shape). */
function recognised(name: string): Buffer {
  const body = Buffer.alloc(41);
  body.set([0x00, 0x00, 0x26, 0x12, 0x00, 0x00, 0x07]);
  body.write(name, 7, 32, "ascii");
  body[40] = 0xc8;
  return Buffer.concat([Buffer.from([0xef, 0xaa]), body, Buffer.from([body.reduce((sum, byte) => sum ^ byte, 0)])]);
}

it("each byte of a frame: half of it before, half of it after, then a whole one that counts once", async () => {
  const path = join(place(), "module");
  let pty: Pty | undefined;
  function plug(): Pty {
    rmSync(path, { force: true });
    const one = openPty();
    symlinkSync(one.path, path);
    pty = one;
    return one;
  }
  plug();
  const now = () => performance.now();
  const profile = loadProfiles([join(top, "device-profiles")]).device("sense-uart");
  const line = openSerial(
    { path, baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
    { now, random: () => 0.05 },
  );
  const clock = openClock({ zone: "Asia/Shanghai", trust: "always", buildYear: 2026 });
  const heard: string[] = [];
  const devices = openDevices({
    devices: [
      { id: "face", reader: compile(profile), encode: encoder(profile), params: { deviceId: "face" }, line: "module" },
    ],
    mqtt: undefined,
    lines: new Map([["module", line]]),
    clock,
    utcOffsetMin: () => 480,
    newId: () => "id",
    hear(_origin, report) {
      if (report.is === "presented") heard.push(report.claim.value);
      return undefined;
    },
    inputs: () => undefined,
    whenDurable: (_seq, then) => then(),
    onFault: () => undefined,
    onForged: () => undefined,
    onOffline: () => undefined,
  });
  onTestFinished(async () => {
    devices.close();
    clock.close();
    await line.close();
    pty?.close();
  });
  const states: string[] = [];
  line.onState((state) => void states.push(state.is));
  await until(() => line.state().is === "up");

  const frame = recognised("R-0417");
  for (let cut = 1; cut < frame.length; cut++) {
    const got = new Promise<void>((done) => line.onBytes(() => done()));
    pty?.write(frame.subarray(0, cut));
    await got;
    pty?.close();
    await until(() => line.state().is === "down", 5_000);
    const next = plug();
    await until(() => line.state().is === "up");
    next.write(Buffer.concat([frame.subarray(cut), recognised(`R-${cut}`)]));
    await until(
      () => heard.includes(`R-${cut}`),
      5_000,
      () => `cut after byte ${cut}: ${heard.join(" ")}`,
    );
  }
  expect(heard).toEqual(Array.from({ length: frame.length - 1 }, (_, n) => `R-${n + 1}`));
  expect(states.filter((is) => is === "down").length).toBe(frame.length - 1);
});
