/**
 * What all devices on the wall have in common, whatever their link: who they are, what is known of them, what a reading
 * of theirs means, and when they count as silent.
 */
import type { ContactLevel, DeviceId, Millis, Report } from "../core/terms.ts";
import type { Encode } from "../decode/encode.ts";
import type { Reader } from "../decode/reader.ts";
import type { Outgoing, ReadContext, Reading } from "../decode/terms.ts";
import { type Attempts, openAttempts } from "./attempts.ts";
import type { HeardRaw } from "./bench-heard.ts";
import type { Conversation } from "./conversation.ts";
import type { Origin } from "./loop.ts";
import type { Clock, LinkState, MqttHeard } from "./ports.ts";

export interface WallDevice {
  readonly id: DeviceId;
  readonly reader: Reader;
  readonly encode: Encode;
  readonly params: ReadContext["params"];
  /** Key of the serial line it hangs on; absent = MQTT or HTTP. */
  readonly line?: string;
  /** At the embedded broker: whose account it speaks with, where a hub speaks for several; absent = its own. */
  readonly account?: DeviceId;
  /** It speaks HTTP: it calls us, we call it, or both. */
  readonly http?: true;
}

export interface DeviceCounts {
  readonly heard: number;
  readonly faults: number;
  readonly skippedBytes: number;
}

export interface DeviceState {
  readonly id: DeviceId;
  readonly link: LinkState;
  readonly heardAt?: Millis;
  /** Silent for longer than it may be, its link gone, or it said so itself. */
  readonly offline: boolean;
  readonly counts: DeviceCounts;
}

export interface WallDeps {
  readonly devices: readonly WallDevice[];
  readonly clock: Clock;
  readonly utcOffsetMin: () => number;
  readonly newId: () => string;
  readonly hear: (origin: Origin, report: Report) => number | undefined;
  readonly inputs: (
    device: DeviceId,
    levels: readonly { readonly channel: number; readonly level: ContactLevel }[],
  ) => void;
  readonly whenDurable: (seq: number, then: () => void) => void;
  readonly onFault: (device: DeviceId | undefined, code: string, where: string, message: string) => void;
  /** A device speaks for another one. */
  readonly onForged: (device: DeviceId, what: string) => void;
  readonly onOffline: (device: DeviceId, offline: boolean, why: string) => void;
  /** Told of all that was heard, after its reports: for people's eyes, and nothing waits for it. */
  readonly onHeard?: (device: DeviceId, heard: HeardRaw, reading: Reading) => void;
}

/** How something is said to a device, whatever its link. */
export type Talk = Pick<Conversation, "ask" | "converse" | "poll" | "close">;

export interface Kept {
  readonly device: WallDevice;
  readonly talk: Talk;
  /** Beside it, where the link lets several requests be open: what moves nothing never keeps an opening waiting. */
  readonly aside?: Talk;
  epoch: number;
  link: LinkState;
  heardAt: Millis | undefined;
  heard: number;
  faults: number;
  skipped: number;
  offline: boolean;
  /** The last credential without an id, so that one that is held to the reader counts once. */
  last: { readonly value: string; readonly at: Millis } | undefined;
  /** Where one attempt alone presents nobody. */
  readonly attempts?: Attempts;
}

