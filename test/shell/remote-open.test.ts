/** A barrier that hangs on a terminal: opened by the terminal's own command, by the rules of every opening. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checked } from "../decode/testVendor.ts";
import { openWall } from "./wall.ts";

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "..", "device-profiles", "faceterm-mqtt.json"), "utf8"),
);
const FACETERM = checked({ ...document, meta: { ...document.meta, id: "test" } });
const later = () => new Promise((next) => setImmediate(next));
const opened = (sent: readonly string[]) => sent.filter((one) => one.includes('"Unlock"')).length;

test("promise 1: an opening is sent once, whatever comes back or doesn't", async () => {
  const wall = openWall(FACETERM, { deviceId: "7" });
  expect(await wall.devices.command("one", "unlock", {})).toBe("done");
  wall.clock.to(600_000);
  await later();
  expect(opened(wall.sent)).toBe(1);
  wall.devices.close();
});

test("an opening never waits for a picture that the terminal is still working on", async () => {
  const wall = openWall(FACETERM, { deviceId: "7" });
  const editing = wall.devices.converse("one", "editPerson", { customId: "A", name: "a" });
  await later();
  expect(await wall.devices.command("one", "unlock", {})).toBe("done");
  expect(opened(wall.sent)).toBe(1);
  wall.clock.to(20_000);
  expect(await editing).toEqual({ outcome: "uncertain" });
  wall.devices.close();
});

test("what moves something is never sent beside", async () => {
  const wall = openWall(FACETERM, { deviceId: "7" });
  expect(await wall.devices.converse("one", "unlock", {})).toEqual({ outcome: "failed" });
  expect(await wall.devices.converse("nobody", "editPerson", {})).toEqual({ outcome: "failed" });
  expect(wall.sent).toEqual([]);
  wall.devices.close();
});

test("promise 1: an opening that had to wait for its line is failed, not sent late", async () => {
  const wall = openWall(FACETERM, { deviceId: "7" });
  void wall.devices.command("one", "configure", { beginTime: "2026-11-01 00:00:00" });
  const opening = wall.devices.command("one", "unlock", {});
  await later();
  wall.clock.to(25_000);
  expect(await opening).toBe("failed");
  wall.link("down");
  wall.link("up");
  await later();
  expect(opened(wall.sent)).toBe(0);
  wall.devices.close();
});
