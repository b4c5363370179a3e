/** Which profiles what is heard on a link may belong to: every profile's own framer and reader over it. Pure. */
import type { Millis } from "../core/terms.ts";
import type { Framer, FrameState } from "./frames.ts";
import { isDevice, isOsdp } from "./load.ts";
import { packets } from "./osdp-packet.ts";
import { readOsdp } from "./osdp-sample.ts";
import type { DeviceProfile, OsdpProfile, Profile } from "./profile.ts";
import { compile, type Reader } from "./reader.ts";
import type { Heard, ReadContext, Reading } from "./terms.ts";
import { compileTopic, completeParams, type TopicMatch } from "./topics.ts";

export interface Match {
  readonly profile: string;
  /** Whole frames or messages that the profile accounts for. */
  readonly sound: number;
  /** Those among them that it knows the meaning of. */
  readonly understood: number;
  /** Bytes that belong to no frame of it; 0 for messages. */
  readonly skipped: number;
  /** Whether a frame proves itself by a checksum: any line of text is a sound line. */
  readonly proven: boolean;
  /** Parameters that the topics told. */
  readonly params: Readonly<Record<string, string>>;
}

/** What stands on one line, at one setting of it. */
export interface LineEar {
  /** `asked` = the command that was sent last. */
  hear(bytes: Uint8Array, at: Millis, asked?: string): void;
  /** Best first; nothing that isn't sound is among them. */
  matches(): readonly Match[];
}

/** What is published on one topic. */
export interface TopicEar {
  hear(payload: Uint8Array): void;
  matches(): readonly Match[];
}

interface Ear {
  readonly profile: string;
  readonly proven: boolean;
  readonly framer: Framer;
  readonly knows: (frame: Uint8Array, asked: string | undefined) => boolean;
  state: FrameState;
  sound: number;
  understood: number;
}

/** China's offset: what time a device says is not looked at here. */
const CONTEXT: ReadContext = { utcOffsetMin: 480, params: {}, newId: String };

export function openLineEar(profiles: readonly Profile[]): LineEar {
  const ears = profiles.flatMap((profile) => {
    if (isOsdp(profile)) return [osdpEar(profile)];
    return isDevice(profile) ? lineEars(profile) : [];
  });
  return {
    hear(bytes, at, asked) {
      for (const ear of ears) {
        const [next, frames] = ear.framer.push(ear.state, bytes, at);
        ear.state = next;
        for (const frame of frames) count(ear, frame, asked);
      }
    },
    matches: () =>
      ears
        .filter((ear) => ear.sound > 0)
        .map(({ profile, sound, understood, proven, state }) => {
          return { profile, sound, understood, proven, skipped: state.skipped, params: {} };
        })
        .toSorted(better),
  };
}

function count(ear: Ear, frame: Uint8Array, asked: string | undefined): void {
  const isRead = ear.knows(frame, asked);
  if (isRead) ear.understood++;
  // Without a checksum only the meaning tells a frame from noise.
  if (ear.proven || isRead) ear.sound++;
}

/** Another device's frame is one of this model all the same. */
function isKnown(reading: Reading): boolean {
  if (reading.is === "read") return true;
  return reading.fault.code === "wrong-device" || reading.fault.code === "another-device";
}

function better(one: Match, other: Match): number {
  if (one.proven !== other.proven) return one.proven ? -1 : 1;
  return other.understood - one.understood || other.sound - one.sound || one.skipped - other.skipped;
}

function osdpEar(profile: OsdpProfile): Ear {
  const knows = (frame: Uint8Array): boolean => readOsdp(profile, [frame]).some(isKnown);
  return {
    profile: profile.meta.id,
    proven: true,
    framer: packets,
    knows,
    state: packets.start,
    sound: 0,
    understood: 0,
  };
}

function lineEars(profile: DeviceProfile): readonly Ear[] {
  const reader = compile(profile);
  const { framer } = reader;
  // A device that never speaks (an LED board) has frames of one byte: every byte would be its own.
  if (framer === undefined || (profile.framing?.cut === "fixed" && profile.framing.length < 2)) return [];
  const { params } = completeParams(profile, sampled(profile));
  const knows = (bytes: Uint8Array, asked: string | undefined): boolean =>
    isKnown(reader.read({ via: "frame", bytes }, { ...CONTEXT, params, ...(asked === undefined ? {} : { asked }) }));
  const state = framer.start;
  return [{ profile: profile.meta.id, proven: isProven(profile), framer, knows, state, sound: 0, understood: 0 }];
}

const isProven = ({ framing }: DeviceProfile): boolean =>
  framing?.cut === "modbus-rtu" || (framing !== undefined && "checksum" in framing && framing.checksum !== undefined);

/** What its samples say of themselves stands in for what isn't known yet. */
function sampled(profile: DeviceProfile): ReadContext["params"] {
  return profile.samples.find((sample) => sample.params !== undefined)?.params ?? {};
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Listener {
  readonly reader: Reader;
  readonly topics: readonly TopicMatch[];
}

/** An ear for each topic; the profiles are compiled once. */
export function openTopicEars(profiles: readonly Profile[]): (topic: string) => TopicEar {
  const listeners = profiles.flatMap((profile): readonly Listener[] => {
    if (!isDevice(profile) || profile.link.via !== "mqtt") return [];
    return [{ reader: compile(profile), topics: profile.link.listen.map(compileTopic) }];
  });
  return (topic) => {
    const found = listeners.flatMap((listener) => onTopic(listener, topic));
    return {
      hear(payload) {
        const heard: Heard = { via: "message", topic, payload };
        for (const one of found) if (isKnown(one.reader.read(heard, one.context))) one.sound++;
      },
      matches: () =>
        found
          .filter((one) => one.sound > 0)
          .map(({ reader, sound, params }) => {
            return { profile: reader.profile.meta.id, sound, understood: sound, skipped: 0, proven: true, params };
          })
          .toSorted(better),
    };
  };
}

function onTopic({ reader, topics }: Listener, topic: string) {
  const captures = topics.map((match) => match(topic)).find((one) => one !== undefined);
  if (captures === undefined) return [];
  const params = Object.fromEntries(captures);
  const context = { ...CONTEXT, params: completeParams(reader.profile, params).params };
  return [{ reader, params, context, sound: 0 }];
}
