/** The embedded broker against plain MQTT clients: each device reaches its own topics alone, over TCP or TLS. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { generate } from "mqtt-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Broker, type BrokerSettings, openBroker } from "../../src/adapters/broker.ts";
import type { MqttHeard } from "../../src/shell/ports.ts";
import { place } from "../keeping/journal-place.ts";
import { until } from "../whole/place.ts";

const device = (n: number) => ({
  owner: `face-${n}`,
  username: `face-${n}`,
  password: `secret-${n}`,
  publishes: [`mqtt/face/${n}/Rec`, `mqtt/face/${n}/info/+`],
  subscribes: [`mqtt/face/${n}/#`],
});

async function running(more: Partial<BrokerSettings> = {}) {
  const heard: MqttHeard[] = [];
  const forged: string[] = [];
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    devices: [device(1), device(2)],
    now: () => performance.now(),
    onForged: (owner, what) => void forged.push(`${owner}: ${what}`),
    onTooLong: (owner) => void forged.push(`${owner}: too long`),
    ...more,
  });
  onTestFinished(() => broker.close());
  return {
    broker,
    heard,
    forged,
    listen: (settle: (message: MqttHeard) => void) =>
      broker.onMessage((message) => {
        heard.push(message);
        settle(message);
      }),
  };
}

async function client(broker: Broker, n: number, more: IClientOptions = {}): Promise<MqttClient> {
  const one = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
    clientId: `terminal-${n}`,
    username: `face-${n}`,
    password: `secret-${n}`,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...more,
  });
  onTestFinished(() => void one.end(true));
  await new Promise<void>((done, fail) => {
    one.once("connect", () => done());
    one.once("error", fail);
    one.once("close", () => fail(new Error("closed before it was connected")));
  });
  return one;
}
const now = (message: MqttHeard) => message.settle();
/** Its pings don't get out any more. */
function muted(one: MqttClient): void {
  one.stream.write = () => true;
}

describe("promise 1: a device speaks only for itself", () => {
  const TOPICS = [
    ["mqtt/face/1/Rec", 1],
    ["mqtt/face/1/info/heartbeat", 1],
    ["mqtt/face/1/info/a/b", 0],
    ["mqtt/face/1", 0],
    ["mqtt/face/2/Rec", 2],
    ["mqtt/face/2/info/heartbeat", 2],
    ["mqtt/face/3/Rec", 0],
    ["mqtt/face/+/Rec", 0],
    ["$SYS/broker", 0],
    ["gatepost/fence/x", 0],
  ] as const;
  const MATRIX = [1, 2].flatMap((who) => TOPICS.map(([topic, owner]) => [who, topic, owner === who] as const));
  it.each(MATRIX.filter(([, topic]) => !topic.includes("+")))("device %i says %s: %s", async (who, topic, allowed) => {
    const { broker, heard, forged, listen } = await running();
    listen(now);
    const one = await client(broker, who);
    // A refused QoS 1 message ends the connection, an allowed one is acknowledged.
    const acknowledged = await Promise.race([
      one.publishAsync(topic, "x", { qos: 1 }).then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((done) => one.once("close", () => done(false))),
    ]);
    expect(acknowledged).toBe(allowed);
    expect(heard.map((message) => [message.topic, message.owner])).toEqual(allowed ? [[topic, `face-${who}`]] : []);
    expect(forged.length).toBe(allowed ? 0 : 1);
  });

  const FILTERS = [
    ["mqtt/face/1/#", true],
    ["mqtt/face/1/+", true],
    ["mqtt/face/1", true],
    ["mqtt/face/2", false],
    ["mqtt/face/+", false],
    ["mqtt/#", false],
    ["#", false],
    ["$SYS/#", false],
  ] as const;
  it.each(FILTERS)("device 1 listens to %s: %s", async (filter, allowed) => {
    const { broker, forged } = await running();
    const one = await client(broker, 1);
    const told: string[] = [];
    one.on("message", (topic) => void told.push(topic));
    const answered = await one.subscribeAsync(filter, { qos: 0 }).then(
      () => true,
      () => false,
    );
    expect(answered).toBe(allowed);
    expect(forged.length).toBe(allowed ? 0 : 1);
    // Its neighbour's answers never reach it.
    await broker.publish("mqtt/face/2", Buffer.from("{}")).catch(() => undefined);
    if (filter === "mqtt/face/1/#") {
      await broker.publish("mqtt/face/1", Buffer.from("{}"));
      await until(() => told.length > 0);
    }
    expect(told.filter((topic) => topic.startsWith("mqtt/face/2"))).toEqual([]);
  });

  it("1,000 forged events reach nobody and are counted", async () => {
    const { broker, heard, forged, listen } = await running();
    listen(now);
    for (let n = 0; n < 10; n++) {
      const one = await client(broker, 1, { clientId: `forger-${n}` });
      // QoS 0: the first refusal closes the connection with the rest on its way.
      for (let i = 0; i < 100; i++) one.publish("mqtt/face/2/Rec", `{"n":${i}}`, { qos: 0 });
      await new Promise<void>((done) => one.once("close", () => done()));
    }
    expect(heard).toEqual([]);
    expect(forged.length).toBeGreaterThanOrEqual(10);
  });

  it.each([
    ["a wrong password", { password: "secret-2" }],
    ["a name nobody has", { username: "face-9" }],
    ["no name", { username: undefined, password: undefined }],
  ])("%s is refused and told", async (_what, wrong) => {
    const { broker, forged } = await running();
    const login = { clientId: "x", reconnectPeriod: 0, username: "face-1", password: "secret-1", ...wrong };
    const one = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
      clientId: login.clientId,
      reconnectPeriod: 0,
      ...(login.username === undefined ? {} : { username: login.username, password: login.password }),
    });
    onTestFinished(() => void one.end(true));
    const why = await new Promise<string>((done) => {
      one.once("error", (error) => done(error.message));
      one.once("connect", () => done("connected"));
    });
    expect(why).toContain("Connection refused");
    expect(forged.length).toBe(1);
  });

  it("a device can't take over another one's client id", async () => {
    const { broker, forged } = await running();
    const first = await client(broker, 1);
    await expect(client(broker, 2, { clientId: "terminal-1" })).rejects.toThrow();
    expect(first.connected).toBe(true);
    expect(forged).toEqual(["face-2: client id of face-1"]);
  });
});

