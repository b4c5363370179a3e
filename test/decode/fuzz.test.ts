/**
 * Every profile against what nobody wrote a sample for: damaged bytes, rebuilt documents, other places, garbage.
 * 20,000 inputs over all profiles in the suite; `GATEPOST_FUZZ=1000000 npm test -- test/decode/fuzz` for a campaign.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { GateError } from "../../src/core/fault.ts";
import type { Report } from "../../src/core/terms.ts";
import { checksumBytes } from "../../src/decode/checksums.ts";
import { type Args, encoder } from "../../src/decode/encode.ts";
import { isDevice, isOsdp, parseProfile } from "../../src/decode/load.ts";
import { readOsdp } from "../../src/decode/osdp-sample.ts";
import type { DeviceProfile, OsdpProfile } from "../../src/decode/profile.ts";
import { fromHex } from "../../src/decode/profile-framing.ts";
import { compile, type Reader } from "../../src/decode/reader.ts";
import { messageOf, sampleContext } from "../../src/decode/sample.ts";
import type { Heard, ReadContext, Reading } from "../../src/decode/terms.ts";

const FOLDER = fileURLToPath(new URL("../../device-profiles/", import.meta.url));
const INPUTS = Number(process.env.GATEPOST_FUZZ ?? 20_000);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
/** No single message may cost more of the processor, whose share of it by others doesn't count, but garbage collection does. */
const SLOWEST_MS = 1_000;

/** For a campaign. */
const LONG_MS = 600_000;

const PROFILES: readonly DeviceProfile[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && name !== "profile.schema.json")
  .flatMap((name) => {
    const loaded = parseProfile(readFileSync(`${FOLDER}${name}`, "utf8"), name);
    return loaded.is === "profile" && isDevice(loaded.profile) ? [loaded.profile] : [];
  });
const EACH = Math.ceil(INPUTS / PROFILES.length);
const READERS: readonly OsdpProfile[] = readdirSync(FOLDER)
  .filter((name) => name.startsWith("osdp-"))
  .flatMap((name) => {
    const loaded = parseProfile(readFileSync(`${FOLDER}${name}`, "utf8"), name);
    return loaded.is === "profile" && isOsdp(loaded.profile) ? [loaded.profile] : [];
  });

type Roll = (sides: number) => number;

