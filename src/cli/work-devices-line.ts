/** What is heard on a serial line, at each rate that a profile names; with `--ask`, after the profiles' own polls. */
import { openSerial } from "../adapters/serial.ts";
import type { Words } from "../config/problem.ts";
import { encoder } from "../decode/encode.ts";
import { isDevice, isOsdp } from "../decode/load.ts";
import { BROADCAST, encodePacket } from "../decode/osdp-packet.ts";
import type { DeviceProfile, Profile } from "../decode/profile.ts";
import { toHex } from "../decode/profile-framing.ts";
import { openLineEar } from "../decode/recognise.ts";
import { completeParams } from "../decode/topics.ts";
import type { SerialSettings } from "../shell/ports.ts";
import { isUp } from "./work-devices-comset.ts";
import type { DevicesOptions, LineHeard } from "./works.ts";

type Form = Omit<SerialSettings, "path">;

const FIRST_BYTES = 24;
/** Longer than any profile's answer takes, so that one's isn't taken for the next one's. */
const ANSWER_MS = 400;
const SILENCE_MS = 5_000;
const OSDP_IDENTIFY = 0x61;

const NOTHING = new Uint8Array(0);
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** @throws GateError SERIAL_UNAVAILABLE, SERIAL_BUSY */
export async function listenToLine(
  path: string,
  profiles: readonly Profile[],
  options: DevicesOptions,
  tell: (progress: Words) => void,
): Promise<readonly LineHeard[]> {
  const heard: LineHeard[] = [];
  for (const form of formsOf(profiles, options.bauds)) {
    const { baud } = form;
    tell({ zh: `听 ${path}，${baud} ${formText(form)}……`, en: `listening to ${path} at ${baud} ${formText(form)} …` });
    heard.push(await listenOnce({ path, ...form }, profiles, options));
  }
  return heard;
}

const formText = ({ dataBits, parity, stopBits }: Form) => `${dataBits}${parity.slice(0, 1).toUpperCase()}${stopBits}`;

/** The settings that profiles name, or those asked for; the quick ones first. */
export function formsOf(profiles: readonly Profile[], bauds: readonly number[]): readonly Form[] {
  const named = profiles.flatMap((profile) => {
    if (!("link" in profile) || profile.link.via !== "serial") return [];
    const { baud, dataBits, parity, stopBits } = profile.link;
    return [{ baud, dataBits, parity, stopBits }];
  });
  const wanted = bauds.length === 0 ? named : bauds.flatMap((baud) => named.map((form): Form => ({ ...form, baud })));
  return [...new Map(wanted.map((form) => [JSON.stringify(form), form])).values()].toSorted((a, b) => b.baud - a.baud);
}

async function listenOnce(
  settings: SerialSettings,
  profiles: readonly Profile[],
  { forMs, ask }: DevicesOptions,
): Promise<LineHeard> {
  const line = openSerial(settings, { now: () => performance.now(), random: () => 1 });
  const ear = openLineEar(profiles);
  const { path, baud } = settings;
  let bytes = 0;
  let first: Uint8Array = NOTHING;
  let command: string | undefined;
  try {
    await isUp(line, path);
    line.onBytes((chunk) => {
      if (first.length < FIRST_BYTES) first = Uint8Array.of(...first, ...chunk).subarray(0, FIRST_BYTES);
      bytes += chunk.length;
      ear.hear(chunk, performance.now(), command);
    });
    const until = performance.now() + forMs;
    const asked = ask ? questions(profiles, settings) : [];
    for (const { command: polled, out } of asked) {
      command = polled;
      await line.write(out);
      await pause(ANSWER_MS);
      // What was held back is an answer to this question, or none.
      ear.hear(NOTHING, performance.now(), polled);
    }
    await pause(Math.max(0, until - performance.now()));
    ear.hear(NOTHING, performance.now() + SILENCE_MS);
    const matches = ear.matches();
    return {
      path,
      baud,
      form: formText(settings),
      bytes,
      asked: asked.map(({ name }) => name),
      matches,
      ...(bytes > 0 && matches.length === 0 ? { first: toHex(first) } : {}),
    };
  } finally {
    await line.close();
  }
}

export interface Question {
  /** Profile and command, for people. */
  readonly name: string;
  readonly command: string;
  readonly out: Uint8Array;
}

/**
 * What may be sent at these settings: the polls that a gate sends all day, of profiles whose address is known or usual,
 * and OSDP's question for identity. Nothing that could move, teach or delete anything.
 */
export function questions(profiles: readonly Profile[], form: Form): readonly Question[] {
  return profiles.flatMap((profile) => {
    if (!("link" in profile) || profile.link.via !== "serial" || profile.link.baud !== form.baud) return [];
    if (isOsdp(profile)) {
      const out = encodePacket({ address: BROADCAST, sequence: 0, code: OSDP_IDENTIFY, data: Uint8Array.of(0) });
      return [{ name: `${profile.meta.id} identity`, command: "identity", out }];
    }
    return isDevice(profile) ? polled(profile) : [];
  });
}

function polled(profile: DeviceProfile): readonly Question[] {
  const { params, errors } = completeParams(profile, sampledText(profile));
  if (errors.length > 0) return [];
  const encode = encoder(profile);
  return (profile.polls ?? []).flatMap(({ command, args }) => {
    if (profile.commands?.[command]?.moves !== "none") return [];
    const { out } = encode(command, args ?? {}, { utcOffsetMin: 0, params, newId: String });
    return [{ name: `${profile.meta.id} ${command}`, command, out: out.bytes }];
  });
}

/** A name of our own making (`deviceId`) goes into no byte that is sent; an address does, and is not guessed. */
function sampledText(profile: DeviceProfile): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(profile.params ?? {}).flatMap(([name, { type, default: usual }]) =>
      type === "text" && usual === undefined ? [[name, "unknown"]] : [],
    ),
  );
}
