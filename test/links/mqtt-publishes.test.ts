/** Late acknowledgements through a real Mosquitto: redelivered until they come, in any order, over TLS as well. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type MqttSettings, openMqtt } from "../../src/adapters/mqtt.ts";
import type { MqttHeard, MqttLink } from "../../src/shell/ports.ts";
import { freePort, openPlace, type Place, startMosquitto, until } from "../whole/place.ts";

function here(): Place {
  const place = openPlace();
  onTestFinished(() => place.leave());
  return place;
}
const text = ({ payload }: MqttHeard) => Buffer.from(payload).toString("utf8");

/** Random 0: reconnects at once. */
async function up(settings: MqttSettings, hear: (message: MqttHeard) => void = () => undefined): Promise<MqttLink> {
  const link = openMqtt(settings, { now: () => performance.now(), random: () => 0 });
  link.onMessage(hear);
  await link.subscribe(["street/+"]);
  await until(
    () => link.state().is === "up",
    10_000,
    () => JSON.stringify(link.state()),
  );
  onTestFinished(() => link.close());
  return link;
}

it.each([4, 5] as const)(
  "MQTT %i: what wasn't settled comes again, marked; what was settled never",
  async (version) => {
    const place = here();
    const broker = await startMosquitto(place);
    const ours = { url: broker.url, clientId: "gate", protocolVersion: version };
    const speaker = await up({ ...ours, clientId: "speaker" });
    const heard: MqttHeard[] = [];
    const first = openMqtt(ours, { now: () => performance.now(), random: () => 0 });
    first.onMessage((message) => void heard.push(message));
    await first.subscribe(["street/+"]);
    await until(() => first.state().is === "up");
    for (const n of ["one", "two", "three", "four"]) await speaker.publish("street/a", Buffer.from(n), 1);
    await until(() => heard.length === 4);
    // The last first: each is acknowledged for itself.
    heard.find((message) => text(message) === "four")?.settle();
    heard.find((message) => text(message) === "two")?.settle();
    await first.close();

    const again: string[] = [];
    await up(ours, (message) => {
      again.push(
        `${text(message)} ${message.redelivered ? "again" : "new"} ${message.beforeConnection ? "history" : "now"}`,
      );
      message.settle();
    });
    await until(() => again.length >= 2);
    expect(again).toEqual(["one again history", "three again history"]);
  },
);

it("a connection that breaks comes back by itself; what is settled late on the old one harms nobody", async () => {
  const place = here();
  const broker = await startMosquitto(place);
  const heard: MqttHeard[] = [];
  const gate = await up(
    { url: broker.url, clientId: "gate", protocolVersion: 5 },
    (message) => void heard.push(message),
  );
  const speaker = await up({ url: broker.url, clientId: "speaker", protocolVersion: 5 });
  await speaker.publish("street/a", Buffer.from("one"), 1);
  await until(() => heard.length === 1);
  // Somebody takes over our client id: Mosquitto drops us, and we come back.
  const thief = openMqtt({ url: broker.url, clientId: "gate", protocolVersion: 5 }, { now: () => 0, random: () => 1 });
  await until(() => gate.state().is !== "up");
  await thief.close();
  await until(() => gate.state().is === "up");
  heard[0]?.settle();
  const before = heard.length;
  await speaker.publish("street/a", Buffer.from("two"), 1);
  await until(() => heard.some((message) => text(message) === "two"));
  const two = heard.slice(before).find((message) => text(message) === "two");
  expect(two?.beforeConnection).toBe(false);
  expect(two?.epoch).toBeGreaterThan(heard[0]?.epoch ?? 0);
  for (const message of heard) message.settle();
});

it("promise 1: twenty connections with a retained event waiting: each time it is told as retained or from before", async () => {
  const place = here();
  const broker = await startMosquitto(place);
  execFileSync("mosquitto_pub", ["-p", String(broker.port), "-t", "street/a", "-m", "open", "-r", "-q", "1"]);
  const told: MqttHeard[] = [];
  for (let n = 1; n <= 20; n++) {
    const link = openMqtt(
      { url: broker.url, clientId: "gate", protocolVersion: n % 2 === 0 ? 4 : 5 },
      { now: () => performance.now(), random: () => 0 },
    );
    link.onMessage((message) => {
      told.push(message);
      message.settle();
    });
    await link.subscribe(["street/+"]);
    await until(() => link.state().is === "up" && told.length >= n);
    await link.close();
  }
  expect(told.filter((message) => !message.retained && !message.beforeConnection)).toEqual([]);
});

it("with a full disk's refusal the broker delivers on (MQTT 5)", async () => {
  const place = here();
  const broker = await startMosquitto(place, 5);
  const heard: string[] = [];
  await up({ url: broker.url, clientId: "gate", protocolVersion: 5 }, (message) => {
    heard.push(text(message));
    message.refuse();
    // The row comes to the disk after all: the number may be another message's by now.
    message.settle();
  });
  const speaker = await up({ url: broker.url, clientId: "speaker", protocolVersion: 5 });
  for (let n = 0; n < 30; n++) await speaker.publish("street/a", Buffer.from(String(n)), 1);
  await until(() => heard.length === 30);
  expect(heard).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
});

it("TLS with a client certificate, to a broker that wants one; not to one of another authority", async () => {
  const place = here();
  const made = authority(place, "ca");
  const stranger = authority(place, "other");
  const port = await freePort();
  const config = place.write(
    "tls.conf",
    `user ${userInfo().username}\nlistener ${port} 127.0.0.1\nallow_anonymous true\ncafile ${made.ca}\ncertfile ${made.cert}\nkeyfile ${made.key}\nrequire_certificate true\n`,
  );
  const running = place.run("mosquitto", ["-c", config]);
  await until(() => running.printed().includes("running"), 5_000, running.printed);
  const settings = {
    url: `mqtts://localhost:${port}`,
    clientId: "gate",
    protocolVersion: 5 as const,
    ca: readFileSync(made.ca),
    cert: readFileSync(made.cert),
    key: readFileSync(made.key),
  };
  const heard: string[] = [];
  const gate = await up(settings, (message) => {
    heard.push(text(message));
    message.settle();
  });
  await gate.publish("street/a", Buffer.from("sealed"), 1);
  await until(() => heard.includes("sealed"));

  const wrong = openMqtt(
    { ...settings, clientId: "wrong", ca: readFileSync(stranger.ca) },
    { now: () => 0, random: () => 1 },
  );
  onTestFinished(() => wrong.close());
  await until(() => wrong.state().is === "down");
  expect(wrong.state()).toMatchObject({ why: expect.stringContaining("mqtt.external.caFile") });
});

/** A certificate authority with one certificate for localhost, used by both ends. */
function authority(place: Place, name: string): { readonly ca: string; readonly cert: string; readonly key: string } {
  const file = (end: string) => join(place.dir, `${name}-${end}`);
  const ssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  ssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
  );
  ssl("req", ...curve, "-subj", "/CN=localhost", "-keyout", file("key.pem"), "-out", file("csr.pem"));
  const more = place.write(`${name}.ext`, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  ssl(
    "x509",
    "-req",
    "-in",
    file("csr.pem"),
    "-CA",
    file("ca.pem"),
    "-CAkey",
    file("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    more,
    "-out",
    file("cert.pem"),
  );
  return { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
}