/** Mulberry32: small, seeded, good enough for storms. */
function dice(seed: number): Roll {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

function pick<T>(list: readonly T[], roll: Roll): T {
  const one = list[roll(list.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

/** A profile ready to be read with, and its samples as its link would give them. */
interface Subject {
  readonly profile: DeviceProfile;
  readonly reader: Reader;
  readonly stock: readonly { readonly heard: Heard; readonly ctx: ReadContext; readonly stored: boolean }[];
}

function subject(profile: DeviceProfile): Subject {
  const stock = profile.samples.flatMap((sample) => {
    if (!("heard" in sample)) return [];
    const { heard, expect: expected } = sample;
    const bytes = "hex" in heard ? fromHex([heard.hex].flat().join("")) : undefined;
    const asked = "hex" in heard ? heard.asked : undefined;
    const ctx = { ...sampleContext(profile, sample.params), ...(asked === undefined ? {} : { asked }) };
    const frame: Heard = "hex" in heard ? { via: "frame", bytes: bytes ?? new Uint8Array(0) } : messageOf(heard);
    return [{ heard: frame, ctx, stored: JSON.stringify(expected).includes('"live":false') }];
  });
  return { profile, reader: compile(profile), stock };
}

// ── Damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1e308,
  "",
  "0",
  "1",
  "-",
  "x".repeat(5_000),
  "\u0000",
  "__proto__",
  "constructor",
  "2026-11-07 07:04:11",
  [],
  {},
  [[]],
  [{ a: 1 }, 2],
];

function flipped(bytes: Uint8Array, roll: Roll): Uint8Array {
  const copy = bytes.slice(0, roll(8) === 0 ? roll(bytes.length + 1) : bytes.length);
  for (let times = roll(5); times >= 0 && copy.length > 0; times -= 1) copy[roll(copy.length)] = roll(256);
  return roll(6) === 0 ? Uint8Array.from([...copy, ...copy.subarray(0, roll(64))]) : copy;
}

function garbage(roll: Roll): Uint8Array {
  const text = roll(2) === 0;
  return new Uint8Array(roll(200)).map(() =>
    text ? pick([0x22, 0x7b, 0x7d, 0x3c, 0x3e, 0x26, 0x3d, 0x09, 0x2d], roll) : roll(256),
  );
}

/** The document with some of its leaves replaced or taken away; `keep` says which must stay. */
function rebuilt(node: unknown, roll: Roll, keep: (path: string) => boolean, path = ""): unknown {
  if (keep(path)) return node;
  if (path !== "" && roll(12) === 0) return pick(ODD, roll);
  if (Array.isArray(node)) return node.map((child, index) => rebuilt(child, roll, keep, `${path}/${index}`));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).filter(([key]) => roll(20) > 0 || keep(`${path}/${key}`));
  return Object.fromEntries(entries.map(([key, child]) => [key, rebuilt(child, roll, keep, `${path}/${key}`)]));
}

function documentOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const bytesOf = (heard: Heard): Uint8Array => (heard.via === "frame" ? heard.bytes : heard.payload);
const damagedBy = (heard: Heard, bytes: Uint8Array): Heard =>
  heard.via === "frame" ? { via: "frame", bytes } : { ...heard, payload: bytes };

function damaged(heard: Heard, others: Subject["stock"], roll: Roll): Heard {
  const whole = documentOf(bytesOf(heard));
  const way = roll(5);
  if (way === 0) return damagedBy(heard, garbage(roll));
  if (way === 1) return damagedBy(heard, bytesOf(pick(others, roll).heard));
  if (way === 2 && typeof whole === "object")
    return damagedBy(heard, new TextEncoder().encode(JSON.stringify(rebuilt(whole, roll, () => false))));
  return damagedBy(heard, flipped(bytesOf(heard), roll));
}

// ── What must hold of everything that comes out ─────────────────────────────────────────────────────────────────────
const PRINTABLE = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,256}$/u;

function sound(report: Report): boolean {
  switch (report.is) {
    case "presented":
      return (
        PRINTABLE.test(report.claim.value) &&
        typeof report.live === "boolean" &&
        [report.eventId ?? "-", report.plateColour ?? "-"].every((text) => PRINTABLE.test(text)) &&
        Number.isSafeInteger(report.deviceTimeMs ?? 0) &&
        (report.confidence ?? 0) >= 0 &&
        (report.confidence ?? 0) <= 1
      );
    case "inputs":
      return report.levels.every(({ channel }) => Number.isSafeInteger(channel) && channel >= 0);
    case "reply":
      return PRINTABLE.test(report.to);
    default:
      return true;
  }
}

let slowest = 0;
function readAll(one: Subject, heard: Heard, ctx: ReadContext, state: { frames?: unknown }, at: number): Reading[] {
  const began = process.cpuUsage();
  const { framer } = one.reader;
  const readings: Reading[] = [one.reader.read(heard, ctx)];
  if (framer !== undefined) {
    const before = isFrameState(state.frames) ? state.frames : framer.start;
    const [next, frames, faults] = framer.push(before, bytesOf(heard), at);
    state.frames = next;
    expect(faults.length).toBeLessThanOrEqual(4);
    expect(next.held.length).toBeLessThanOrEqual(8_192);
    for (const bytes of frames) readings.push(one.reader.read({ via: "frame", bytes }, ctx));
  }
  const { user, system } = process.cpuUsage(began);
  slowest = Math.max(slowest, (user + system) / 1000);
  return readings;
}

function isFrameState(value: unknown): value is ReturnType<NonNullable<Reader["framer"]>["push"]>[0] {
  return typeof value === "object" && value !== null && "held" in value;
}

it.each(PROFILES.map((profile) => [profile.meta.id, subject(profile)] as const))(
  `%s: ${EACH} damaged inputs are read without a throw, and what comes out is sound (seed ${SEED})`,
  (_id, one) => {
    const roll = dice(SEED);
    const state = {};
    for (let round = 0; round < EACH; round += 1) {
      const { heard, ctx } = pick(one.stock, roll);
      for (const reading of readAll(one, damaged(heard, one.stock, roll), ctx, state, round * roll(80))) {
        if (reading.is === "fault") continue;
        expect(reading.reports.length).toBeLessThanOrEqual(32 * 8);
        for (const report of reading.reports) if (!sound(report)) expect(report).toBe("sound");
        for (const out of reading.answers) expect(out.topic ?? "").not.toMatch(/[+#]/);
      }
    }
    expect(slowest).toBeLessThan(SLOWEST_MS);
  },
  LONG_MS,
);

/** A packet cut, turned, or doubled, with its sum as it was or made good: half of them get past the sum. */
function damagedPacket(packet: Uint8Array, roll: Roll): Uint8Array {
  const bytes = flipped(packet, roll);
  if (roll(2) === 0 || bytes.length < 8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint8(0, 0x53);
  view.setUint16(2, bytes.length, true);
  view.setUint8(4, view.getUint8(4) | 0x04);
  bytes.set(checksumBytes("crc16-osdp", bytes.subarray(0, -2)), bytes.length - 2);
  return bytes;
}

it.each(READERS.map((profile) => [profile.meta.id, profile] as const))(
  `%s: ${EACH} damaged packets are read without a throw, and what comes out is sound (seed ${SEED})`,
  (_id, profile) => {
    const roll = dice(SEED);
    const stock = profile.samples.map(({ heard }) => fromHex([heard.hex].flat().join("")));
    let read = 0;
    for (let round = 0; round < EACH; round += 1)
      for (const reading of readOsdp(profile, [damagedPacket(pick(stock, roll), roll)])) {
        if (reading.is === "fault") continue;
        read += 1;
        for (const report of reading.reports) if (!sound(report)) expect(report).toBe("sound");
      }
    // Otherwise nothing got past the sum, and nothing was tried.
    expect(read).toBeGreaterThan(EACH / 20);
  },
  LONG_MS,
);

const isLive = (reading: Reading): boolean =>
  reading.is === "read" && reading.reports.some((report) => "live" in report && report.live);

/** Every leaf of a document, as a path. */
function leaves(node: unknown, path = ""): string[] {
  if (typeof node !== "object" || node === null) return [path];
  return Object.entries(node).flatMap(([key, child]) => leaves(child, `${path}/${key}`));
}

/** The leaf at a path replaced. */
function swapped(node: unknown, path: string, odd: unknown, at = ""): unknown {
  if (at === path) return odd;
  if (Array.isArray(node)) return node.map((child, index) => swapped(child, path, odd, `${at}/${index}`));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, child]) => [key, swapped(child, path, odd, `${at}/${key}`)]),
  );
}

