/** mqtt-io#110: a broker comes back and everybody is there at once; and two machines with one card. */
import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openMqtt } from "../../src/adapters/mqtt.ts";
import { openPlatform } from "../../src/adapters/mqtt-platform.ts";
import type { LinkState } from "../../src/shell/ports.ts";
import { random } from "../../src/simulator/random.ts";
import { freePort, openPlace, type Place, startMosquitto, until } from "../whole/place.ts";

const GATES = Number(process.env.GATEPOST_STORM_GATES ?? 120);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const now = () => performance.now();

function here(): Place {
  const place = openPlace();
  onTestFinished(() => place.leave());
  return place;
}

it(`reconnect storm: ${GATES} gates lose their broker and are all back, each by its own dice, nothing opened by what waited (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const place = here();
  const broker = await startMosquitto(place);
  const dice = random(SEED);
  let asked = 0;
  const heard = new Map<number, string[]>();
  const gates = Array.from({ length: GATES }, (_, n) => {
    const gate = openMqtt(
      { url: broker.url, clientId: `gate-${n}`, protocolVersion: 5 },
      {
        now,
        random() {
          asked++;
          return dice.next();
        },
      },
    );
    onTestFinished(() => gate.close());
    gate.onMessage((message) => {
      const text = Buffer.from(message.payload).toString("utf8");
      heard.set(n, [...(heard.get(n) ?? []), `${text} ${message.beforeConnection ? "history" : "now"}`]);
      message.settle();
    });
    return gate;
  });
  for (const gate of gates) await gate.subscribe(["street/all"]);
  const allAre = (is: LinkState["is"]) => () => gates.every((gate) => gate.state().is === is);
  const said = () => JSON.stringify(gates.map((gate) => gate.state()).filter(({ is }) => is !== "up"));
  await until(allAre("up"), 30_000, said);

  await broker.running.stop("SIGKILL");
  await until(allAre("down"), 30_000, said);
  // Each has thrown its own dice for when to come back: there is no tick at which they come together.
  expect(asked).toBeGreaterThanOrEqual(GATES);
  place.run("mosquitto", ["-c", `${place.dir}/mosquitto.conf`]);
  await until(allAre("up"), 90_000, said);
  const speaker = openMqtt({ url: broker.url, clientId: "speaker", protocolVersion: 5 }, { now, random: () => 0 });
  onTestFinished(() => speaker.close());
  await until(() => speaker.state().is === "up", 30_000);
  await speaker.publish("street/all", Buffer.from("good morning"), 1);
  await until(
    () => heard.size === GATES,
    30_000,
    () => `${heard.size} have heard it`,
  );
  expect(new Set([...heard.values()].map((texts) => texts.join()))).toEqual(new Set(["good morning now"]));
});

it("reconnect storm: whoever is refused waits longer each time, up to all of the dice's share", {
  timeout: 60_000,
}, async () => {
  const port = await freePort();
  const came: number[] = [];
  const refusing = createServer((socket) => {
    came.push(now());
    socket.destroy();
  });
  await new Promise<void>((done) => refusing.listen(port, "127.0.0.1", done));
  onTestFinished(() => void refusing.close());
  // The dice's highest: the waits are what they may be at the most.
  const gate = openMqtt(
    { url: `mqtt://127.0.0.1:${port}`, clientId: "gate", protocolVersion: 5 },
    { now, random: () => 1 },
  );
  onTestFinished(() => gate.close());
  await until(() => came.length >= 4, 45_000);
  const waits = came.slice(1).map((at, n) => at - (came[n] ?? 0));
  // A busy machine only makes them longer.
  for (const [n, leastMs] of [1_000, 2_000, 4_000].entries()) expect(waits[n]).toBeGreaterThan(leastMs * 0.95);
});

it.each([5, 4] as const)(
  "cloned card, MQTT %i: two machines with one name put each other out, and each says in plain words why",
  async (version) => {
    const { url } = await startMosquitto(here());
    const told: string[][] = [[], []];
    told.forEach((words, n) => {
      const dice = random(SEED + n);
      const line = openPlatform(
        { url, version, clientId: "gatepost-s-g", commandTopic: "gatepost/v1/s/g/cmd" },
        {
          now,
          // Soon: how long they wait is another test's.
          random: () => dice.next() / 20,
          lastWill: () => ({ topic: "gatepost/v1/s/g/status", payload: "{}" }),
          onDeaf: () => undefined,
        },
      );
      line.onState(({ why }) => void words.push(why ?? ""));
      onTestFinished(() => line.close());
    });
    await until(
      () => told.every((words) => words.some((why) => why.includes("a copy of this machine's card"))),
      50_000,
      () => JSON.stringify(told),
    );
  },
  60_000,
);

it("a broker that goes once, or doesn't answer for long, is no cloned card", { timeout: 60_000 }, async () => {
  const place = here();
  const broker = await startMosquitto(place);
  const told: string[] = [];
  const line = openPlatform(
    { url: broker.url, version: 5, clientId: "gatepost-s-g" },
    {
      now,
      random: () => 0,
      lastWill: () => ({ topic: "gatepost/v1/s/g/status", payload: "{}" }),
      onDeaf: () => undefined,
    },
  );
  line.onState(({ is, why }) => void told.push(`${is} ${why ?? ""}`));
  onTestFinished(() => line.close());
  await until(() => line.state().is === "up", 20_000);
  await broker.running.stop("SIGKILL");
  // Refused again and again: that is a broker that isn't there.
  await until(() => told.some((words) => words.startsWith("down")), 20_000);
  place.run("mosquitto", ["-c", `${place.dir}/mosquitto.conf`]);
  await until(
    () => line.state().is === "up",
    20_000,
    () => JSON.stringify(told),
  );
  expect(told.filter((words) => words.includes("copy of this machine"))).toEqual([]);
});
