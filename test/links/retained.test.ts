/**
 * "A retained command opens" (ratgdo/mqtt-ratgdo#27, esp-rfid#343): a resident's valid record that a broker keeps, or that
 * a device sends as retained, is there at every reconnect. Nothing moves, and the alarm counts each of them.
 * `GATEPOST_RECONNECTS=1000 npm test -- test/links/retained` is the size of reliability.md.
 */
import { createServer, connect as dial, type Socket } from "node:net";
import { connectAsync } from "mqtt";
import { generate } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { openBroker } from "../../src/adapters/broker.ts";
import { openMqtt } from "../../src/adapters/mqtt.ts";
import { freePort, openPlace, startMosquitto, until } from "../whole/place.ts";
import { recPush } from "../whole/site.ts";
import { openLinked, RESIDENT, recTopic, TERMINALS } from "./linked.ts";

const RECONNECTS = Number(process.env.GATEPOST_RECONNECTS ?? 200);
const [TERMINAL] = TERMINALS;

/** A line to the broker that is cut when the test says so. */
async function cuttable(to: number) {
  const port = await freePort();
  const ends = new Set<Socket>();
  let dead = false;
  const server = createServer((near) => {
    if (dead) return near.destroy();
    const far = dial(to, "127.0.0.1");
    for (const end of [near, far]) {
      ends.add(end);
      end.setNoDelay(true);
      end.on("error", () => undefined);
      end.on("close", () => {
        ends.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", () => done()));
  onTestFinished(() => void server.close());
  return {
    url: `mqtt://127.0.0.1:${port}`,
    /** `forGood`: until it is mended. */
    cut(forGood = false) {
      dead = forGood;
      for (const end of ends) end.destroy();
    },
    mend() {
      dead = false;
    },
  };
}

it.each([4, 5] as const)(
  `${RECONNECTS} reconnects to a broker that keeps a valid record, MQTT %i: 0 movements`,
  {
    timeout: 60_000 + RECONNECTS * 100,
  },
  async (protocolVersion) => {
    const home = openPlace();
    onTestFinished(() => home.leave());
    const broker = await startMosquitto(home);
    const line = await cuttable(broker.port);
    const link = openMqtt(
      { url: line.url, clientId: "gate", protocolVersion },
      { now: () => performance.now(), random: () => 0 },
    );
    onTestFinished(() => link.close());
    const gate = openLinked(link);
    const device = await connectAsync(broker.url);
    onTestFinished(() => device.endAsync(true));
    await until(() => link.state().is === "up");

    // The very message opens when it isn't retained: it is valid.
    await device.publishAsync(recTopic(TERMINAL), recPush(RESIDENT).text, { qos: 1 });
    await until(() => gate.moves.length === 1);
    // Until the gate is shut again, who is let in anew needs no second move.
    await until(() => gate.shut(`lane-${TERMINAL}`));

    let kept = 0;
    const refresh = async () => {
      await device.publishAsync(recTopic(TERMINAL), recPush(RESIDENT).text, { qos: 1, retain: true });
      // To us, who are here, it comes as an event of now, as it must: only what was kept is retained.
      kept++;
    };
    await refresh();
    await until(() => gate.moves.length === 2);
    for (let n = 0; n < RECONNECTS; n++) {
      const before = gate.alarmed("stale-event");
      // Its time stays a moment ago, so that only its mark speaks against it.
      if (n % 50 === 49) {
        line.cut(true);
        await until(() => link.state().is !== "up");
        await refresh();
        line.mend();
      } else line.cut();
      await until(() => gate.alarmed("stale-event") > before);
      await until(() => link.state().is === "up");
    }
    expect(kept).toBe(1 + Math.floor(RECONNECTS / 50));
    expect(gate.moves.length).toBe(2);
    expect(gate.alarmed("stale-event")).toBeGreaterThanOrEqual(RECONNECTS);
    // One row for the alarm, one of history for each, none that was granted.
    const rows = gate.journal.latest(1_000_000);
    expect(rows.filter((row) => row.kind === "decision").length).toBe(2);
    expect(rows.filter((row) => row.open.alarm === "stale-event").length).toBe(1);
  },
);

it(`${RECONNECTS} connections of a device that says it retained, at the embedded broker: 0 movements`, {
  timeout: 60_000 + RECONNECTS * 100,
}, async () => {
  const forged: string[] = [];
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    onTooLong: () => undefined,
    devices: [
      {
        owner: `face-${TERMINAL}`,
        username: "face",
        password: "secret-of-the-face",
        publishes: [recTopic(TERMINAL)],
        subscribes: [],
      },
    ],
    now: () => performance.now(),
    onForged: (_owner, what) => void forged.push(what),
  });
  onTestFinished(() => broker.close());
  const gate = openLinked(broker);
  const says = (retain: boolean) => connection(broker.port, recPush(RESIDENT).text, retain);
  await says(false);
  await until(() => gate.moves.length === 1);
  for (let n = 0; n < RECONNECTS; n++) await says(true);
  expect(gate.moves.length).toBe(1);
  expect(gate.alarmed("stale-event")).toBe(RECONNECTS);
  expect(forged).toEqual([]);
});

/** Logs in, says it with QoS 1, and goes when it is acknowledged. */
function connection(port: number, payload: string, retain: boolean): Promise<void> {
  const socket = dial(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const login = { clientId: "face", username: "face", password: Buffer.from("secret-of-the-face"), keepalive: 60 };
  socket.write(generate({ cmd: "connect", protocolVersion: 4, ...login }));
  socket.write(
    generate({ cmd: "publish", topic: recTopic(TERMINAL), payload, qos: 1, retain, dup: false, messageId: 1 }),
  );
  return new Promise((done, fail) => {
    socket.on("error", fail);
    socket.on("data", (bytes: Buffer) => {
      // PUBACK (MQTT 3.4): 0x40, alone or behind the greeting.
      if (!bytes.includes(Buffer.from([0x40, 0x02]))) return;
      socket.destroy();
    });
    socket.on("close", () => done());
  });
}