/**
 * The leaves by which the device says that a record is a stored one: those which, changed alone, make it a live one; or,
 * where it says so twice, those of the pairs that do.
 */
function marks(one: Subject, heard: Heard, ctx: ReadContext, whole: unknown): ReadonlySet<string> {
  const lives = (node: unknown): boolean =>
    isLive(one.reader.read(damagedBy(heard, new TextEncoder().encode(JSON.stringify(node))), ctx));
  const tries = leaves(whole).flatMap((path) => [null, 0, 1, true, "1", "true"].map((odd) => ({ path, odd })));
  const alone = tries.filter(({ path, odd }) => lives(swapped(whole, path, odd))).map(({ path }) => path);
  if (alone.length > 0) return new Set(alone);
  const paired = tries.flatMap((first, index) => {
    const half = swapped(whole, first.path, first.odd);
    return tries
      .slice(index + 1)
      .filter((second) => second.path !== first.path && lives(swapped(half, second.path, second.odd)))
      .flatMap((second) => [first.path, second.path]);
  });
  return new Set(paired);
}

const STORED = PROFILES.map(subject).flatMap((one) =>
  one.stock
    .filter(({ heard, stored }) => stored && typeof documentOf(bytesOf(heard)) === "object")
    .map(({ heard, ctx }) => ({ one, heard, ctx })),
);

it(
  `promise 1: whatever else is said of a stored record, it is never a live one (seed ${SEED})`,
  () => {
    expect(STORED.length).toBeGreaterThanOrEqual(4);
    const rounds = Math.ceil(INPUTS / STORED.length / 4);
    for (const { one, heard, ctx } of STORED) {
      const roll = dice(SEED);
      const whole = documentOf(bytesOf(heard));
      const kept = marks(one, heard, ctx, whole);
      const keep = (path: string): boolean => kept.has(path);
      for (let round = 0; round < rounds; round += 1) {
        const odd = protectedRebuild(whole, roll, keep, kept);
        const bytes = new TextEncoder().encode(JSON.stringify(odd));
        if (isLive(one.reader.read(damagedBy(heard, bytes), ctx)))
          expect({ profile: one.profile.meta.id, odd }).toBe("history");
      }
    }
  },
  LONG_MS,
);

/** As {@link rebuilt}, but a group around a mark stays: without the mark the record says nothing of when it was made. */
function protectedRebuild(
  node: unknown,
  roll: Roll,
  keep: (path: string) => boolean,
  kept: ReadonlySet<string>,
  path = "",
): unknown {
  const holds = [...kept].some((mark) => mark === path || mark.startsWith(`${path}/`));
  if (!holds) return rebuilt(node, roll, keep, path === "" ? "/" : path);
  if (keep(path) || typeof node !== "object" || node === null) return node;
  const through = (child: unknown, key: string | number) => protectedRebuild(child, roll, keep, kept, `${path}/${key}`);
  if (Array.isArray(node)) return node.map(through);
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, through(child, key)]));
}

it(`commands with odd arguments are made or refused, never anything else (seed ${SEED})`, () => {
  const roll = dice(SEED);
  const values: readonly (string | number)[] = [
    "",
    "x",
    "欢迎光临",
    "😀",
    "a/+/#",
    "x".repeat(5_000),
    -1,
    0,
    1,
    8,
    255,
    65_536,
    1e9,
    0.5,
    Number.NaN,
  ];
  for (const profile of PROFILES) {
    const encode = encoder(profile);
    const ctx = sampleContext(profile, profile.samples[0]?.params);
    for (const [name, rule] of Object.entries(profile.commands ?? {})) {
      for (let round = 0; round < 40; round += 1) {
        const args: Args = Object.fromEntries(Object.keys(rule.args ?? {}).map((arg) => [arg, pick(values, roll)]));
        try {
          const { out } = encode(name, args, ctx);
          expect(out.topic ?? "").not.toMatch(/[+#]/);
        } catch (cause) {
          expect(cause).toBeInstanceOf(GateError);
        }
      }
    }
  }
});
