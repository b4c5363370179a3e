/** Terminals on a real link, a real loop and journal behind them: what moves is counted, nothing else is played. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openClock } from "../../src/adapters/clock.ts";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import type { SitePlan } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import { compile } from "../../src/decode/reader.ts";
import { deviceProfileIn } from "../../src/decode/try.ts";
import { openDevices } from "../../src/shell/devices.ts";
import { openLoop } from "../../src/shell/loop.ts";
import type { MqttLink } from "../../src/shell/ports.ts";
import { open, place, SITE_KEY } from "../keeping/journal-place.ts";
import { resident } from "../shell/gate.ts";

export const TERMINALS = ["2107466", "2107467"] as const;
export const RESIDENT = "R-0417";
export const recTopic = (terminal: string) => `mqtt/face/${terminal}/Rec`;

function faceterm() {
  const file = "faceterm-mqtt.json";
  const found = deviceProfileIn(readFileSync(new URL(`../../device-profiles/${file}`, import.meta.url), "utf8"), file);
  if (found.is === "errors") throw new Error("the profile has errors");
  return found.profile;
}

const PLAN: SitePlan = {
  id: "site",
  name: "site",
  lanes: TERMINALS.map((id) => ({
    id: `lane-${id}`,
    kind: "pedestrian",
    name: id,
    inputs: [],
    guards: [],
    canClose: false,
    canStop: false,
    times: {
      travelMs: 1,
      accessMs: 1,
      longAccessMs: 1,
      clearMs: 0,
      heldMs: 60_000,
      preAlarmMs: 1_000,
      stuckMs: 60_000,
      gapMs: 0,
    },
    maxLockedOpenMs: 60_000,
  })),
  accessPoints: TERMINALS.map((id) => ({
    id: `in-${id}`,
    lane: `lane-${id}`,
    direction: "in",
    readers: [`face-${id}`],
    minConfidence: 0.8,
    liveness: "unless-silent",
    freshMs: 3_000,
    plateQuietMs: 0,
    plateMaxMs: 0,
  })),
  areas: [],
  accessLevels: [{ id: "all", accessPoints: TERMINALS.map((id) => `in-${id}`) }],
  timeProfiles: [],
  holidays: [],
  graceDays: 0,
};

/** @param forged as it is given to the embedded broker too, so that its refusals and the devices' are told in one place */
export function openLinked(mqtt: MqttLink) {
  const clock = openClock({ zone: "Asia/Shanghai", trust: "always", buildYear: 2020 });
  const journal = open(join(place(), "journal.sqlite"));
  const moves: string[] = [];
  const person = resident("lin", { type: "face", value: RESIDENT });
  const loop = openLoop({
    plan: PLAN,
    clock,
    whitelist: () => ({
      find: (type, value) => (type === "face" && value === RESIDENT ? person : undefined),
      near: () => [],
      generation: 1,
      size: 1,
    }),
    journal,
    move: (lane, command) => void moves.push(`${lane} ${command}`),
    newId: randomUUID,
    atEndOfTurn: queueMicrotask,
    pseudonym: (text) => pseudonym(SITE_KEY, text),
    watcher: { stepped: () => undefined, changed: () => undefined },
  });
  const profile = faceterm();
  const forged = (owner: string | undefined, what: string) => loop.raise("forged-event", undefined, `${owner} ${what}`);
  const devices = openDevices({
    devices: TERMINALS.map((id) => ({
      id: `face-${id}`,
      reader: compile(profile),
      encode: encoder(profile),
      params: { deviceId: id },
    })),
    mqtt,
    lines: new Map(),
    clock,
    utcOffsetMin: () => 480,
    newId: randomUUID,
    hear: loop.hear,
    inputs: () => undefined,
    whenDurable: journal.whenDurable,
    onFault: () => undefined,
    onForged: forged,
    onOffline: () => undefined,
  });
  onTestFinished(async () => {
    devices.close();
    loop.close();
    await journal.close();
    clock.close();
  });
  return {
    loop,
    journal,
    moves,
    forged,
    /** Nobody is let in there any more, and the barrier is down: whoever is let in next moves it. */
    shut(lane: string) {
      const { barrier, rights } = loop.state().lanes.get(lane) ?? { rights: [] };
      return barrier?.is === "closed" && rights.length === 0;
    },
    /** How often this alarm was raised while it stood. */
    alarmed: (kind: string) => loop.alarms.standing().find((one) => one.kind === kind)?.count ?? 0,
  };
}
