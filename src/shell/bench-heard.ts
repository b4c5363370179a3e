/**
 * The last things each device has said, in memory alone. Keeping one costs a reference on the way from report to relay;
 * reading and veiling waits until a technician looks.
 */
import type { DeviceId, Millis, Report } from "../core/terms.ts";
import { explainBytes } from "../decode/explain.ts";
import type { Heard, Reading } from "../decode/terms.ts";
import type { HeardView } from "./bench.ts";
import { type Veil, veiled, veiledBytes, veiledText, veilOf } from "./bench-veil.ts";
import type { WallDevice } from "./wall.ts";

/** What a device said; `bytes` = a piece of a line in which there was no frame. */
export type HeardRaw = Heard | { readonly via: "bytes"; readonly bytes: Uint8Array };

export interface HeardRings {
  keep(device: DeviceId, heard: HeardRaw, reading: Reading): void;
  count(device: DeviceId): number;
  views(device: DeviceId): readonly HeardView[] | undefined;
}

/** Newest of each device. */
export const KEPT = 10;
/** Of a larger one (a picture) only what was read of it is kept: ten for each of many terminals would fill a Pi. */
const LARGEST = 16 * 1024;

interface Kept {
  readonly at: Millis;
  readonly size: number;
  readonly heard: HeardRaw;
  readonly reading: Reading;
}

/** @param at monotonic ms */
export function openHeardRings(devices: readonly WallDevice[], at: () => Millis): HeardRings {
  const rings = new Map<DeviceId, Kept[]>(devices.map(({ id }) => [id, []]));
  const veils = new Map<DeviceId, Veil>();
  return {
    keep(device, heard, reading) {
      const ring = rings.get(device);
      if (ring === undefined) return;
      const size = bytesOf(heard).length;
      ring.push({ at: at(), size, heard: size > LARGEST ? without(heard) : heard, reading });
      if (ring.length > KEPT) ring.shift();
    },
    count: (device) => rings.get(device)?.length ?? 0,
    views(id) {
      const device = devices.find((one) => one.id === id);
      const ring = rings.get(id);
      if (device === undefined || ring === undefined) return undefined;
      const veil = veils.get(id) ?? veilOf(device.reader.profile, device.params);
      veils.set(id, veil);
      return ring.map((one) => viewOf(one, device, veil));
    },
  };
}

const bytesOf = (heard: HeardRaw): Uint8Array => ("payload" in heard ? heard.payload : heard.bytes);
const NOTHING = new Uint8Array(0);
const without = (heard: HeardRaw): HeardRaw =>
  "payload" in heard ? { ...heard, payload: NOTHING } : { ...heard, bytes: NOTHING };

function viewOf({ at, size, heard, reading }: Kept, device: WallDevice, veil: Veil): HeardView {
  const { framing } = device.reader.profile;
  const bytes = bytesOf(heard);
  const isLine = heard.via === "frame" || heard.via === "bytes";
  const dropped = size !== bytes.length;
  const namesNobody = reading.is === "read" && reading.reports.every(namesNone);
  const broken = isLine && reading.is === "fault" && framing !== undefined && !dropped;
  return {
    at,
    via: heard.via,
    where: whereOf(heard, veil),
    bytes: size,
    raw: dropped ? veiled(size) : isLine ? veiledBytes(bytes, framing, namesNobody) : veiledText(bytes, veil),
    ...(reading.is === "read"
      ? { kind: reading.kind, fields: reading.reports.flatMap((report) => fieldsOf(report, veil)) }
      : { fields: [], fault: { code: reading.fault.code, where: reading.fault.where, message: told(reading) } }),
    notes: broken ? explainBytes(framing, bytes) : [],
  };
}

/** A fault's message may repeat what stood there. */
const told = ({ fault }: Reading & { readonly is: "fault" }): string =>
  fault.message.replaceAll(/"[^"]*"|\d{3,}/g, (text) => veiled(text.length));

const namesNone = (report: Report): boolean => report.is !== "presented" && report.is !== "stranger";

/** A topic or path may carry a device's id, which is known, or a person's, which isn't. */
function whereOf(heard: HeardRaw, veil: Veil): string {
  if (heard.via === "message") return pathOf(heard.topic, veil);
  if (heard.via === "request") return `${heard.method} /${pathOf(heard.path, veil)}${heard.query === "" ? "" : "?…"}`;
  return "";
}
const WORD = /^[A-Za-z][A-Za-z_-]*\d{0,2}$/;
const pathOf = (path: string, veil: Veil): string =>
  path
    .split("/")
    .map((part) => (WORD.test(part) ? part : veil(part)))
    .join("/");

function fieldsOf(report: Report, veil: Veil): readonly (readonly [string, string])[] {
  if (report.is === "inputs")
    return report.levels.map(({ channel, level }) => [`DI${channel}`, level] as const).slice(0, 16);
  const fields: (readonly [string, string])[] = [["report", report.is]];
  for (const [name, value] of Object.entries(report)) {
    if (name === "is" || value === undefined) continue;
    if (name === "claim" && report.is === "presented") {
      fields.push(["type", report.claim.type], ["value", veiled(report.claim.value.length)]);
    } else if (name === "deviceTimeMs" && typeof value === "number") {
      fields.push([name, new Date(value).toISOString()]);
    } else if (typeof value !== "object") {
      fields.push([name, veil(value)]);
    }
  }
  return fields;
}
