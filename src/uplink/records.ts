/**
 * A row of the journal as the platform reads it: built field by field from its open columns, each through the list or
 * the form that the contract allows. What doesn't fit is left out; nothing is ever spread.
 */
import { ALARMS, DENIALS } from "../core/terms.ts";
import { KINDS, type Kind, WAYS, type Way } from "../core/traffic-terms.ts";
import type { OpenRow } from "../shell/ports.ts";
import { type AlarmTold, type DecisionTold, ORDERS, type Passage, STALENESSES, type Told } from "./contract.ts";
import { DIRECTIONS, SCHEMA_VERSION, TRUSTS } from "./contract-words.ts";
import { ulid } from "./ulid.ts";

export type StreamName = "alarm" | "event";

/** What the gate is, as the platform knows it. */
export interface Codes {
  readonly site: string;
  readonly gate: string;
  /** Our lane and device names to the platform's; the same where it has none of its own. */
  readonly lane: (id: string) => string;
  readonly device: (id: string) => string;
  readonly isVehicleLane: (id: string) => boolean;
  readonly utcOffsetMin: (epochMs: number) => number;
}

/** The message before it in its stream. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}
export const NO_LINK: Link = { seq: 0, hash: "0".repeat(64) };

/** What a passage is told with: the grant that it used. */
export interface Grant {
  readonly way: Way;
  readonly personKind: Kind;
  readonly device?: string;
  readonly boot: string;
  readonly at: number;
  readonly plate?: string;
}

export interface Surroundings {
  readonly codes: Codes;
  readonly before: Link;
  readonly grant: Grant | undefined;
  /** A plate as the site may tell it; absent where nobody knows it any more. */
  readonly plate: string | undefined;
  /** The row was there before the line was. */
  readonly waited: boolean;
}

/**
 * Which stream a row belongs to; undefined = nothing of it is the platform's business. What isn't named here stays at the
 * gate: a new kind of row must be let out by hand.
 */
export function streamOf(row: Pick<OpenRow, "kind" | "open" | "lane">): StreamName | undefined {
  switch (row.kind) {
    case "alarm":
    case "calm":
      return alarmOf(row) === undefined ? undefined : "alarm";
    case "passage":
    case "decision":
    case "override":
      return "event";
    case "history":
      return row.open.outcome === "denied" ? "event" : undefined;
    default:
      return undefined;
  }
}

/** Of a row `alarm` or `calm`. An acknowledgement names its alarm by id: `lane.kind`, or the kind alone. */
export function alarmOf({ open, lane }: Pick<OpenRow, "open" | "lane">) {
  const seen = typeof open.acknowledged === "string" ? open.acknowledged : undefined;
  const kind = among(ALARMS, seen === undefined ? open.alarm : seen.slice(seen.lastIndexOf(".") + 1));
  if (kind === undefined) return undefined;
  const at = lane ?? (seen?.includes(".") === true ? seen.slice(0, seen.lastIndexOf(".")) : undefined);
  return { kind, acknowledged: seen !== undefined, ...(at === undefined ? {} : { lane: at }) };
}

/** Undefined for a row of no stream. */
export function toldOf(row: OpenRow, around: Surroundings): Told | undefined {
  const stream = streamOf(row);
  if (stream === undefined) return undefined;
  const alarm = stream === "alarm" ? alarmOf(row) : undefined;
  if (alarm !== undefined) return { on: "alarm", message: alarmTold(row, alarm, around) };
  return row.kind === "passage"
    ? { on: "passage", message: passageTold(row, around) }
    : { on: "decision", message: decisionTold(row, around) };
}

function passageTold(row: OpenRow, { codes, grant, before, waited }: Surroundings): Passage {
  const { open, lane = "" } = row;
  const matched = open.credit !== undefined;
  return {
    ...record(row, codes, before, "event"),
    lane: codes.lane(lane),
    ...(grant?.device === undefined ? {} : { device: codes.device(grant.device) }),
    direction: among(DIRECTIONS, open.direction) ?? "unknown",
    way: matched ? (grant?.way ?? "unknown") : "none",
    personKind: grant?.personKind ?? "unknown",
    vehicle: codes.isVehicleLane(lane),
    result: matched ? "passed" : "unmatched",
    ...recordIdOf(open.credit),
    ...(grant === undefined || grant.boot !== row.boot ? {} : { waitedMs: Math.max(0, row.at - grant.at) }),
    ...subjectOf(row),
    ...(grant?.plate === undefined ? {} : { plate: grant.plate }),
    storedOffline: waited,
  };
}

