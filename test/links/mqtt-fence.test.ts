/** The client's readiness: it is up only when the broker has sent all that waited for us. Against a real Mosquitto. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMqtt } from "../../src/adapters/mqtt.ts";
import { openPlace, startMosquitto, until } from "../whole/place.ts";

const place = openPlace();
let url = "";
beforeAll(async () => {
  url = (await startMosquitto(place)).url;
});
afterAll(async () => {
  await place.leave();
});

test("what is heard after `up` is from now, and what waited is told before it", async () => {
  const settings = { url, clientId: "fence-test", protocolVersion: 5 as const };
  const deps = { now: () => performance.now(), random: () => 0 };
  const first = openMqtt(settings, deps);
  await first.subscribe(["street/1"]);
  await until(() => first.state().is === "up");
  await first.close();

  const speaker = openMqtt({ ...settings, clientId: "speaker" }, deps);
  await until(() => speaker.state().is === "up");
  await speaker.publish("street/1", Buffer.from("waited"), 1);

  const told: string[] = [];
  const second = openMqtt(settings, deps);
  second.onState((state) => void told.push(state.is));
  second.onMessage((message) => {
    told.push(`${Buffer.from(message.payload).toString("utf8")} ${message.beforeConnection ? "history" : "now"}`);
    message.settle();
  });
  await second.subscribe(["street/1"]);
  await until(() => second.state().is === "up");
  await speaker.publish("street/1", Buffer.from("fresh"), 1);
  await until(() => told.includes("fresh now"));
  await second.close();
  await speaker.close();
  // What waited comes right behind the broker's greeting, with it or after it.
  expect(told.filter((one) => one !== "starting")).toEqual(["waited history", "up", "fresh now", "closed"]);
  expect(told.indexOf("starting")).toBeLessThan(told.indexOf("up"));
});
