/** The built gate beside Home Assistant's broker: it is told how the gate stands and never who passed, and the gate needs nothing of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, expect, test } from "vitest";
import { openLog } from "../../src/adapters/log.ts";
import { loadConfig } from "../../src/config/load.ts";
import { openHomeAt } from "../../src/main-home.ts";
import type { HomeView } from "../../src/shell/home.ts";
import { SOUND, siteFolder } from "../config/site.ts";
import { handClock } from "../shell/hand-clock.ts";
import { openPlace, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { FLASH, importResidents, siteYaml, storedRows, watchBoard } from "./site.ts";

const place = openPlace();
const SITE = { site: { id: "xinghe", name: "星河小区" }, gate: { id: "main", name: "正门" } };
afterAll(() => place.leave());
const TODAY = { in: 0, out: 0, granted: 0, denied: 0, byHand: 0 };
const OWN = "gatepost/home/test/main";

test("told to a real Mosquitto; with it dead a card opens all the same", { timeout: 90_000 }, async () => {
  const broker = await startMosquitto(place);
  const relays = await serialPair(place, "relays");
  const cards = await serialPair(place, "cards");
  const board = await watchBoard(relays.theirs);
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    cardReader: cards.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  // No contact tells where the door is: it counts as moving for travelMs.
  const quick = yaml.replace("times: { ", "times: { travelMs: 1000, ");
  const whole = `${quick}homeAssistant: { broker: { url: "${broker.url}" } }\n`;
  place.write("gate.yaml", whole);
  await importResidents(place);

  const client = await mqtt.connectAsync(broker.url);
  const newest = new Map<string, string>();
  const heard: string[] = [];
  client.on("message", (topic, payload) => {
    newest.set(topic, payload.toString());
    heard.push(`${topic} ${payload}`);
  });
  client.on("error", () => undefined);
  await client.subscribeAsync("#");
  const state = () => JSON.parse(newest.get(`${OWN}/state`) ?? "{}");

  const gate = await startGate(place, whole);
  await until(() => newest.get(`${OWN}/availability`) === "online", 20_000, gate.running.printed);
  const announced = [...newest.keys()].filter((topic) => topic.startsWith("homeassistant/"));
  // The lane's two, three devices, alarms twice, in and out, ready.
  expect(announced).toHaveLength(10);
  await until(() => state().ready === "ON" && state().devices["card-reader"] === "ON", 20_000, gate.running.printed);
  expect(state().lanes).toEqual({ walk: { barrier: "unknown", mode: "controlled" } });

  const line = await open(cards.theirs, "r+");
  async function present(number: string): Promise<void> {
    const [decided, moved] = [decisions().length, board.writes().length];
    await line.write(`${number}\r\n`);
    await until(() => decisions().length > decided, 20_000, gate.running.printed);
    expect(decisions().at(-1)?.open).toMatchObject({ outcome: "granted", reader: "card-reader" });
    await until(() => board.writes().length > moved, 20_000, gate.running.printed);
    expect(board.writes().slice(moved)).toEqual([FLASH]);
  }
  const decisions = () => storedRows(place).filter((row) => row.kind === "decision");
  // Whatever stood on the line before: its end makes the next one whole.
  await line.write("\r\n");
  await present("0005913727");
  // It is seen there where the door came to rest.
  await until(() => state().lanes.walk.barrier === "closed", 20_000, gate.running.printed);

  // Nobody at the broker can order anything, whatever they write to our topics.
  const moved = board.writes().length;
  for (const topic of [`${OWN}/set`, `${OWN}/command`, "homeassistant/status"])
    await client.publishAsync(topic, "OPEN", { qos: 1 });

  client.end(true);
  await broker.running.stop("SIGKILL");
  await until(() => gate.running.printed().includes('"home":"down"'), 20_000, gate.running.printed);
  expect(board.writes().length).toBe(moved);
  await present("0005913728");
  expect((await fetch(`${gate.page}/readyz`)).ok).toBe(true);

  const told = heard.filter((one) => !one.endsWith(" OPEN")).join("\n");
  for (const canary of ["林秀兰", "周建国", "3-1-302", "R-0417", "R-0418", "0005913727", "0005913728"])
    expect(told).not.toContain(canary);
  await line.close();
  expect(await gate.running.stop()).toBe(0);
});

test("what has left gate.yaml is withdrawn at the next start; what was another gate's, or a broken file's, is let be", async () => {
  const broker = await startMosquitto(place);
  const yaml = `${SOUND}homeAssistant: { broker: { url: "${broker.url}" } }\n`;
  const site = siteFolder(yaml);
  const client = await mqtt.connectAsync(broker.url);
  try {
    mkdirSync(join(site.folder, "data"));
    const loaded = loadConfig(site.file, {});
    if (!("config" in loaded)) throw new Error(JSON.stringify(loaded.errors));
    const heard: string[] = [];
    client.on("message", (topic, payload) => void heard.push(`${topic} ${payload}`));
    await client.subscribeAsync("#");
    const ours = "homeassistant/binary_sensor/gatepost_xinghe_main";
    const another = "homeassistant/binary_sensor/gatepost_xinghe_north_alarm/config";
    writeFileSync(
      join(site.folder, "data", "home-announced.txt"),
      `${another}\n${ours}_#/config\n${ours}_old/config\n`,
    );
    const withdrawn = () => heard.filter((one) => one.endsWith("/config ")).map((one) => one.trimEnd());

    const run = async (devices: HomeView["devices"]) => {
      heard.length = 0;
      const view: HomeView = { ...SITE, lanes: [], alarms: [], today: TODAY, devices };
      const home = openHomeAt({
        loaded,
        desk: { view: () => view, onChange: () => undefined, health: () => ({ alive: true, ready: true, why: [] }) },
        devices: { states: () => [] },
        clock: handClock(),
        log: openLog("silent"),
        version: "0.1.0",
      });
      await until(() => heard.some((one) => one.endsWith("/availability online")));
      await home?.close();
    };
    const up = { link: { is: "up", since: 0 } } as const;
    const [face, cards] = [
      { id: "face-in", name: "人脸终端", ...up },
      { id: "cards", name: "读卡器", ...up },
    ];
    await run([face, cards]);
    expect(withdrawn()).toEqual([`${ours}_old/config`]);
    await run([face]);
    expect(withdrawn().sort()).toEqual([`${ours}_device_cards_link/config`, `${ours}_old/config`]);
    // Back on the wall, it is back there.
    await run([face, cards]);
    expect(withdrawn()).toEqual([`${ours}_old/config`]);
  } finally {
    await client.endAsync(true);
    site.remove();
  }
});