function decisionTold(row: OpenRow, { codes, plate, before, waited }: Surroundings): DecisionTold {
  const { open } = row;
  const direction = among(DIRECTIONS, open.direction);
  const reason = among(DENIALS, open.reason);
  const staleness = among(STALENESSES, open.staleness);
  const order = row.kind === "override" ? among(ORDERS, open.order) : undefined;
  const { deviceTimeMs, confidence } = open;
  return {
    ...record(row, codes, before, "event"),
    ...(row.lane === undefined ? {} : { lane: codes.lane(row.lane) }),
    ...(typeof open.reader === "string" ? { device: codes.device(open.reader) } : {}),
    ...(direction === undefined ? {} : { direction }),
    way: wayOf(row),
    personKind: among(KINDS, open.holderKind) ?? "unknown",
    result: resultOf(row),
    ...(reason === undefined ? {} : { reason }),
    ...(staleness === undefined ? {} : { staleness }),
    ...(order === undefined ? {} : { order }),
    ...recordIdOf(open.id),
    ...(typeof deviceTimeMs === "number" && Number.isSafeInteger(deviceTimeMs) ? { deviceTimeMs } : {}),
    ...(typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? { confidence } : {}),
    ...subjectOf(row),
    ...(plate === undefined ? {} : { plate }),
    storedOffline: waited || row.kind === "history",
  };
}

function alarmTold(
  row: OpenRow,
  alarm: NonNullable<ReturnType<typeof alarmOf>>,
  { codes, before, waited }: Surroundings,
): AlarmTold {
  const { open } = row;
  const card = among(["yellow", "red"], open.card);
  const deadlineMs = whole(open.deadlineMs);
  const raisedSeq = whole(open.raisedSeq);
  const over = row.kind === "calm" ? "resolved" : "raised";
  const life = alarm.acknowledged ? "acknowledged" : over;
  return {
    ...record(row, codes, before, "alarm"),
    ...(alarm.lane === undefined ? {} : { lane: codes.lane(alarm.lane) }),
    alarm: alarm.kind,
    state: card === undefined ? life : "overdue",
    ...(card === undefined ? {} : { card }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(raisedSeq === undefined || raisedSeq === 0 ? {} : { raisedSeq }),
    storedOffline: waited,
  };
}

export function wayOf({ kind, open }: Pick<OpenRow, "kind" | "open">): Way {
  if (kind !== "override") return among(WAYS, open.type) ?? "unknown";
  switch (open.from) {
    case "guard-page":
    case "technician-page":
    case "console":
      return "guard";
    case "platform":
      return "remote";
    case "button":
    case "request-to-exit":
      return "button";
    case "fire-input":
      return "fire";
    default:
      return "unknown";
  }
}

function resultOf({ kind, open }: OpenRow): DecisionTold["result"] {
  if (kind === "override") return "ordered";
  if (kind === "history") return "history";
  return among(["granted", "waiting"], open.outcome) ?? "denied";
}

function record<Name extends StreamName>(row: OpenRow, codes: Codes, before: Link, stream: Name) {
  return {
    schemaVersion: SCHEMA_VERSION,
    id: ulid(row.wallMs, row.hash),
    site: codes.site,
    gate: codes.gate,
    ...moment(row, codes),
    stream,
    seq: row.seq,
    previousSeq: before.seq,
    hash: row.hash,
    previousHash: before.hash,
  } as const;
}

/** When, in all its forms. */
export function moment(
  when: { readonly wallMs: number; readonly trust: string; readonly at: number; readonly boot: string },
  codes: Pick<Codes, "utcOffsetMin">,
) {
  return {
    time: isoTime(when.wallMs, codes.utcOffsetMin(when.wallMs)),
    epochMs: when.wallMs,
    clockTrust: among(TRUSTS, when.trust) ?? "untrusted",
    monotonicMs: when.at,
    boot: when.boot,
  };
}

export function isoTime(epochMs: number, offsetMin: number): string {
  const local = new Date(epochMs + offsetMin * 60_000).toISOString().slice(0, 23);
  const far = Math.abs(offsetMin);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${local}${offsetMin < 0 ? "-" : "+"}${two(Math.floor(far / 60))}:${two(far % 60)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const recordIdOf = (id: unknown) => (typeof id === "string" && UUID.test(id) ? { recordId: id } : {});
const subjectOf = ({ subject }: OpenRow) =>
  subject !== undefined && /^[0-9a-f]{16}$/.test(subject) ? { subject } : {};
const whole = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

export function among<const Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}