describe("promise 4: acknowledged when it is settled, not before", () => {
  it("PUBACK waits for the row; others are not held up", async () => {
    const { broker, heard, listen } = await running();
    const held: MqttHeard[] = [];
    listen((message) => (message.owner === "face-1" ? void held.push(message) : message.settle()));
    const [one, two] = [await client(broker, 1), await client(broker, 2)];
    let acknowledged = false;
    const waiting = one.publishAsync("mqtt/face/1/Rec", "x", { qos: 1 }).then(() => {
      acknowledged = true;
    });
    await until(() => held.length === 1);
    await two.publishAsync("mqtt/face/2/Rec", "y", { qos: 1 });
    expect(heard.length).toBe(2);
    expect(acknowledged).toBe(false);
    held[0]?.settle();
    await waiting;
    expect(acknowledged).toBe(true);
  });

  it("a retained message is told as retained and never stored", async () => {
    const { broker, heard, listen } = await running({
      devices: [{ ...device(1), subscribes: ["mqtt/face/1/#"] }],
    });
    listen(now);
    const one = await client(broker, 1);
    await one.publishAsync("mqtt/face/1/Rec", "x", { qos: 1, retain: true });
    expect(heard.map((message) => message.retained)).toEqual([true]);
    const again = await client(broker, 1, { clientId: "again" });
    const told: string[] = [];
    again.on("message", (topic) => void told.push(topic));
    await again.subscribeAsync("mqtt/face/1/#");
    // What we send comes after anything that was stored.
    await broker.publish("mqtt/face/1", Buffer.from("{}"));
    await until(() => told.length > 0);
    expect(told).toEqual(["mqtt/face/1"]);
  });

  it("a will speaks within what its device is allowed", async () => {
    const { broker, heard, forged, listen } = await running();
    listen(now);
    for (const [topic, id] of [
      ["mqtt/face/2/Rec", "a"],
      ["mqtt/face/1/Rec", "b"],
    ] as const) {
      const one = await client(broker, 1, {
        clientId: id,
        will: { topic, payload: Buffer.from("gone"), qos: 1, retain: false },
      });
      one.stream.destroy();
    }
    await until(() => heard.length + forged.length >= 2);
    // A will has no live client: nobody vouches for it, so it is heard by nobody.
    expect(heard.filter((message) => message.topic === "mqtt/face/2/Rec")).toEqual([]);
  });
});

it("promise 1: a will is heard as history, by which nothing opens", async () => {
  const { broker, heard, listen } = await running();
  listen(now);
  const will = {
    topic: "mqtt/face/1/Rec",
    payload: Buffer.from("written at the login"),
    qos: 1,
    retain: false,
  } as const;
  const one = await client(broker, 1, { will });
  await one.publishAsync("mqtt/face/1/Rec", "now", { qos: 1 });
  one.stream.destroy();
  await until(() => heard.length === 2);
  expect(heard.map((message) => [message.owner, message.beforeConnection])).toEqual([
    ["face-1", false],
    ["face-1", true],
  ]);
});

