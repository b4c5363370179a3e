/** What reading one message costs, for every profile over its own samples, and with a picture of 2 MB in it. */
import { join } from "node:path";
import { loadProfiles } from "../../src/adapters/profiles.ts";
import { isDevice, isOsdp } from "../../src/decode/load.ts";
import { readOsdp } from "../../src/decode/osdp-sample.ts";
import type { DeviceProfile, Profile } from "../../src/decode/profile.ts";
import { fromHex } from "../../src/decode/profile-framing.ts";
import { compile } from "../../src/decode/reader.ts";
import { cutSample, messageOf, sampleContext } from "../../src/decode/sample.ts";
import type { Heard } from "../../src/decode/terms.ts";
import { top } from "../whole/place.ts";
import { type Spread, spread } from "./driver.ts";
import { type Report, us } from "./report.ts";

const PICTURE = "A".repeat(2_000_000);

/** Reads one sample; each of a profile's in turn. */
type Read = () => void;

export function decoding(rounds: number, report: Report): void {
  const kept: Record<string, { readonly message: Spread; readonly picture?: Spread }> = {};
  for (const profile of loadProfiles([join(top, "device-profiles")]).all) {
    const { small, large } = reads(profile);
    if (small.length === 0) continue;
    const message = timed(small, rounds);
    const picture = large.length === 0 ? undefined : timed(large, 20);
    kept[profile.meta.id] = { message, ...(picture === undefined ? {} : { picture }) };
    report.add({
      measure: "decode one message, p50",
      who: profile.meta.id,
      value: tenths(message.p50),
      spread: [
        `p99 ${tenths(message.p99)}`,
        ...(picture === undefined ? [] : [`with 2 MB: ${tenths(picture.p50)}, p99 ${tenths(picture.p99)}`]),
      ].join("; "),
    });
  }
  report.keep("decoding, tenths of µs", kept);
}

const tenths = (value: number): string => us(value / 10);

/** Tenths of µs of each single reading, after a warm-up: most take less than ten. */
function timed(all: readonly Read[], rounds: number): Spread {
  for (let warm = 0; warm < rounds / 4; warm++) for (const read of all) read();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++)
    for (const read of all) {
      const began = performance.now();
      read();
      times.push((performance.now() - began) * 10);
    }
  return spread(times);
}

function reads(profile: Profile): { readonly small: readonly Read[]; readonly large: readonly Read[] } {
  if (isOsdp(profile)) {
    const packets = profile.samples.map(({ heard }) => [heard.hex].flat().map(fromHex));
    return { small: packets.map((bytes) => () => void readOsdp(profile, bytes)), large: [] };
  }
  return isDevice(profile) ? deviceReads(profile) : { small: [], large: [] };
}

function deviceReads(profile: DeviceProfile): { readonly small: readonly Read[]; readonly large: readonly Read[] } {
  const reader = compile(profile);
  const small: Read[] = [];
  const large: Read[] = [];
  for (const sample of profile.samples) {
    if (!("heard" in sample)) continue;
    const ctx = sampleContext(profile, sample.params);
    if ("hex" in sample.heard) {
      // Cut and read, as it comes from a line.
      const chunks = [sample.heard.hex].flat().map(fromHex);
      small.push(() => {
        for (const bytes of cutSample(chunks, reader).frames) void answered(reader.read({ via: "frame", bytes }, ctx));
      });
      continue;
    }
    const heard = messageOf(sample.heard);
    small.push(() => void answered(reader.read(heard, ctx)));
    const pictured = withPicture(heard);
    if (pictured !== undefined && profile.link.maxBytes > PICTURE.length)
      large.push(() => void answered(reader.read(pictured, ctx)));
  }
  return { small, large: large.slice(0, 5) };
}

/** Answers are made when they are asked for. */
const answered = (reading: ReturnType<ReturnType<typeof compile>["read"]>) =>
  reading.is === "read" ? reading.answers.length : 0;

/** The picture where the document has a place for one, or beside the rest. */
function withPicture(heard: Heard): Heard | undefined {
  if (heard.via === "frame") return undefined;
  const text = new TextDecoder().decode(heard.payload);
  const grown = grownBy(text);
  return grown === undefined ? undefined : { ...heard, payload: new TextEncoder().encode(grown) };
}

function grownBy(text: string): string | undefined {
  if (/"pic":\s*"[^"]*"/.test(text))
    return text.replace(/"pic":\s*"[^"]*"/, `"pic":"data:image/jpeg;base64,${PICTURE}"`);
  if (/^\s*\{\s*"/.test(text)) return text.replace("{", `{"picture":"${PICTURE}",`);
  if (/<\/[A-Za-z]+>\s*$/.test(text)) return text.replace(/<\/([A-Za-z]+)>\s*$/, `<picture>${PICTURE}</picture></$1>`);
  return undefined;
}
