// The line's own subscription to commands, against Debian's Mosquitto: what is marked how, what isn't heard, who may not.
import { createServer, type Socket } from "node:net";
import { connectAsync } from "mqtt";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openPlatform } from "../../src/adapters/mqtt-platform.ts";
import type { CommandHeard } from "../../src/shell/ports.ts";
import { freePort, openPlace, type Place, startMosquitto, until } from "../whole/place.ts";

const TOPIC = "gatepost/v1/s/g/cmd";
let place: Place;
beforeAll(() => {
  place = openPlace();
});
afterAll(() => place.leave());

function openLine(url: string, version: 4 | 5 = 5) {
  const heard: CommandHeard[] = [];
  const deaf: string[] = [];
  const line = openPlatform(
    { url, version, clientId: "gatepost-s-g", commandTopic: TOPIC },
    {
      now: () => performance.now(),
      random: () => 0,
      lastWill: () => ({ topic: "gatepost/v1/s/g/status", payload: "{}" }),
      onDeaf: (why) => deaf.push(why),
    },
  );
  line.onCommand((one) => heard.push(one));
  onTestFinished(() => line.close());
  return { line, heard: heard as readonly CommandHeard[], deaf: deaf as readonly string[] };
}
const said = (heard: readonly CommandHeard[]) =>
  heard.map(({ topic, bytes, retained }) => `${topic} ${Buffer.from(bytes)}${retained ? " retained" : ""}`);

it("promise 1: what is kept for later is marked, sent so now or delivered later; our own answers aren't heard", async () => {
  const { url } = await startMosquitto(place);
  const platform = await connectAsync(url);
  onTestFinished(() => platform.endAsync(true));
  await platform.publishAsync(`${TOPIC}/mode`, "old", { qos: 1, retain: true });
  const { line, heard, deaf } = openLine(url);
  await until(() => line.state().is === "up" && heard.length === 1);
  expect(line.send([{ topic: `${TOPIC}/result`, payload: "ours", number: 1 }])).toBe(true);
  await platform.publishAsync(`${TOPIC}/remote-open`, "now", { qos: 1 });
  await platform.publishAsync(`${TOPIC}/remote-open`, "for ever", { qos: 1, retain: true });
  await platform.publishAsync(`${TOPIC}/a/b`, "deeper", { qos: 1 });
  await platform.publishAsync(`${TOPIC}/erase`, "last", { qos: 1 });
  await until(() => heard.length >= 4);
  expect(said(heard)).toEqual(["mode old retained", "remote-open now", "remote-open for ever retained", "erase last"]);
  expect(deaf).toEqual([]);
});

it("promise 1: over MQTT 3.1.1 too our own answers are no commands, and what was kept is marked", async () => {
  const { url } = await startMosquitto(place);
  const platform = await connectAsync(url);
  onTestFinished(() => platform.endAsync(true));
  await platform.publishAsync(`${TOPIC}/mode`, "old", { qos: 1, retain: true });
  const { line, heard } = openLine(url, 4);
  await until(() => line.state().is === "up" && heard.length === 1);
  const answers: number[] = [];
  line.onAnswer((number) => answers.push(number));
  expect(line.send([{ topic: `${TOPIC}/result`, payload: "ours", number: 1 }])).toBe(true);
  await until(() => answers.length === 1);
  await platform.publishAsync(`${TOPIC}/erase`, "last", { qos: 1 });
  await until(() => heard.length >= 2);
  expect(said(heard)).toEqual(["mode old retained", "erase last"]);
});

it("a broker that has no place for one more client: it is said plainly, and when one leaves the line comes up", async () => {
  const { url } = await startMosquitto(place, 0, "max_connections 1\n");
  const occupant = await connectAsync(url);
  onTestFinished(() => occupant.endAsync(true));
  const { line } = openLine(url);
  await until(() => line.state().is === "down");
  expect(line.state()).toMatchObject({ why: expect.stringContaining("no place for another client") });
  await occupant.endAsync(true);
  await until(() => line.state().is === "up");
});

it("a line that breaks after it was taken isn't told as one without a place", async () => {
  const port = await freePort();
  const server = createServer((socket) => {
    const packets = parser({ protocolVersion: 5 });
    packets.on("packet", ({ cmd }: Packet) => {
      if (cmd === "connect")
        socket.write(generate({ cmd: "connack", reasonCode: 0, sessionPresent: false }, { protocolVersion: 5 }));
      // It was taken: it asks for its commands.
      if (cmd === "subscribe") socket.resetAndDestroy();
    });
    socket.on("data", (chunk) => packets.parse(chunk));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { line } = openLine(`mqtt://127.0.0.1:${port}`);
  const ends: (string | undefined)[] = [];
  line.onState(({ is, why }) => void (is === "down" && ends.push(why)));
  await until(() => ends.length > 0);
  expect(ends[0]).toBe("the platform's broker closed the connection");
});

/** Mosquitto lets anybody subscribe and then delivers nothing; others refuse (SUBACK 0x87, MQTT 5, 3.9.3). */
async function startRefusing(): Promise<string> {
  const port = await freePort();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const packets = parser({ protocolVersion: 5 });
    const answer = (packet: Packet) => void socket.write(generate(packet, { protocolVersion: 5 }));
    packets.on("packet", (packet: Packet) => {
      if (packet.cmd === "connect") answer({ cmd: "connack", reasonCode: 0, sessionPresent: false });
      if (packet.cmd === "subscribe") answer({ cmd: "suback", messageId: packet.messageId ?? 0, granted: [0x87] });
      if (packet.cmd === "publish") answer({ cmd: "puback", messageId: packet.messageId ?? 0, reasonCode: 0 });
    });
    socket.on("data", (chunk) => packets.parse(chunk));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `mqtt://127.0.0.1:${port}`;
}

it("promise 3: a broker that lets us read no commands is told of, and all else goes on", async () => {
  const { line, deaf } = openLine(await startRefusing());
  await until(() => line.state().is === "up");
  expect(deaf).toEqual([`the platform's broker doesn't let us read ${TOPIC}/+`]);
  const answers: number[] = [];
  line.onAnswer((_, reason) => answers.push(reason));
  expect(line.send([{ topic: "gatepost/v1/s/g/alarm", payload: "{}", number: 2 }])).toBe(true);
  await until(() => answers.length === 1);
});