export interface Fault {
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

export interface Wall {
  readonly kept: ReadonlyMap<DeviceId, Kept>;
  readonly context: (device: WallDevice) => ReadContext;
  /** Tells on what was heard, and how it was read. */
  heard(one: Kept | undefined, heard: HeardRaw, reading: Reading): void;
  keep(device: WallDevice, talk: Talk, link: LinkState, aside?: Talk): Kept;
  /** What a reading means; returns the row to wait for before anybody is answered. */
  report(one: Kept, reading: Reading & { readonly is: "read" }, origin: Origin): number | undefined;
  /** It has said something. */
  alive(one: Kept): void;
  /** Silent: its inputs are unknown from now on, which the lanes take as occupied. */
  silence(one: Kept, why: string): void;
  faulty(one: Kept | undefined, fault: Fault): void;
  /** After the row is on the disk, and not before; a row that can't be kept for long lets the messages behind it pass. */
  acknowledge(
    one: Kept,
    seq: number | undefined,
    answers: readonly Outgoing[],
    send: (out: Outgoing) => Promise<void>,
    message?: Pick<MqttHeard, "settle" | "refuse">,
  ): void;
  states(): readonly DeviceState[];
  /** The gate is ending: outputs go next, so nothing is heard any more, and what comes is not acknowledged. */
  readonly closed: () => boolean;
  close(): void;
}

const TICK_MS = 1_000;
/** A tick that comes later than this says that we stood still. */
const STALLED_MS = 3_000;
/** Until then after it, what is read may have lain in a buffer all the while. */
const CATCH_UP_MS = 500;
const MISSED_POLLS = 3;
/** A disk that takes longer is not slow but full or broken. */
const UNKEPT_MS = 2_000;
const UNANSWERED = { code: "unanswered", where: "link", message: "the acknowledgement could not be sent" };
/** Every channel a board can have. */
const ALL_UNKNOWN = Array.from({ length: 64 }, (_, i) => ({ channel: i + 1, level: "unknown" as const }));

export function openWall(deps: WallDeps): Wall {
  const { clock } = deps;
  const kept = new Map<DeviceId, Kept>();
  const openedAt = clock.at();
  let tickedAt = clock.now().at;
  let caughtUpAt = tickedAt;
  let callOffTick: (() => void) | undefined;

  const context = (device: WallDevice): ReadContext => ({
    utcOffsetMin: deps.utcOffsetMin(),
    params: device.params,
    newId: deps.newId,
    // Few messages carry our time: it is looked up for those that do.
    get wallMs() {
      return clock.now().wall.epochMs;
    },
  });

  function keep(device: WallDevice, talk: Talk, link: LinkState, aside?: Talk): Kept {
    const one: Kept = {
      device,
      talk,
      ...(aside === undefined ? {} : { aside }),
      epoch: 0,
      link,
      heardAt: undefined,
      heard: 0,
      faults: 0,
      skipped: 0,
      offline: false,
      last: undefined,
      ...attemptsOf(device),
    };
    kept.set(device.id, one);
    for (const poll of device.reader.profile.polls ?? []) {
      talk.poll(
        () => device.encode(poll.command, poll.args ?? {}, context(device)),
        poll.everyMs,
        (times) => {
          if (times === MISSED_POLLS) silence(one, `${times} polls without an answer`);
        },
      );
    }
    return one;
  }

  /** Whether what is read now may be as old as our own standing still (a stopped process, a disk that hung). */
  function stoodStill(): boolean {
    const { at } = clock.now();
    return at - tickedAt > TICK_MS + STALLED_MS || at < caughtUpAt;
  }

  function silence(one: Kept, why: string): void {
    deps.inputs(one.device.id, ALL_UNKNOWN);
    if (one.offline) return;
    one.offline = true;
    deps.onOffline(one.device.id, true, why);
  }

  function alive(one: Kept): void {
    const at = clock.at();
    one.heardAt = at;
    // A broker that isn't ours doesn't say who is connected to it: that a device is, only its messages tell.
    if (one.device.line === undefined && one.link.is !== "up") one.link = { is: "up", since: at };
    if (!one.offline) return;
    one.offline = false;
    deps.onOffline(one.device.id, false, "heard again");
  }

  function report(one: Kept, reading: Reading & { readonly is: "read" }, origin: Origin): number | undefined {
    let seq: number | undefined;
    for (const each of reading.reports) {
      // A level that was kept, or is sent again, was true once: a loop that is occupied by now must not look clear.
      if (each.is === "inputs" && !isOld(origin)) deps.inputs(one.device.id, each.levels);
      if (each.is === "offline") silence(one, "it said so, or its connection broke");
      else if (!origin.retained) alive(one);
      if (each.is === "presented" && repeated(one, each.claim.value, each.eventId)) continue;
      if (each.is === "presented" && !isOld(origin) && one.attempts?.areEnough(each, clock.at()) === false) continue;
      // Levels are believed in their order, the newest last; an event may be as old as our own standing still.
      const from = stoodStill() ? { ...origin, beforeConnection: true } : origin;
      seq = deps.hear(from, each) ?? seq;
    }
    return seq;
  }

  function repeated(one: Kept, value: string, eventId: string | undefined): boolean {
    const quiet = one.device.reader.profile.repeatQuietMs;
    if (quiet === undefined || eventId !== undefined) return false;
    const at = clock.at();
    const again = one.last !== undefined && one.last.value === value && at - one.last.at < quiet;
    // Held on: the quiet time begins anew with each repeat.
    one.last = { value, at };
    return again;
  }

  function faulty(one: Kept | undefined, fault: Fault): void {
    if (one !== undefined) one.faults++;
    deps.onFault(one?.device.id, fault.code, fault.where, fault.message);
  }

  let closed = false;

  function tick(): void {
    const at = clock.at();
    if (at - tickedAt > TICK_MS + STALLED_MS) caughtUpAt = at + CATCH_UP_MS;
    tickedAt = at;
    for (const one of kept.values()) {
      const health = one.device.reader.profile.health;
      if (health === undefined) continue;
      // One that has never spoken is as silent as one that has stopped: it counts from our own start.
      if (at - (one.heardAt ?? openedAt) > health.heartbeatMs * (health.missed + 1)) silence(one, "no heartbeat");
    }
    callOffTick = clock.wakeAt(at + TICK_MS, tick);
  }
  tick();

  return {
    kept,
    context,
    keep,
    report,
    alive,
    silence,
    faulty,
    heard(one, heard, reading) {
      if (one !== undefined) deps.onHeard?.(one.device.id, heard, reading);
    },
    acknowledge(one, seq, answers, send, message) {
      const late = seq === undefined || message === undefined ? undefined : setTimeout(message.refuse, UNKEPT_MS);
      const answer = () => {
        clearTimeout(late);
        message?.settle();
        for (const out of answers) void send(out).catch(() => faulty(one, UNANSWERED));
      };
      if (seq === undefined) answer();
      else deps.whenDurable(seq, answer);
    },
    states: () =>
      [...kept.values()].map((one) => ({
        id: one.device.id,
        link: one.link,
        offline: one.offline,
        counts: { heard: one.heard, faults: one.faults, skippedBytes: one.skipped },
        ...(one.heardAt === undefined ? {} : { heardAt: one.heardAt }),
      })),
    closed: () => closed,
    close() {
      closed = true;
      callOffTick?.();
      for (const one of kept.values()) {
        one.talk.close();
        one.aside?.close();
      }
    },
  };
}

/** By its link's marks it says nothing of this moment. */
export const isOld = (mark: Pick<MqttHeard, "retained" | "redelivered" | "beforeConnection">) =>
  mark.retained || mark.redelivered || mark.beforeConnection;

function attemptsOf({ reader, params }: WallDevice): Pick<Kept, "attempts"> {
  const rule = reader.profile.attempts;
  return rule === undefined ? {} : { attempts: openAttempts(Number(params[rule.param] ?? 1), rule.withinMs) };
}
