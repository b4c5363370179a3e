/** `gatepost simulate` over MQTT: a terminal or camera of the street, or any other profile that plays its own samples. */
import { readFileSync } from "node:fs";
import mqtt, { type MqttClient } from "mqtt";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import type { DeviceProfile } from "../decode/profile.ts";
import { answering, commandTopics } from "../simulator/answering.ts";
import { openCamera } from "../simulator/camera.ts";
import { type Instead, playable } from "../simulator/samples.ts";
import { openTerminal } from "../simulator/terminal.ts";
import { each, pause } from "./pace.ts";
import type { SimulateOptions, SimulateResult } from "./works.ts";

type Tell = (progress: Words) => void;

const CHINA_MIN = 480;
/** A device tries for ever; who plays one wants to know soon that nobody listens. */
const CONNECT_MS = 5_000;

export const OLD_TIME = words(
  "样例里的时间写法认不出，照原样发出：是旧记录，不会开门",
  "The sample's time is in a form that isn't known here; sent as it stands: an old record, it opens nothing",
);

export function insteadOf({ params, values }: SimulateOptions): Instead {
  const [value] = values;
  return { params, ...(value === undefined ? {} : { value }) };
}

interface Account {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly deviceId: string;
}

export async function overMqtt(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  if (profile.link.via !== "mqtt") {
    const { via } = profile.link;
    throw new GateError(
      "INPUT_INVALID",
      `${profile.meta.id} speaks ${via}: --link ${via === "http" ? "http://…" : "/dev/…"}`,
    );
  }
  const account = {
    url: options.link,
    username: options.username ?? "",
    password: options.passwordFile === undefined ? "" : secret(options.passwordFile),
    deviceId: options.params.deviceId ?? "",
  };
  const isNamed = profile.meta.id === "faceterm-mqtt" || profile.meta.id === "vzenith-mqtt";
  if (isNamed && account.deviceId === "") throw new GateError("INPUT_INVALID", "which device? --param deviceId=…");
  if (profile.meta.id === "faceterm-mqtt") return asTerminal(account, options, tell);
  if (profile.meta.id === "vzenith-mqtt") return asCamera(account, options, tell);
  return asItsSamples(profile, account, options, tell);
}

async function asTerminal(account: Account, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const terminal = await reached(account.url, (onTrouble) =>
    openTerminal({ ...account, utcOffsetMin: CHINA_MIN, onTrouble }),
  );
  let acknowledged = 0;
  const sent = await each(options, ["R-0417"], (value) => {
    tell({ zh: `人脸 ${value}`, en: `face ${value}` });
    void (value === "stranger" ? terminal.stranger() : terminal.face(value, 0.91)).then(() => acknowledged++);
  });
  await pause(1_000);
  await terminal.close();
  return { sent, acknowledged, commands: terminal.unlocks() };
}

async function asCamera(account: Account, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const camera = await reached(account.url, (onTrouble) => openCamera({ ...account, onTrouble }));
  const sent = await each(options, ["川K12345"], (value) => {
    tell({ zh: `车牌 ${value}`, en: `plate ${value}` });
    camera.plate(value, 96);
  });
  await pause(500);
  await camera.close();
  return { sent, acknowledged: 0, commands: 0 };
}

interface Opened {
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Opens a device and waits until it is connected, once. @throws GateError BROKER_UNREACHABLE at the first trouble */
async function reached<Device extends Opened>(
  url: string,
  open: (onTrouble: (why: string) => void) => Device,
): Promise<Device> {
  let fail: (why: string) => void = () => undefined;
  const trouble = new Promise<string>((done) => {
    fail = done;
  });
  const device = open((why) => fail(why));
  const late = setTimeout(() => fail(`no answer in ${CONNECT_MS / 1_000} s`), CONNECT_MS);
  const why = await Promise.race([device.ready.then(() => undefined), trouble]);
  clearTimeout(late);
  if (why === undefined) return device;
  await device.close();
  throw new GateError("BROKER_UNREACHABLE", `${url}: ${why}`);
}

/** Any other profile plays its own samples, and answers commands as its samples do. */
async function asItsSamples(
  profile: DeviceProfile,
  account: Account,
  options: SimulateOptions,
  tell: Tell,
): Promise<SimulateResult> {
  const played = (value?: string) =>
    playable(profile, options.now === true ? Date.now() : undefined, {
      ...insteadOf(options),
      ...(value === undefined ? {} : { value }),
    }).flatMap(({ said, old, name }) => (said.via === "message" ? [{ ...said, old, name }] : []));
  const messages = played();
  if (messages.length === 0)
    throw new GateError("INPUT_INVALID", `${profile.meta.id} has no message among its samples that presents somebody`);
  const client = await connected(account);
  let commands = 0;
  await listenFor(client, profile, insteadOf(options), (said) => {
    commands++;
    tell(said);
  });
  const { values } = options;
  for (let i = 0; i < options.count; i++) {
    if (i > 0) await pause(options.everyMs);
    const value = values[i % values.length];
    // With a value it is the sample that presents somebody live; without, each sample in its turn.
    const now = played(value);
    const message = value === undefined ? now[i % messages.length] : now[0];
    if (message === undefined) continue;
    if (message.old) tell(OLD_TIME);
    const shown = `${message.topic} ${message.name}${value === undefined ? "" : ` ${value}`}`;
    tell({ zh: shown, en: shown });
    await client.publishAsync(message.topic, Buffer.from(message.payload), { qos: 1 });
  }
  await pause(500); // for the gate's answer, and its command to open
  await client.endAsync();
  return { sent: options.count, acknowledged: options.count, commands };
}

async function connected({ url, username, password }: Account): Promise<MqttClient> {
  try {
    const client = await mqtt.connectAsync(url, { username, password, connectTimeout: CONNECT_MS }, false);
    client.on("error", () => undefined); // it comes back by itself, as devices do
    return client;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GateError("BROKER_UNREACHABLE", `${url}: ${why}`, { cause });
  }
}

async function listenFor(client: MqttClient, profile: DeviceProfile, instead: Instead, heard: Tell): Promise<void> {
  const topics = commandTopics(profile, instead);
  if (topics.length === 0) return;
  client.on("message", (_topic, payload) => {
    const understood = answering(profile, payload.toString("utf8"), instead);
    if (understood === undefined) return; // an acknowledgement of ours
    heard(words(`收到命令 ${understood.command}`, `was told to ${understood.command}`));
    const { reply } = understood;
    if (reply?.via === "message") client.publish(reply.topic, Buffer.from(reply.payload), { qos: 1 });
  });
  await client.subscribeAsync([...topics]);
}

/** The text of a secret file. @throws GateError SECRET_UNREADABLE */
export function secret(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new GateError("SECRET_UNREADABLE", `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
