/**
 * Two real gates of one compound at one real Mosquitto: who went in by one is inside for the other; with the broker dead
 * each goes on by itself; when it is back they agree. No gate moves but for a card.
 */
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, expect, test } from "vitest";
import { openPty, type Pty } from "../../src/adapters/pty.ts";
import { openBoard } from "../../src/simulator/board.ts";
import { freePort, type Gate, openPlace, type Place, startGate, top, until } from "./place.ts";
import { importResidents, storedRows } from "./site.ts";

const KEY = "5d0f9a".repeat(10);
const [ZHAO, SUN] = ["0005913727", "0005913728"];
/** So many looks at the door's contact see it open after each pulse: somebody goes through. */
const LOOKS_OPEN = 3;
const places: Place[] = [];
const ptys: Pty[] = [];
afterAll(async () => {
  await Promise.all(places.map((place) => place.leave()));
  for (const pty of ptys) pty.close();
});

function openLine(): Pty {
  const pty = openPty();
  ptys.push(pty);
  return pty;
}

/** A board with one door on it, which opens at each pulse of the relay and falls shut again. */
function openDoor() {
  const line = openLine();
  let pulses = 0;
  let looks = 0;
  const board = openBoard(1, {
    relay(channel, on) {
      if (channel !== 1 || !on) return;
      pulses++;
      looks = LOOKS_OPEN;
    },
    input: (channel) => channel === 1 && looks-- > 0,
  });
  line.onBytes((bytes) => {
    const answer = board.hear(bytes);
    if (answer !== undefined) line.write(answer);
  });
  return { path: line.path, pulses: () => pulses, shut: () => looks < -LOOKS_OPEN };
}

interface Entrance {
  readonly place: Place;
  readonly gate: Gate;
  readonly door: ReturnType<typeof openDoor>;
  readonly card: (way: "in" | "out", number: string) => Promise<string>;
  readonly metrics: () => Promise<string>;
}

async function openEntrance(name: string, other: string, broker: string): Promise<Entrance> {
  const place = openPlace();
  places.push(place);
  const door = openDoor();
  const readers = { in: openLine(), out: openLine() };
  const yaml = `
site: { id: xinghe, name: 星河小区, timezone: Asia/Shanghai }
gate: { id: ${name}, name: ${name} }
dataDir: data
clock: { trust: trusted }
sharing: { keyFile: ${place.write("sharing.key", `${KEY}\n`)}, gates: [${other}], broker: { url: "${broker}" }, silentSeconds: 3600 }
devices:
  - { id: relays, profile: waveshare-modbus-relay, serial: { path: ${door.path} }, params: { unit: 1 } }
  - { id: reader-in, profile: ascii-line-reader, serial: { path: ${readers.in.path} } }
  - { id: reader-out, profile: ascii-line-reader, serial: { path: ${readers.out.path} } }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: relays, channel: 1, pulseMs: 500 } }
    inputs: { door-contact: { device: relays, channel: 1 } }
    times: { accessMs: 3000, gapMs: 100 }
    accessPoints:
      - { id: walk-in, direction: in, readers: [reader-in], to: inside }
      - { id: walk-out, direction: out, readers: [reader-out], from: inside }
areas: [{ id: inside, antiPassback: hard }]
accessLevels: [{ id: residents, accessPoints: all }]
`;
  place.write("gate.yaml", yaml);
  await importResidents(place);
  const gate = await startGate(place, yaml);
  // A line that has just come up is in the middle of one: its end makes the next one whole.
  for (const reader of [readers.in, readers.out]) reader.write(Buffer.from("\r\n"));
  const rows = (kind: string) => storedRows(place).filter((row) => row.kind === kind);
  return {
    place,
    gate,
    door,
    metrics: () => fetch(`${gate.page}/metrics`).then((answer) => answer.text()),
    /** Presented, decided and, where it opens, gone through; the reason, or `granted`. */
    async card(way, number) {
      const [decided, passed, pulses] = [rows("decision").length, rows("passage").length, door.pulses()];
      readers[way].write(Buffer.from(`${number}\r\n`));
      await until(() => rows("decision").length > decided, 20_000, gate.running.printed);
      const open = rows("decision").at(-1)?.open;
      if (open?.outcome === "granted") {
        await until(() => door.pulses() > pulses, 20_000, gate.running.printed);
        await until(() => rows("passage").length > passed && door.shut(), 20_000, gate.running.printed);
      }
      return String(open?.reason ?? open?.outcome);
    },
  };
}

