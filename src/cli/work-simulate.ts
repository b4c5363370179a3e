/** `gatepost simulate`: one device of a profile on a real link, so that a gate can be tried before the device arrives. */
import { readFileSync } from "node:fs";
import mqtt from "mqtt";
import { loadProfiles } from "../adapters/profiles.ts";
import { openSerial } from "../adapters/serial.ts";
import type { Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import type { DeviceProfile } from "../decode/profile.ts";
import { openBoard } from "../simulator/board.ts";
import { openCamera } from "../simulator/camera.ts";
import { openFaceModule } from "../simulator/module.ts";
import { playable } from "../simulator/samples.ts";
import { openTerminal } from "../simulator/terminal.ts";
import type { House } from "./house.ts";
import { simulateOsdp } from "./work-simulate-osdp.ts";
import type { SimulateOptions, SimulateResult } from "./works.ts";

type Tell = (progress: Words) => void;

const CHINA_MIN = 480;

export async function simulateWork(house: House, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const profiles = loadProfiles([house.profiles]);
  const osdp = profiles.osdp(options.profile);
  if (osdp !== undefined) return simulateOsdp(osdp, options, tell);
  const profile = profiles.device(options.profile);
  if (/^mqtts?:/.test(options.link)) return overMqtt(profile, options, tell);
  if (/^https?:/.test(options.link)) return overHttp(profile, options, tell);
  return overSerial(profile, options, tell);
}

/** Samples as they stand have old times and open nothing; `--now` moves them. */
const playedBy = (profile: DeviceProfile, { now }: SimulateOptions) =>
  playable(profile, now === true ? Date.now() : undefined);

/** A profile whose device pushes plays its own samples. */
async function overHttp(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const played = () => playedBy(profile, options).flatMap(({ said }) => (said.via === "request" ? [said] : []));
  const requests = played();
  if (requests.length === 0)
    throw new GateError("INPUT_INVALID", `${profile.meta.id} has no request among its samples`);
  let acknowledged = 0;
  const sent = await each(
    { ...options, values: [] },
    requests.map((_, index) => String(index)),
    async (index) => {
      const request = played()[Number(index)];
      if (request === undefined) return;
      const { method, path, query, payload } = request;
      const url = `${options.link.replace(/\/$/, "")}/${path}${query === "" ? "" : `?${query}`}`;
      const body = method === "GET" ? {} : { body: Buffer.from(payload) };
      const answer = await fetch(url, { method, ...body }).catch((cause: unknown) => {
        throw new GateError("BROKER_UNREACHABLE", `${options.link}: ${String(cause)}`, { cause });
      });
      if (answer.ok) acknowledged++;
      tell({ zh: `${path} → ${answer.status}`, en: `${path} → ${answer.status}` });
    },
  );
  return { sent, acknowledged, commands: 0 };
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Once for each value, over and over until `count` were sent. */
async function each(
  options: SimulateOptions,
  usual: readonly string[],
  send: (value: string) => Promise<void> | void,
): Promise<number> {
  const values = options.values.length === 0 ? usual : options.values;
  for (let i = 0; i < options.count; i++) {
    if (i > 0) await pause(options.everyMs);
    await send(values[i % values.length] ?? "");
  }
  return options.count;
}

async function overMqtt(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const account = {
    url: options.link,
    username: options.username ?? "",
    password: options.passwordFile === undefined ? "" : secret(options.passwordFile),
    deviceId: options.params.deviceId ?? "",
  };
  const isNamed = profile.meta.id === "faceterm-mqtt" || profile.meta.id === "vzenith-mqtt";
  if (isNamed && account.deviceId === "") throw new GateError("INPUT_INVALID", "which device? --param deviceId=…");
  await reach(account);
  if (profile.meta.id === "faceterm-mqtt") {
    const terminal = openTerminal({ ...account, utcOffsetMin: CHINA_MIN });
    await terminal.ready;
    let acknowledged = 0;
    const sent = await each(options, ["R-0417"], (value) => {
      tell({ zh: `人脸 ${value}`, en: `face ${value}` });
      void (value === "stranger" ? terminal.stranger() : terminal.face(value, 0.91)).then(() => acknowledged++);
    });
    await pause(1_000);
    await terminal.close();
    return { sent, acknowledged, commands: terminal.unlocks() };
  }
  if (profile.meta.id === "vzenith-mqtt") {
    const camera = openCamera(account);
    await camera.ready;
    const sent = await each(options, ["川K12345"], (value) => {
      tell({ zh: `车牌 ${value}`, en: `plate ${value}` });
      camera.plate(value, 96);
    });
    await pause(500);
    await camera.close();
    return { sent, acknowledged: 0, commands: 0 };
  }
  return samplesOverMqtt(profile, options, account, tell);
}

/** A device tries for ever; who plays one wants to know at once that nobody listens, or that the password is wrong. */
async function reach(account: { readonly url: string; readonly username: string; readonly password: string }) {
  const { url, username, password } = account;
  try {
    const once = { username, password, reconnectPeriod: 0, connectTimeout: 5_000 };
    const client = await mqtt.connectAsync(url, once, false);
    await client.endAsync();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GateError("BROKER_UNREACHABLE", `${url}: ${why}`, { cause });
  }
}

/** Any other profile plays its own samples. */
async function samplesOverMqtt(
  profile: DeviceProfile,
  options: SimulateOptions,
  account: { readonly url: string; readonly username: string; readonly password: string },
  tell: Tell,
): Promise<SimulateResult> {
  const played = () => playedBy(profile, options).flatMap(({ said }) => (said.via === "message" ? [said] : []));
  const messages = played();
  if (messages.length === 0)
    throw new GateError("INPUT_INVALID", `${profile.meta.id} has no message among its samples`);
  const client = await mqtt.connectAsync(account.url, { username: account.username, password: account.password });
  for (let i = 0; i < options.count; i++) {
    if (i > 0) await pause(options.everyMs);
    const message = played()[i % messages.length];
    if (message === undefined) continue;
    tell({ zh: message.topic, en: message.topic });
    await client.publishAsync(message.topic, Buffer.from(message.payload), { qos: 1 });
  }
  await client.endAsync();
  return { sent: options.count, acknowledged: options.count, commands: 0 };
}

async function overSerial(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  if (profile.link.via !== "serial")
    throw new GateError("INPUT_INVALID", `${profile.meta.id} speaks MQTT: --link mqtt://…`);
  const { baud, dataBits, parity, stopBits } = profile.link;
  const line = openSerial(
    { path: options.link, baud, dataBits, parity, stopBits },
    { now: () => performance.now(), random: Math.random },
  );
  await new Promise<void>((up, fail) => {
    line.onState((state) => {
      if (state.is === "up") up();
      if (state.is === "down") fail(new GateError("SERIAL_UNAVAILABLE", state.why ?? options.link));
    });
  }).catch(async (cause: unknown) => {
    await line.close(); // it would try again for ever
    throw cause;
  });
  const write = (bytes: Uint8Array) => void line.write(bytes);
  let commands = 0;
  let sent = 0;
  if (profile.meta.id === "waveshare-modbus-relay") {
    const board = openBoard(Number(options.params.unit ?? 1), {
      input: () => false,
      relay(channel, on) {
        commands++;
        tell({ zh: `继电器 ${channel} ${on ? "吸合" : "断开"}`, en: `relay ${channel} ${on ? "on" : "off"}` });
      },
    });
    line.onBytes((bytes) => {
      const reply = board.hear(bytes);
      if (reply !== undefined) write(reply);
    });
    await pause(options.count * options.everyMs);
    board.close();
  } else if (profile.meta.id === "sense-uart") {
    const module = openFaceModule(write);
    line.onBytes(module.hear);
    await each(options, ["R-0417"], async (value) => {
      const isSeen = await module.face(value === "stranger" ? undefined : { userId: 7, name: value });
      if (isSeen) sent++;
      tell(
        isSeen
          ? { zh: `人脸 ${value}`, en: `face ${value}` }
          : { zh: `人脸 ${value}：主机没有让模块识别`, en: `face ${value}: the host did not ask the module to verify` },
      );
    });
    module.close();
  } else if (profile.framing?.cut === "line") {
    sent = await each(options, ["0005913727"], (value) => {
      tell({ zh: value, en: value });
      write(new TextEncoder().encode(`${value}\r\n`));
    });
  } else {
    const frames = profile.samples.flatMap((sample) =>
      "heard" in sample && "hex" in sample.heard ? [sample.heard.hex].flat() : [],
    );
    sent = await each({ ...options, values: frames }, frames, (hex) => {
      tell({ zh: hex, en: hex });
      write(Uint8Array.from(hex.split(" ").map((pair) => Number.parseInt(pair, 16))));
    });
  }
  await pause(200);
  await line.close();
  return { sent, acknowledged: 0, commands };
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
