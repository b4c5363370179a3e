/** `gatepost simulate`: one device of a profile on a real link, so that a gate can be tried before the device arrives. */
import { openSerial } from "../adapters/serial.ts";
import type { Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import type { DeviceProfile } from "../decode/profile.ts";
import { toHex } from "../decode/profile-framing.ts";
import { openBoard } from "../simulator/board.ts";
import { openFaceModule } from "../simulator/module.ts";
import { playable, playableBytes } from "../simulator/samples.ts";
import type { House } from "./house.ts";
import { each, pause } from "./pace.ts";
import { speakerGiven } from "./profile-given.ts";
import { insteadOf, OLD_TIME, overMqtt } from "./work-simulate-mqtt.ts";
import { simulateOsdp } from "./work-simulate-osdp.ts";
import type { SimulateOptions, SimulateResult } from "./works.ts";

type Tell = (progress: Words) => void;

export async function simulateWork(house: House, given: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  // `samples` stands for none: the profile's own are played as they stand.
  const options = { ...given, values: given.values.filter((value) => value !== "samples") };
  const profile = speakerGiven(house, options.profile, options.configPath);
  if (profile.form === "osdp") return simulateOsdp(profile, options, tell);
  if (/^mqtts?:/.test(options.link)) return overMqtt(profile, options, tell);
  if (/^https?:/.test(options.link)) return overHttp(profile, options, tell);
  return overSerial(profile, options, tell);
}

/** A profile whose device pushes plays its own samples. */
async function overHttp(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  const instead = insteadOf(options);
  const played = () =>
    playable(profile, options.now === true ? Date.now() : undefined, instead).flatMap(({ said, old }) =>
      said.via === "request" ? [{ ...said, old }] : [],
    );
  const requests = played();
  if (requests.length === 0)
    throw new GateError("INPUT_INVALID", `${profile.meta.id} has no request among its samples that presents somebody`);
  let acknowledged = 0;
  const sent = await each(
    { ...options, values: [] },
    requests.map((_, index) => String(index)),
    async (index) => {
      const request = played()[Number(index)];
      if (request === undefined) return;
      const { method, path, query, payload } = request;
      if (request.old) tell(OLD_TIME);
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

async function overSerial(profile: DeviceProfile, options: SimulateOptions, tell: Tell): Promise<SimulateResult> {
  if (profile.link.via !== "serial")
    throw new GateError(
      "INPUT_INVALID",
      `${profile.meta.id} speaks ${profile.link.via}: --link ${profile.link.via}://…`,
    );
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
    if (insteadOf(options).value !== undefined)
      throw new GateError("INPUT_INVALID", `${profile.meta.id} plays its own samples: leave --value out`);
    const frames = playableBytes(profile);
    line.onBytes((bytes) => {
      commands++;
      tell({ zh: `收到 ${toHex(bytes)}`, en: `heard ${toHex(bytes)}` });
    });
    sent = await each(
      { ...options, values: [] },
      frames.map((_, index) => String(index)),
      (index) => {
        const frame = frames[Number(index)];
        if (frame === undefined) return;
        tell({ zh: `${frame.name}：${toHex(frame.bytes)}`, en: `${frame.name}: ${toHex(frame.bytes)}` });
        write(frame.bytes);
      },
    );
  }
  await pause(200);
  await line.close();
  return { sent, acknowledged: 0, commands };
}
