/**
 * The life of an alarm: raised, acknowledged, resolved; and the card it gets when its deadline has passed (黄牌、红牌).
 * Nothing here knows whom it is told to.
 */
import type { AlarmKind, LaneId, Millis } from "./terms.ts";

const MINUTE = 60_000;

/** How long an alarm may stand before somebody has seen it, and once more until it is over. */
export const DEADLINES_MS: Readonly<Record<AlarmKind, Millis>> = {
  tailgate: 60 * MINUTE,
  "forced-open": 10 * MINUTE,
  "held-open": 15 * MINUTE,
  "held-open-soon": 60 * MINUTE,
  "did-not-open": 15 * MINUTE,
  "did-not-close": 10 * MINUTE,
  duress: 5 * MINUTE,
  blocklisted: 10 * MINUTE,
  "sensor-stuck": 60 * MINUTE,
  "sensor-jumping": 60 * MINUTE,
  "command-failed": 30 * MINUTE,
  "reader-dark": 24 * 60 * MINUTE,
  "device-offline": 24 * 60 * MINUTE,
  "device-tampered": 30 * MINUTE,
  "reader-insecure": 60 * MINUTE,
  "face-not-removed": 24 * 60 * MINUTE,
  "stale-event": 24 * 60 * MINUTE,
  "forged-event": 60 * MINUTE,
  "forged-command": 60 * MINUTE,
  "clock-untrusted": 24 * 60 * MINUTE,
  "journal-failing": 60 * MINUTE,
  "disk-low": 24 * 60 * MINUTE,
  "chain-broken": 24 * 60 * MINUTE,
  "platform-behind": 24 * 60 * MINUTE,
  "entrance-silent": 24 * 60 * MINUTE,
  "config-broken": 24 * 60 * MINUTE,
};

/** Over in the moment they happen: nothing ends them but that somebody has seen them. */
const MOMENTARY: readonly AlarmKind[] = [
  "tailgate",
  "forced-open",
  "duress",
  "blocklisted",
  "stale-event",
  "forged-event",
  "forged-command",
  "chain-broken",
];

export type Card = "yellow" | "red";

export interface Stands {
  readonly alarm: AlarmKind;
  readonly lane?: LaneId;
  /** Row that raised it. */
  readonly raisedSeq: number;
  /** Begin of what its deadline counts: raised, or acknowledged. */
  readonly since: Millis;
  readonly card?: Card;
  /** From before this start: it may be over without anybody having told. */
  readonly old: boolean;
}

/** By {@link alarmKey}. */
export type Standing = ReadonlyMap<string, Stands>;

export type LifeEvent = {
  readonly at: Millis;
} & (
  | { readonly is: "raised"; readonly alarm: AlarmKind; readonly lane?: LaneId; readonly seq: number }
  | { readonly is: "acknowledged" | "resolved"; readonly alarm: AlarmKind; readonly lane?: LaneId }
  | { readonly is: "carded"; readonly alarm: AlarmKind; readonly lane?: LaneId; readonly card: Card }
  | { readonly is: "started" }
);

export const alarmKey = (alarm: AlarmKind, lane: LaneId | undefined): string =>
  lane === undefined ? alarm : `${lane}.${alarm}`;

/** What stands after this. */
export function live(standing: Standing, event: LifeEvent): Standing {
  if (event.is === "started") return new Map([...standing].map(([key, one]) => [key, { ...one, old: true }]));
  const key = alarmKey(event.alarm, event.lane);
  const next = new Map(standing);
  const known = standing.get(key);
  if (event.is === "raised") {
    const { alarm, lane, seq, at } = event;
    const begun = { alarm, raisedSeq: seq, since: at, old: false, ...(lane === undefined ? {} : { lane }) };
    next.set(key, known === undefined ? begun : { ...known, old: false });
    return next;
  }
  if (known === undefined) return standing;
  if (event.is === "carded") return next.set(key, { ...known, card: event.card });
  if (event.is === "resolved" || MOMENTARY.includes(event.alarm)) next.delete(key);
  else {
    const { card: _, ...seen } = known;
    next.set(key, { ...seen, since: event.at });
  }
  return next;
}

export interface Overdue {
  readonly stands: Stands;
  readonly card: Card;
  readonly deadlineMs: Millis;
}

/** Which alarms get a card now: yellow after the deadline, red after twice as long. */
export function overdue(standing: Standing, at: Millis): readonly Overdue[] {
  return [...standing.values()].flatMap((stands): readonly Overdue[] => {
    const deadlineMs = DEADLINES_MS[stands.alarm];
    const stood = at - stands.since;
    if (stood >= 2 * deadlineMs) return stands.card === "red" ? [] : [{ stands, card: "red", deadlineMs }];
    return stood >= deadlineMs && stands.card === undefined ? [{ stands, card: "yellow", deadlineMs }] : [];
  });
}
