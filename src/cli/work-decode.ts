/** `gatepost decode`: a profile tried on what a technician pastes; no gate needed. */
import { randomUUID } from "node:crypto";
import { GateError } from "../core/fault.ts";
import { explainBytes } from "../decode/explain.ts";
import { lint } from "../decode/lint.ts";
import { readOsdp } from "../decode/osdp-sample.ts";
import type { DeviceProfile, Profile } from "../decode/profile.ts";
import { fromHex } from "../decode/profile-framing.ts";
import { compile } from "../decode/reader.ts";
import type { ReadContext } from "../decode/terms.ts";
import { completeParams } from "../decode/topics.ts";
import { tryProfile } from "../decode/try.ts";
import type { House } from "./house.ts";
import { profileGiven, speakerGiven } from "./profile-given.ts";
import type { DecodeOptions, DecodeResult } from "./works.ts";

/** China has one time zone and no summer time; a config's own zone counts where one is given. */
const CHINA_MIN = 480;

export async function decodeWork(house: House, options: DecodeOptions): Promise<DecodeResult> {
  if (options.samples === true) return samplesOf(profileGiven(house, options.profile, options.configPath));
  const profile = speakerGiven(house, options.profile, options.configPath);
  if (profile.form === "osdp") return { readings: readOsdp(profile, hexLines(options.text)), skipped: 0 };
  const reader = compile(profile);
  const context: ReadContext = {
    utcOffsetMin: CHINA_MIN,
    params: paramsFor(profile, options),
    newId: randomUUID,
    wallMs: Date.now(),
  };
  const { tried, skipped } = tryProfile(reader, options.text, context, {
    hex: options.hex,
    ...(options.topic === undefined ? {} : { topic: options.topic }),
  });
  const readings = tried.map((one) => one.reading);
  const { framing } = profile;
  const bytes = framing !== undefined && options.hex ? explainBytes(framing, fromHex(options.text)) : [];
  return { readings, skipped, ...(bytes.length === 0 ? {} : { bytes }) };
}

function samplesOf(profile: Profile): DecodeResult {
  return { readings: [], skipped: 0, samples: { count: profile.samples.length, findings: lint(profile) } };
}

function hexLines(text: string): readonly Uint8Array[] {
  const lines = text.split(/\r?\n/).map((line) => line.replaceAll(/[\s:]/g, ""));
  const filled = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const wrong = filled.find((line) => !/^(?:[0-9A-Fa-f]{2})+$/.test(line));
  if (wrong !== undefined)
    throw new GateError("INPUT_INVALID", `an OSDP reader speaks bytes; this is no hex: ${wrong}`);
  return filled.map((line) => Uint8Array.from(Buffer.from(line, "hex")));
}

/** What isn't given is taken from the profile's first sample: a technician wants to see fields before he knows ids. */
function paramsFor(profile: DeviceProfile, options: DecodeOptions): ReadContext["params"] {
  const given: Record<string, string | number> = {};
  for (const [name, rule] of Object.entries(profile.params ?? {})) {
    const text = options.params[name];
    if (text !== undefined) given[name] = rule.type === "number" ? Number(text) : text;
    else {
      const sampled = profile.samples.find(
        (sample) => sample.params !== undefined && Object.hasOwn(sample.params, name),
      )?.params;
      const usual = sampled?.[name];
      if (rule.default === undefined && usual !== undefined) given[name] = usual;
    }
  }
  for (const name of Object.keys(options.params)) {
    if (!Object.hasOwn(profile.params ?? {}, name))
      throw new GateError("INPUT_INVALID", `the profile has no parameter ${name}`);
  }
  const { params, errors } = completeParams(profile, given);
  if (errors[0] !== undefined) throw new GateError("INPUT_INVALID", `${errors[0]} (--param)`);
  return params;
}
