/**
 * A gate that hangs: the watchdog of systemd is fed by decisions that go the real way, so a process that is stopped, or
 * whose loop stands, is not fed for, and the unit's own times say how soon it is started anew.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NotifySocket, openNotifySocket } from "../adapters-small/notify-socket.ts";
import { type Gate, openPlace, type Place, startGate, top, until } from "./place.ts";
import { siteYaml } from "./site.ts";

/** As short as it can be told well apart from a busy machine. */
const WATCHDOG_MS = 900;
let place: Place;
let systemd: NotifySocket;
let gate: Gate;

beforeAll(async () => {
  place = openPlace();
  const socket = join(place.dir, "notify");
  systemd = openNotifySocket(socket);
  const yaml = siteYaml({ mqtt: "{ external: { url: 'mqtt://127.0.0.1:1' } }", relays: "/dev/no-such-line" });
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: String(WATCHDOG_MS * 1_000), GATEPOST_LOG_LEVEL: "error" };
  gate = await startGate(place, yaml, env, "healthz");
}, 90_000);
afterAll(async () => {
  systemd.close();
  await place.leave();
});

/** All that has come, newest last. */
function heard(): readonly string[] {
  const all: string[] = [];
  for (let one = systemd.read(); one !== undefined; one = systemd.read()) all.push(one);
  return all;
}
const isFed = () => until(() => heard().includes("WATCHDOG=1"), 30_000, gate.running.printed);

/** The state letter of /proc/PID/stat: `T` is stopped. */
const stateOf = (pid: number) => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];

test("promise 3: a gate that stands still starves the watchdog, and one that goes on feeds it", {
  timeout: 120_000,
}, async () => {
  await isFed();
  await isFed();
  const { pid } = gate.running.child;
  if (pid === undefined) throw new Error("it doesn't run");
  gate.running.child.kill("SIGSTOP");
  try {
    await until(() => stateOf(pid) === "T");
    heard();
    const end = performance.now() + 2 * WATCHDOG_MS;
    await until(() => performance.now() > end);
    expect(heard()).toEqual([]);
  } finally {
    gate.running.child.kill("SIGCONT");
  }
  await isFed();
});

test("promise 3: the unit restarts a gate that isn't fed for within 20 s, for ever", () => {
  const unit = readFileSync(join(top, "systemd", "gatepost.service"), "utf8");
  const seconds = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(unit)?.[1]);
  expect(seconds("WatchdogSec") + seconds("RestartSec")).toBeLessThan(20);
  expect(unit).toMatch(/^Restart=always$/m);
  expect(seconds("StartLimitIntervalSec")).toBe(0);
});
