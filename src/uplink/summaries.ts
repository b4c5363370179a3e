/** Traffic, status and health as the platform reads them: built field by field, like the records. */
import { DENIALS, type LaneId } from "../core/terms.ts";
import type { Counts, Inside } from "../core/traffic-terms.ts";
import { KINDS, WAYS } from "../core/traffic-terms.ts";
import type { ResultTold } from "./command-result.ts";
import type { HealthTold, Status, Traffic } from "./contract.ts";
import { DIRECTIONS, SCHEMA_VERSION, type TRUSTS } from "./contract-words.ts";
import { among, type Codes, moment } from "./records.ts";
import { ulid } from "./ulid.ts";

/** One lane and quarter of an hour, as counted so far. */
export interface Quarter {
  readonly lane: LaneId;
  readonly quarterMs: number;
  readonly counts: Counts;
  /** The newest row counted, and its hash. */
  readonly revision: number;
  readonly hash: string;
  readonly trust: (typeof TRUSTS)[number];
  readonly inside: Inside;
}

export function trafficTold(quarter: Quarter, codes: Codes): Traffic {
  const { counts, revision } = quarter;
  const lane = codes.lane(quarter.lane);
  return {
    schemaVersion: SCHEMA_VERSION,
    // The lane's place in the number: several lanes may be revised by one row.
    id: ulid(quarter.quarterMs, mixed(quarter.hash, `${lane} ${quarter.quarterMs}`)),
    site: codes.site,
    gate: codes.gate,
    seq: revision,
    hash: quarter.hash,
    lane,
    quarter: `${new Date(quarter.quarterMs).toISOString().slice(0, 16)}Z`,
    revision,
    clockTrust: quarter.trust,
    passages: passagesOf(counts),
    refusals: Object.entries(counts.refusals).flatMap(([key, count]) => {
      const reason = among(DENIALS, key);
      return reason === undefined || count < 0 ? [] : [{ reason, count }];
    }),
    waiting: spent(counts.waiting),
    opening: spent(counts.opening),
    openSeconds: Math.min(900, Math.max(0, Math.round(counts.openMs) / 1000)),
    inside: { people: quarter.inside.people, vehicles: quarter.inside.vehicles },
  };
}

const spent = ({ count, totalMs }: Counts["waiting"]) => ({
  count: Math.max(0, count),
  totalMs: Math.max(0, Math.round(totalMs)),
});

function passagesOf(counts: Counts): Traffic["passages"] {
  return Object.entries(counts.passages).flatMap(([key, count]) => {
    const [first, second, third] = key.split(" ");
    const direction = among(DIRECTIONS, first);
    const personKind = among(KINDS, second);
    const way = among(WAYS, third);
    if (direction === undefined || personKind === undefined || way === undefined || count < 0) return [];
    return [{ direction, personKind, way, count }];
  });
}

/** Twenty hex digits of both. */
function mixed(hash: string, text: string): string {
  let sum = 0xcbf29ce484222325n;
  for (const character of hash + text)
    sum = BigInt.asUintN(64, (sum ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return hash.slice(0, 4) + sum.toString(16).padStart(16, "0");
}

/** This moment at the gate. */
export interface Moment {
  readonly wallMs: number;
  readonly trust: string;
  readonly at: number;
  readonly boot: string;
  /** The newest durable row, and its hash. */
  readonly seq: number;
  readonly hash: string;
  /** Twenty hex digits of chance. */
  readonly chance: string;
}

const head = (now: Moment, codes: Codes) => ({
  schemaVersion: SCHEMA_VERSION,
  id: ulid(now.wallMs, now.chance),
  site: codes.site,
  gate: codes.gate,
  ...moment(now, codes),
  seq: now.seq,
  hash: now.hash,
});

export function statusTold(
  now: Moment,
  codes: Codes,
  about: {
    readonly online: boolean;
    readonly epoch: string;
    readonly version: string;
    readonly listGeneration?: number;
    readonly configSha256: string;
  },
): Status {
  return {
    ...head(now, codes),
    schemaVersion: SCHEMA_VERSION,
    online: about.online,
    epoch: about.epoch,
    ...(about.listGeneration === undefined ? {} : { listGeneration: about.listGeneration }),
    configSha256: about.configSha256,
    version: /^\d+\.\d+\.\d+/.exec(about.version)?.[0].slice(0, 16) ?? "0.0.0",
  };
}

export type Wellbeing = Pick<
  HealthTold,
  "lanes" | "devices" | "alarms" | "journal" | "waiting" | "credentials" | "faces" | "inside" | "memoryMb"
>;

export function healthTold(now: Moment, codes: Codes, well: Wellbeing): HealthTold {
  return {
    ...head(now, codes),
    schemaVersion: SCHEMA_VERSION,
    lanes: well.lanes.map(({ lane, barrier, mode, emergency }) => ({
      lane: codes.lane(lane),
      barrier,
      mode,
      emergency,
    })),
    devices: well.devices.map(({ device, up, silentSeconds }) => ({
      device: codes.device(device),
      up,
      ...(silentSeconds === undefined ? {} : { silentSeconds }),
    })),
    alarms: well.alarms.slice(0, 256).map(({ alarm, lane, acknowledged }) => ({
      alarm,
      ...(lane === undefined ? {} : { lane: codes.lane(lane) }),
      acknowledged,
    })),
    journal: well.journal,
    waiting: well.waiting,
    credentials: well.credentials,
    ...(well.faces === undefined ? {} : { faces: { people: well.faces.people, filing: well.faces.filing } }),
    inside: { people: well.inside.people, vehicles: well.inside.vehicles },
    memoryMb: well.memoryMb,
  };
}

/** What there is to tell of a command. */
export type About = Pick<
  ResultTold,
  "state" | "code" | "command" | "kind" | "key" | "counter" | "at" | "generation" | "stillSuspended" | "recordSeq"
>;

export function resultTold(now: Moment, codes: Codes, epoch: string, about: About): ResultTold {
  const { seq: _, hash: __, ...rest } = head(now, codes);
  return { ...rest, schemaVersion: SCHEMA_VERSION, epoch, ...about };
}
