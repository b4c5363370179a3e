/**
 * "Forged device event": an event counts only from the client that owns the device. One terminal's credential, or none, is
 * used in every way that could make another terminal's gate open. Nothing opens, each forgery is told.
 * `GATEPOST_FORGERIES=10000 npm test -- test/links/forged` is the size of reliability.md.
 */
import { connect as dial } from "node:net";
import { generate, type IConnectPacket, type IPublishPacket } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { openBroker } from "../../src/adapters/broker.ts";
import { random } from "../../src/simulator/random.ts";
import { until } from "../whole/place.ts";
import { recPush } from "../whole/site.ts";
import { openLinked, RESIDENT, recTopic, TERMINALS } from "./linked.ts";

const FORGERIES = Number(process.env.GATEPOST_FORGERIES ?? 1_000);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
const AT_ONCE = 16;
const [FORGED, FORGER] = TERMINALS;

interface Try {
  readonly login: Partial<IConnectPacket>;
  readonly says?: Partial<IPublishPacket>;
}

const own = { username: FORGER, password: Buffer.from(`secret of ${FORGER}`) };
const theirs = (terminal: string) => recPush(RESIDENT, { facesluiceId: terminal }).text;

/** Every way we know; each would open the forged terminal's gate if it were believed. */
const WAYS: Readonly<Record<string, () => Try>> = {
  "the other's topic": () => ({ login: own, says: { topic: recTopic(FORGED), payload: theirs(FORGED) } }),
  "the other's topic, unacknowledged": () => ({
    login: own,
    says: { topic: recTopic(FORGED), payload: theirs(FORGED), qos: 0 },
  }),
  "the other's number on its own topic": () => ({
    login: own,
    says: { topic: recTopic(FORGER), payload: theirs(FORGED) },
  }),
  "a topic for both": () => ({ login: own, says: { topic: "mqtt/face/heartbeat", payload: theirs(FORGED) } }),
  "the other's name with its own password": () => ({
    login: { username: FORGED, password: own.password },
    says: { topic: recTopic(FORGED), payload: theirs(FORGED) },
  }),
  "no name at all": () => ({ login: {}, says: { topic: recTopic(FORGED), payload: theirs(FORGED) } }),
  "a will on the other's topic": () => ({
    login: { ...own, will: { topic: recTopic(FORGED), payload: Buffer.from(theirs(FORGED)), qos: 1, retain: false } },
  }),
};

it(`${FORGERIES} forgeries by a terminal that owns another topic: 0 openings (seed ${SEED})`, {
  timeout: 60_000 + FORGERIES * 20,
}, async () => {
  const dice = random(SEED);
  const told: string[] = [];
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    onTooLong: () => undefined,
    devices: TERMINALS.map((id) => ({
      owner: `face-${id}`,
      username: id,
      password: `secret of ${id}`,
      publishes: [recTopic(id), "mqtt/face/heartbeat"],
      subscribes: [`mqtt/face/${id}/#`],
    })),
    now: () => performance.now(),
    onForged(owner, what) {
      told.push(what);
      gate.forged(owner, what);
    },
  });
  onTestFinished(() => broker.close());
  const gate = openLinked(broker);
  const names = Object.keys(WAYS);
  const tried = new Map<string, number>();
  for (let n = 0; n < FORGERIES; n += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, FORGERIES - n) }, () => dice.pick(names) ?? "");
    await Promise.all(some.map((name) => attempt(broker.port, WAYS[name]?.() ?? { login: {} })));
    for (const name of some) tried.set(name, (tried.get(name) ?? 0) + 1);
  }
  // The one that owns the topic is heard all the while; what came before it is settled by then.
  await attempt(broker.port, {
    login: { username: FORGED, password: Buffer.from(`secret of ${FORGED}`) },
    says: { topic: recTopic(FORGED), payload: theirs(FORGED) },
  });
  await until(() => gate.moves.length > 0);
  expect(gate.moves).toEqual([`lane-${FORGED} open`]);
  const granted = gate.journal.latest(FORGERIES).filter((row) => row.open.outcome === "granted");
  expect(granted.map((row) => row.open.reader)).toEqual([`face-${FORGED}`]);
  // A will has no live sender to be told of; every other forgery raises the alarm, which stands once.
  const silent = tried.get("a will on the other's topic") ?? 0;
  const misread = tried.get("a topic for both") ?? 0;
  expect(gate.alarmed("forged-event")).toBeGreaterThanOrEqual(FORGERIES - silent - misread);
  expect(gate.journal.latest(FORGERIES).filter((row) => row.open.alarm === "forged-event").length).toBe(1);
  console.log(
    `${FORGERIES} forgeries, 0 openings: ${[...tried].map(([name, count]) => `${count} ${name}`).join(", ")}`,
  );
});

let connections = 0;

/** Logs in and says it in one breath, without waiting to be let in; over when the broker has answered or hung up. */
function attempt(port: number, { login, says }: Try): Promise<void> {
  const socket = dial(port, "127.0.0.1");
  const id = `c${++connections}`;
  socket.write(generate({ cmd: "connect", protocolVersion: 4, clientId: id, keepalive: 60, ...login }));
  if (says !== undefined) {
    const usual = { topic: "", payload: "", qos: 1, retain: false, dup: false, messageId: 1 } as const;
    socket.write(generate({ cmd: "publish", ...usual, ...says }));
  }
  // Answered: PINGREQ comes behind what was said.
  socket.write(generate({ cmd: "pingreq" }));
  return new Promise((done) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      if (bytes.includes(Buffer.from([0xd0, 0x00]))) socket.destroy();
    });
    socket.on("close", () => done());
  });
}