/** Mosquitto on a port of the test's own, so that it can die and come back there. */
async function startBroker(place: Place, port: number) {
  const config = place.write("mosquitto.conf", `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  const running = place.run("mosquitto", ["-c", config]);
  await until(() => running.printed().includes("running"), 10_000, running.printed);
  return running;
}

/** How many people count as inside, by the records that `one` has and has heard. */
async function hears(one: Entrance, from: string, records: number): Promise<void> {
  const told = () =>
    storedRows(one.place)
      .filter((row) => row.kind === "shared" && row.open.gate === from)
      .reduce((sum, row) => sum + Number(row.open.records), 0);
  await until(() => told() >= records, 90_000, one.gate.running.printed);
}

test("in by one entrance, inside for the other; apart each decides by itself; together again they agree", {
  timeout: 240_000,
}, async () => {
  const site = openPlace();
  places.push(site);
  const port = await freePort();
  const broker = await startBroker(site, port);
  const url = `mqtt://127.0.0.1:${port}`;
  const [south, north] = await Promise.all([openEntrance("south", "north", url), openEntrance("north", "south", url)]);
  const up = async ({ metrics }: Entrance) => /gatepost_peer_up\{gate="\w+"\} 1/.test(await metrics());
  await until(() => up(south), 60_000, south.gate.running.printed);
  await until(() => up(north), 60_000, north.gate.running.printed);

  expect(await south.card("in", ZHAO)).toBe("granted");
  await hears(north, "south", 1);
  expect(await north.card("in", ZHAO)).toBe("antipassback-violation");

  // Somebody with access to the broker, and without the key.
  const stranger = await mqtt.connectAsync(url);
  await stranger.publishAsync("gatepost/v1/site/xinghe/shared/south", Buffer.from("open sesame"), { qos: 1 });
  await stranger.endAsync();
  await until(async () => (await north.metrics()).includes('gatepost_sharing_refused_total{why="forged"} 1'), 20_000);

  await until(() => storedRows(north.place).some(({ open }) => open.alarm === "forged-event"), 20_000);

  await broker.stop("SIGKILL");
  expect(await north.card("out", ZHAO)).toBe("granted");
  expect(await south.card("in", SUN)).toBe("granted");
  // Neither can know what the other saw; none is kept waiting, none is let in by the failure.
  expect(await south.card("in", ZHAO)).toBe("antipassback-violation");
  expect(await north.card("in", SUN)).toBe("granted");
  expect(await north.card("out", SUN)).toBe("granted");

  const pulses = [south.door.pulses(), north.door.pulses()];
  await startBroker(site, port);
  await hears(south, "north", 2);
  // Its entry at the south gate is older than what the north gate saw of SUN since: nothing new for the north gate.
  await until(async () => /gatepost_sharing_backlog_records 0/.test(await south.metrics()), 60_000);
  await until(async () => /gatepost_sharing_backlog_records 0/.test(await north.metrics()), 60_000);
  expect([south.door.pulses(), north.door.pulses()]).toEqual(pulses);
  expect(await south.card("in", ZHAO)).toBe("granted");
  expect(await south.card("in", SUN)).toBe("granted");
  await hears(north, "south", 3);
  expect(await north.card("in", ZHAO)).toBe("antipassback-violation");
  expect(await north.card("in", SUN)).toBe("antipassback-violation");
  expect([south.door.pulses(), north.door.pulses()]).toEqual([4, 3]);
  // Whoever is erased at one is nowhere at the other.
  const erasing = south.place.run(process.execPath, [
    join(top, "dist", "gatepost.cjs"),
    ...["erase", "R-0418", "--apply", "--config", join(south.place.dir, "gate.yaml")],
  ]);
  expect(await erasing.ended, erasing.printed()).toBe(0);
  await hears(north, "south", 5);
  expect(await north.card("in", SUN)).toBe("granted");
  for (const { gate } of [south, north]) expect(await gate.running.stop()).toBe(0);
});
