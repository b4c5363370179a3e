/** Who is at a broker and what they say: an outside one overheard, or our own opened for as long as no gate runs. */
import { openBroker } from "../adapters/broker.ts";
import type { MqttSettings } from "../adapters/mqtt.ts";
import { CONNECTED, listenAtBroker } from "../adapters/mqtt-listen.ts";
import type { Loaded } from "../config/load.ts";
import type { Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { isDevice } from "../decode/load.ts";
import type { Profile } from "../decode/profile.ts";
import { openTopicEars, type TopicEar } from "../decode/recognise.ts";
import { speaking } from "../decode/speaking.ts";
import { completeParams, listening } from "../decode/topics.ts";
import { secret } from "./work-simulate-mqtt.ts";
import type { BrokerHeard, DevicesOptions, TopicHeard } from "./works.ts";

/** A broker of the whole house may carry thousands; the first ones are told. */
const TOPICS_MAX = 200;
const REFUSED_MAX = 20;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** @throws GateError BROKER_UNREACHABLE, BROKER_REFUSED, PORT_BUSY, INPUT_INVALID */
export async function listenToBroker(
  link: string,
  loaded: Loaded | undefined,
  profiles: readonly Profile[],
  options: DevicesOptions,
  tell: (progress: Words) => void,
): Promise<BrokerHeard> {
  const topics = openTopics(profiles);
  const embedded = link === "broker" ? loaded?.config.mqtt?.embedded : undefined;
  if (embedded !== undefined && loaded !== undefined) return listenAsBroker(loaded, profiles, topics, options, tell);
  const settings = link === "broker" ? externalOf(loaded) : given(link, options);
  const narrower = profiles.flatMap((profile) =>
    isDevice(profile) ? listening(profile, {}).map(({ filter }) => filter) : [],
  );
  let connected: number | undefined;
  const listener = await listenAtBroker(settings, narrower, ({ topic, payload, retained }) => {
    if (topic === CONNECTED) connected = Number(new TextDecoder().decode(payload));
    else if (!topic.startsWith("gatepost/fence/")) topics.hear(topic, payload, retained);
  });
  tell({ zh: `听 ${settings.url}……`, en: `listening at ${settings.url} …` });
  await pause(options.forMs);
  await listener.close();
  return {
    url: settings.url,
    clients: [],
    refused: [],
    ...(connected === undefined ? {} : { connected }),
    ...topics.told(),
  };
}

function given(url: string, { username, passwordFile }: DevicesOptions): Omit<MqttSettings, "clientId"> {
  return {
    url,
    protocolVersion: 4,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: secret(passwordFile) }),
  };
}

function externalOf(loaded: Loaded | undefined): Omit<MqttSettings, "clientId"> {
  const external = loaded?.config.mqtt?.external;
  if (loaded === undefined || external === undefined)
    throw new GateError(
      "INPUT_INVALID",
      "no configuration with a broker; say --config, or mqtt://host:port 配置里没有 MQTT",
    );
  const pem = (place: string) => new TextEncoder().encode(loaded.secrets.files.get(place) ?? "");
  return {
    url: external.url,
    protocolVersion: external.version === 5 ? 5 : 4,
    ...(external.username === undefined ? {} : { username: external.username }),
    ...(loaded.secrets.broker === undefined ? {} : { password: loaded.secrets.broker }),
    ...(external.caFile === undefined ? {} : { ca: pem("mqtt.external.caFile") }),
    ...(external.certFile === undefined ? {} : { cert: pem("mqtt.external.certFile") }),
    ...(external.keyFile === undefined ? {} : { key: pem("mqtt.external.keyFile") }),
  };
}

/** The gate's own broker with the configured credentials, so that it is seen which device logs in and which doesn't. */
async function listenAsBroker(
  { config, secrets }: Loaded,
  profiles: readonly Profile[],
  topics: Topics,
  { forMs }: DevicesOptions,
  tell: (progress: Words) => void,
): Promise<BrokerHeard> {
  const embedded = config.mqtt?.embedded;
  const clients = new Set<string>();
  const refused = new Set<string>();
  const pem = (place: string) => secrets.files.get(place) ?? "";
  const broker = await openBroker({
    host: embedded?.host ?? "127.0.0.1",
    port: embedded?.port ?? 0,
    now: () => performance.now(),
    onForged: (owner, what) => {
      if (refused.size < REFUSED_MAX) refused.add(owner === undefined ? what : `${owner}: ${what}`);
    },
    onTooLong: (owner) => void refused.add(`${owner ?? "?"}: too long`),
    ...(embedded?.tls === undefined
      ? {}
      : { tls: { cert: pem("mqtt.embedded.tls.cert"), key: pem("mqtt.embedded.tls.key") } }),
    devices: config.devices.flatMap(({ id, mqtt, profile: wanted, params: own }) => {
      const password = secrets.devices.get(id);
      const profile = profiles.find((one) => one.meta.id === wanted);
      if (mqtt === undefined || password === undefined || profile === undefined || !isDevice(profile)) return [];
      const { params } = completeParams(profile, own);
      const publishes = listening(profile, params).map(({ filter }) => filter);
      return [{ owner: id, username: mqtt.username ?? id, password, publishes, subscribes: speaking(profile, params) }];
    }),
  });
  broker.onClient((owner, arrived) => {
    if (arrived) clients.add(owner);
  });
  broker.onMessage(({ topic, payload, retained, qos, settle }) => {
    topics.hear(topic, payload, retained);
    // What wants an acknowledgement gets none: nobody has recorded it, and the device sends it again to the gate.
    if (qos === 0) settle();
  });
  const url = `mqtt${embedded?.tls === undefined ? "" : "s"}://${embedded?.host ?? ""}:${broker.port}`;
  tell({ zh: `在 ${url} 等设备来连……`, en: `waiting for devices at ${url} …` });
  await pause(forMs);
  await broker.close();
  return { url, clients: [...clients], refused: [...refused], ...topics.told() };
}

interface Topics {
  hear(topic: string, payload: Uint8Array, retained: boolean): void;
  told(): { readonly topics: readonly TopicHeard[]; readonly more: boolean };
}

function openTopics(profiles: readonly Profile[]): Topics {
  const earOf = openTopicEars(profiles);
  const kept = new Map<string, { readonly ear: TopicEar; messages: number; bytes: number; retained: number }>();
  let more = false;
  return {
    hear(topic, payload, retained) {
      let one = kept.get(topic);
      if (one === undefined) {
        if (kept.size >= TOPICS_MAX) {
          more = true;
          return;
        }
        one = { ear: earOf(topic), messages: 0, bytes: 0, retained: 0 };
        kept.set(topic, one);
      }
      one.messages++;
      one.bytes += payload.length;
      if (retained) one.retained++;
      one.ear.hear(payload);
    },
    told: () => ({
      topics: [...kept].map(([topic, { ear, ...counts }]) => ({ topic, ...counts, matches: ear.matches() })),
      more,
    }),
  };
}
