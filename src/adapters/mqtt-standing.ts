/**
 * Facts that stand at a broker: retained, the newest of each topic, told again after each connection. It subscribes to
 * nothing and hears nothing. Beside it the devices' links stay what they are: nothing there is ever retained.
 */
import type { Socket } from "node:net";
import { MqttClient } from "mqtt";
import type { LinkState } from "../shell/ports.ts";
import { type MqttDeps, type MqttSettings, plain } from "./mqtt.ts";
import { clientOptions, dial } from "./mqtt-dial.ts";

export interface StandingFacts {
  state(): LinkState;
  onState(hear: (state: LinkState) => void): void;
  /** Kept here until the broker has it, the newest alone; sent some time later, never in this turn. Empty = it stands no more. */
  tell(topic: string, payload: string): void;
  /** Says that we leave, where the line is up, and ends. */
  close(): Promise<void>;
}

const KEEPALIVE_S = 30;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const GOODBYE_MS = 1_000;
/** So many at once, so often: a large site's announcements must not hold up a decision. */
const AT_ONCE = 16;
const PAUSE_MS = 50;
/** Beyond this the broker isn't reading; what changes meanwhile replaces what waits. */
const MOST_BUFFERED = 64 * 1024;

/** @param presence its topic says `online` once all the rest is told, and `offline` from the moment that we are gone */
export function openStandingFacts(settings: MqttSettings, presence: string, deps: MqttDeps): StandingFacts {
  const facts = new Map<string, string>();
  const due = new Set<string>();
  const states: ((state: LinkState) => void)[] = [];
  let state: LinkState = { is: "starting", since: deps.now() };
  let socket: Socket | undefined;
  let trouble: string | undefined;
  let present = false;
  let tries = 0;
  let again: NodeJS.Timeout | undefined;
  let sending: NodeJS.Timeout | undefined;
  let closed = false;

  function set(is: LinkState["is"], why?: string): void {
    state = { is, since: deps.now(), ...(why === undefined ? {} : { why }) };
    for (const each of states) each(state);
  }

  function build(): Socket {
    const opened = dial(settings);
    opened.on("error", (error) => {
      trouble ??= plain(error);
    });
    socket = opened;
    return opened;
  }

  const client = new MqttClient(build, {
    ...clientOptions(settings),
    protocolVersion: settings.protocolVersion,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: 10_000,
    will: { topic: presence, payload: Buffer.from("offline"), qos: 0, retain: true },
  });

  // QoS 0: what a broken line loses is told again with all the rest by the next one.
  const put = (topic: string, payload: string) => void client.publish(topic, payload, { qos: 0, retain: true });

  function send(): void {
    sending = undefined;
    if (closed || !client.connected) return;
    let room = (socket?.writableLength ?? 0) > MOST_BUFFERED ? 0 : AT_ONCE;
    for (const topic of due) {
      if (room-- <= 0) return sendLater();
      due.delete(topic);
      put(topic, facts.get(topic) ?? "");
    }
    if (present) return;
    present = true;
    put(presence, "online");
  }
  function sendLater(): void {
    sending ??= setTimeout(send, PAUSE_MS);
  }

  client.on("connect", () => {
    tries = 0;
    trouble = undefined;
    present = false;
    for (const topic of facts.keys()) due.add(topic);
    set("up");
    sendLater();
  });
  client.on("error", (error) => {
    trouble ??= plain(error);
  });
  client.on("close", () => {
    if (closed) return;
    const why = trouble ?? "the broker closed the connection";
    trouble = undefined;
    if (state.is !== "down" || state.why !== why) set("down", why);
    again ??= setTimeout(
      () => {
        again = undefined;
        client.reconnect();
      },
      deps.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++),
    );
  });
  client.connect();

  return {
    state: () => state,
    onState: (hear) => void states.push(hear),
    tell(topic, payload) {
      if (facts.get(topic) === payload) return;
      facts.set(topic, payload);
      due.add(topic);
      if (client.connected) sendLater();
    },
    async close() {
      closed = true;
      clearTimeout(again);
      clearTimeout(sending);
      // The last will is for a line that breaks; an orderly end has to say it.
      if (client.connected) put(presence, "offline");
      let giveUp: NodeJS.Timeout | undefined;
      const stalled = new Promise<void>((done) => {
        giveUp = setTimeout(() => {
          socket?.destroy();
          done();
        }, GOODBYE_MS);
      });
      await Promise.race([client.endAsync(!client.connected), stalled]);
      clearTimeout(giveUp);
      set("closed");
    },
  };
}