describe("promise 2: a device that is gone is known to be gone", () => {
  it.each<readonly [string, (one: MqttClient) => void, IClientOptions]>([
    ["says goodbye", (one) => void one.end(), {}],
    ["is cut off", (one) => void one.stream.destroy(), {}],
    ["has lost its power, and its keep-alive runs out", (one) => void muted(one), { keepalive: 1 }],
    ["sends what isn't MQTT", (one) => void one.stream.write(Buffer.from([0x00, 0x00])), {}],
    ["speaks for another one", (one) => void one.publish("mqtt/face/2/Rec", "x", { qos: 1 }), {}],
  ])("one that %s", async (_what, leave, more) => {
    const { broker, listen } = await running();
    listen(now);
    const told: string[] = [];
    broker.onClient((owner, here) => void told.push(`${owner} ${here ? "here" : "gone"}`));
    const one = await client(broker, 1, more);
    await until(() => told.length === 1);
    leave(one);
    await until(() => told.length === 2);
    expect(told).toEqual(["face-1 here", "face-1 gone"]);
  });

  it("one that comes again under its own id: the connection before is gone, the new one is here", async () => {
    const { broker, heard, listen } = await running();
    listen(now);
    let here = 0;
    broker.onClient((_owner, arrived) => {
      here += arrived ? 1 : -1;
    });
    await client(broker, 1);
    const again = await client(broker, 1);
    await until(() => here === 1);
    await again.publishAsync("mqtt/face/1/Rec", "x", { qos: 1 });
    expect(heard.map((message) => message.owner)).toEqual(["face-1"]);
  });
});

describe("bad input has no other effect", () => {
  it("more than 4 MB is refused, and the broker goes on", async () => {
    const { broker, heard, forged, listen } = await running();
    listen(now);
    const one = await client(broker, 1);
    one.publish("mqtt/face/1/Rec", Buffer.alloc(5 * 1024 * 1024), { qos: 0 });
    await until(() => forged.length === 1);
    const two = await client(broker, 2);
    await two.publishAsync("mqtt/face/2/Rec", Buffer.alloc(2 * 1024 * 1024), { qos: 1 });
    expect(heard.map((message) => message.payload.length)).toEqual([2 * 1024 * 1024]);
  });

  it.each([
    ["before the login", 1, 0x10, false],
    ["after it", 8, 0x30, true],
  ])("a message of 200 MB that never ends takes no memory, %s", async (_what, mostMb, kind, login) => {
    const { broker, heard, listen } = await running();
    listen(now);
    const socket = dial(broker.port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => undefined);
    if (login) {
      socket.write(
        generate({
          cmd: "connect",
          protocolVersion: 4,
          clientId: "x",
          username: "face-1",
          password: Buffer.from("secret-1"),
          keepalive: 60,
        }),
      );
      await new Promise<void>((done) => socket.once("data", () => done()));
    }
    // 200 MB = 0x0C800000, seven bits at a time.
    socket.write(Buffer.from([kind, 0x80, 0x80, 0x80, 0x64]));
    const megabyte = Buffer.alloc(1024 * 1024);
    let sent = 0;
    while (!socket.closed && sent < 64) {
      sent++;
      await new Promise<void>((done) => {
        socket.write(megabyte, () => done());
        socket.once("close", () => done());
      });
    }
    expect(sent).toBeLessThanOrEqual(mostMb + 8); // what the kernel's two buffers hold
    expect(heard).toEqual([]);
  });

  it.each([
    ["zeros", Buffer.alloc(64)],
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["a length without an end", Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ["a message before the login", Buffer.from([0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63])],
  ])("%s on the wire", async (_what, bytes) => {
    const { broker, heard, listen } = await running();
    listen(now);
    const socket = dial(broker.port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => undefined);
    socket.write(bytes);
    await until(() => socket.closed);
    const one = await client(broker, 1);
    await one.publishAsync("mqtt/face/1/Rec", "x", { qos: 1 });
    expect(heard.length).toBe(1);
  });
});

describe("with TLS", () => {
  function certificate(): { readonly cert: string; readonly key: string } {
    const dir = place();
    const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=gate",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        key,
        "-out",
        cert,
      ],
      { stdio: "ignore" },
    );
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  }

  it("an encrypted client is served, one in clear text is not", async () => {
    const tls = certificate();
    const { broker, heard, listen } = await running({ tls });
    listen(now);
    const one = mqtt.connect(`mqtts://127.0.0.1:${broker.port}`, {
      ca: tls.cert,
      clientId: "one",
      username: "face-1",
      password: "secret-1",
      reconnectPeriod: 0,
    });
    onTestFinished(() => void one.end(true));
    await one.publishAsync("mqtt/face/1/Rec", "x", { qos: 1 });
    expect(heard.map((message) => message.owner)).toEqual(["face-1"]);
    await expect(client(broker, 2)).rejects.toThrow();
    expect(heard.length).toBe(1);
  });

  it("a certificate that isn't one is a clear error", async () => {
    await expect(running({ tls: { cert: "junk", key: "junk" } })).rejects.toThrow("mqtt.embedded.tls");
  });
});
