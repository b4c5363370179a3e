/** Devices behind a broker, ours or the site's: whose a message is, and what becomes of its acknowledgement. */
import type { DeviceId } from "../core/terms.ts";
import type { Heard, Outgoing } from "../decode/terms.ts";
import { compileTopic, listening } from "../decode/topics.ts";
import { type Conversation, openConversation } from "./conversation.ts";
import { openFloodGate } from "./flood.ts";
import type { Clock, MqttHeard, MqttLink } from "./ports.ts";
import { isOld, type Kept, type Wall, type WallDevice } from "./wall.ts";

const TOO_MANY = { code: "flood", where: "topic", message: "more came on this topic than any device says" };

interface Spoken {
  readonly one: Kept;
  /** What moves something, and beside it what doesn't: a broker lets several requests be open. */
  readonly talks: readonly Conversation[];
}

export function joinMqtt(
  wall: Wall,
  mqtt: MqttLink,
  devices: readonly WallDevice[],
  deps: { readonly clock: Clock; readonly onForged: (device: DeviceId, what: string) => void },
): void {
  const { clock } = deps;
  const flood = openFloodGate();
  const spoken: Spoken[] = [];
  const accounts = new Map<DeviceId, Spoken[]>();
  const exact = new Map<string, Spoken[]>();
  const open: { readonly takes: (topic: string) => boolean; readonly spoken: Spoken }[] = [];

  async function send(out: Outgoing): Promise<void> {
    if (out.topic !== undefined) await mqtt.publish(out.topic, out.bytes);
  }

  function candidates(message: MqttHeard): readonly Spoken[] {
    if (message.owner !== undefined) return accounts.get(message.owner) ?? [];
    return [
      ...(exact.get(message.topic) ?? []),
      ...open.filter((entry) => entry.takes(message.topic)).map((entry) => entry.spoken),
    ];
  }

  function hear(message: MqttHeard): void {
    // Whoever isn't acknowledged says it again, to the next start.
    if (wall.closed()) return;
    const heard: Heard = { via: "message", topic: message.topic, payload: message.payload };
    const among = candidates(message);
    if (message.owner === undefined && flood.isTooMany(message.topic, clock.at())) {
      wall.faulty(among[0]?.one, TOO_MANY);
      // MQTT 5 has a word for it; what the device itself wants acknowledged it sends again.
      message.refuse();
      return message.settle();
    }
    for (const [i, { one, talks }] of among.entries()) {
      const reading = one.device.reader.read(heard, wall.context(one.device));
      if (reading.is === "fault") {
        // On a topic that several devices share, only the body says whose it is.
        const others = reading.fault.code === "wrong-device" || reading.fault.code === "another-device";
        if (others && i + 1 < among.length) continue;
        if (reading.fault.code === "another-device") return message.settle();
        if (reading.fault.code === "wrong-device" && message.owner !== undefined)
          deps.onForged(one.device.id, message.topic);
        wall.faulty(one, reading.fault);
        wall.heard(one, heard, reading);
        return message.settle();
      }
      one.heard++;
      one.epoch = message.epoch;
      if (!isOld(message)) talks.some((talk) => talk.hear(heard));
      const seq = wall.report(one, reading, {
        device: one.device.id,
        epoch: message.epoch,
        retained: message.retained,
        redelivered: message.redelivered,
        beforeConnection: message.beforeConnection,
      });
      wall.heard(one, heard, reading);
      // What is said of all of them is heard by each; it says that they live or are gone, and is never a row to wait for.
      if (reading.forAll === true && i + 1 < among.length) continue;
      return wall.acknowledge(one, seq, reading.answers, send, message);
    }
    const why = "no device listens to this topic";
    wall.faulty(undefined, { code: "no-kind-matches", where: "topic", message: why });
    message.settle();
  }

  const filters = new Set<string>();
  for (const device of devices) {
    const [talk, aside] = [openConversation(send, clock), openConversation(send, clock)];
    const one = wall.keep(device, talk, { is: "starting", since: clock.at() }, aside);
    const speaks: Spoken = { one, talks: [talk, aside] };
    spoken.push(speaks);
    for (const each of speaks.talks) each.reset(mqtt.state().is === "up");
    const account = device.account ?? device.id;
    accounts.set(account, [...(accounts.get(account) ?? []), speaks]);
    for (const { filter } of listening(device.reader.profile, device.params)) {
      filters.add(filter);
      const takes = compileTopic(filter);
      if (/[+#]/.test(filter)) open.push({ takes: (topic) => takes(topic) !== undefined, spoken: speaks });
      else exact.set(filter, [...(exact.get(filter) ?? []), speaks]);
    }
  }
  mqtt.onMessage(hear);
  mqtt.onState((state) => {
    for (const { one, talks } of spoken) {
      if (state.is !== "up") one.link = state;
      // Nobody tells us any more when a loop becomes occupied.
      if (state.is === "down") wall.silence(one, state.why ?? "the broker is down");
      for (const talk of talks) talk.reset(state.is === "up");
    }
  });
  const connections = new Map<DeviceId, number>();
  mqtt.onClient((owner, arrived) => {
    // A device may hold several connections (a technician's client beside it): it is gone when the last one is.
    const count = Math.max(0, (connections.get(owner) ?? 0) + (arrived ? 1 : -1));
    connections.set(owner, count);
    const connected = count > 0;
    for (const { one } of accounts.get(owner) ?? []) {
      one.link = {
        is: connected ? "up" : "down",
        since: clock.at(),
        ...(connected ? {} : { why: "not connected to the broker" }),
      };
      if (!connected) wall.silence(one, "its MQTT connection is gone");
    }
  });
  void mqtt.subscribe([...filters]).catch(() => undefined); // it is asked again at each connection
}
