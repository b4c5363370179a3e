// Facts that stand at Debian's Mosquitto: retained, told again, the newest alone, and `offline` when we are gone.
import { connect, createServer, type Socket } from "node:net";
import mqtt from "mqtt";
import { afterEach, expect, it } from "vitest";
import { openStandingFacts, type StandingFacts } from "../../src/adapters/mqtt-standing.ts";
import { freePort, openPlace, type Place, startMosquitto, until } from "../whole/place.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function newPlace(): Place {
  const place = openPlace();
  ends.push(() => place.leave());
  return place;
}

function openFacts(url: string, protocolVersion: 4 | 5 = 5): StandingFacts {
  const settings = { url, clientId: "gatepost-home", protocolVersion };
  const facts = openStandingFacts(settings, "home/presence", { now: () => performance.now(), random: () => 0.01 });
  ends.push(() => facts.close());
  return facts;
}

/** Everything that comes, in its order; and what is retained, as a newcomer is told it. */
async function watchAll(url: string) {
  const client = await mqtt.connectAsync(url);
  ends.push(() => client.endAsync(true));
  client.on("error", () => undefined);
  const seen: string[] = [];
  client.on("message", (topic, payload, { retain }) => void seen.push(`${retain ? "kept " : ""}${topic} ${payload}`));
  await client.subscribeAsync("#");
  return seen;
}

it.each([5, 4] as const)("a newcomer is told the newest of each topic (MQTT version %i)", async (version) => {
  const { url } = await startMosquitto(newPlace());
  const live = await watchAll(url);
  const facts = openFacts(url, version);
  for (let n = 0; n < 40; n++) facts.tell(`home/entity-${n}/config`, `{"n":${n}}`);
  for (let n = 0; n <= 500; n++) facts.tell("home/state", `${n}`);
  await until(() => live.includes("home/presence online"));
  // What changed before it could be sent was never sent, and presence comes after all the rest.
  expect(live.filter((one) => one.startsWith("home/state"))).toEqual(["home/state 500"]);
  expect(live.at(-1)).toBe("home/presence online");
  const late = await watchAll(url);
  await until(() => late.length === 42);
  expect(late).toContain("kept home/state 500");
  expect(late).toContain('kept home/entity-39/config {"n":39}');
  // The same again is nothing new; an orderly end says so.
  facts.tell("home/state", "500");
  facts.tell("home/state", "501");
  await until(() => live.includes("home/state 501"));
  await facts.close();
  await until(() => live.includes("home/presence offline"));
  expect(live.filter((one) => one === "home/state 500")).toHaveLength(1);
});

it("a broker that comes late, and one that has forgotten, are told all of it", async () => {
  const place = newPlace();
  const { url, running } = await startMosquitto(place);
  await running.stop("SIGKILL");
  const facts = openFacts(url);
  await until(() => facts.state().is === "down");
  facts.tell("home/state", "while away");
  for (let start = 0; start < 2; start++) {
    const again = place.run("mosquitto", ["-c", `${place.dir}/mosquitto.conf`]);
    await until(() => facts.state().is === "up", 20_000, again.printed);
    const late = await watchAll(url);
    await until(() => late.some((one) => one.endsWith("home/presence online")));
    expect(late.some((one) => one.endsWith("home/state while away"))).toBe(true);
    await again.stop("SIGKILL");
    await until(() => facts.state().is === "down");
  }
});

it("the broker says offline when the line is cut, and online once all is told anew", async () => {
  const { url, port } = await startMosquitto(newPlace());
  const cables: Socket[] = [];
  const between = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    cables.push(near, far);
  });
  const door = await freePort();
  await new Promise<void>((done) => between.listen(door, "127.0.0.1", done));
  ends.push(() => between.close());
  const live = await watchAll(url);
  const facts = openFacts(`mqtt://127.0.0.1:${door}`);
  facts.tell("home/state", "well");
  await until(() => live.includes("home/presence online"));
  for (const cable of cables) cable.destroy();
  await until(() => live.filter((one) => one === "home/presence online").length === 2);
  expect(live).toEqual([
    "home/state well",
    "home/presence online",
    "home/presence offline",
    "home/state well",
    "home/presence online",
  ]);
});
