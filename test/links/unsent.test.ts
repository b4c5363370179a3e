/**
 * Promise 1 against the kernel: "a queued message opens" (nuki_hub#233). What lies unsent in a socket's buffer, because the
 * peer has stalled, must not be delivered when it goes on, once the connection has ended here.
 */
import { createServer, connect as dial, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { openBroker } from "../../src/adapters/broker.ts";
import { openMqtt } from "../../src/adapters/mqtt.ts";
import { until } from "../whole/place.ts";

const FILLER = Buffer.alloc(16 * 1024, ".");
/** More than a paused reader's own buffer takes, less than the sender's kernel takes. */
const FILLERS = 100;
const OPENING = "OPEN THE GATE";

/** Reads no byte until it is told to; then all that still comes, up to the end. */
function stalled(socket: Socket) {
  socket.pause();
  const read: Buffer[] = [];
  return {
    bytes: () => Buffer.concat(read).length,
    async goesOn(): Promise<{ readonly opened: boolean; readonly bytes: number }> {
      const over = new Promise<void>((done) => socket.once("close", () => done()));
      socket.removeAllListeners("data");
      socket.on("data", (bytes: Buffer) => void read.push(bytes));
      socket.resume();
      await over;
      const all = Buffer.concat(read);
      return { opened: all.includes(OPENING), bytes: all.length };
    },
  };
}

it("the embedded broker's: a stalled device, and we stop", async () => {
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    onTooLong: () => undefined,
    devices: [{ owner: "face", username: "face", password: "secret", publishes: [], subscribes: ["t"] }],
    now: () => performance.now(),
    onForged: () => undefined,
  });
  onTestFinished(() => broker.close());
  const socket = dial(broker.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  const login = { clientId: "face", username: "face", password: Buffer.from("secret"), keepalive: 60 };
  socket.write(generate({ cmd: "connect", protocolVersion: 4, ...login }));
  socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t", qos: 0 }] }));
  let answered = 0;
  socket.on("data", (bytes: Buffer) => {
    answered += bytes.length;
  });
  await until(() => answered >= 9); // CONNACK and SUBACK
  const device = stalled(socket);
  for (let n = 0; n < FILLERS; n++) await broker.publish("t", FILLER);
  await broker.publish("t", Buffer.from(OPENING));
  await broker.close();
  const { opened, bytes } = await device.goesOn();
  expect(opened).toBe(false);
  expect(bytes).toBeLessThan(FILLERS * FILLER.length);
});

/** A broker that greets, and then reads no more. */
async function stallingBroker() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    const packets = parser({ protocolVersion: 4 });
    packets.on("packet", (packet: Packet) => {
      if (packet.cmd !== "connect") return;
      socket.write(generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
    });
    socket.on("data", (bytes: Buffer) => void packets.parse(bytes));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `mqtt://127.0.0.1:${port}`, first: () => sockets[0] };
}

it.each([
  ["we stop", "close"],
  ["the connection is given up", "junk"],
])("our client's: a stalled broker, and %s", async (_what, how) => {
  const broker = await stallingBroker();
  const link = openMqtt(
    { url: broker.url, clientId: "gate", protocolVersion: 4 },
    { now: () => performance.now(), random: () => 1 },
  );
  onTestFinished(() => link.close());
  await until(() =>
    link.publish("t", Buffer.from("x")).then(
      () => true,
      () => false,
    ),
  );
  const socket = broker.first();
  if (socket === undefined) throw new Error("nobody came");
  const far = stalled(socket);
  for (let n = 0; n < FILLERS; n++) await link.publish("t", FILLER);
  await link.publish("t", Buffer.from(OPENING));
  if (how === "close") await link.close();
  else {
    // What is no MQTT: we hang up at once.
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await until(() => link.state().is === "down");
  }
  const { opened, bytes } = await far.goesOn();
  expect(opened).toBe(false);
  expect(bytes).toBeLessThan(FILLERS * FILLER.length);
});
