/** The built gate beside Home Assistant's broker: it is told how the gate stands and never who passed, and the gate needs nothing of it. */
import { open } from "node:fs/promises";
import mqtt from "mqtt";
import { afterAll, expect, test } from "vitest";
import { openPlace, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { FLASH, importResidents, siteYaml, storedRows, watchBoard } from "./site.ts";

const place = openPlace();
afterAll(() => place.leave());
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
