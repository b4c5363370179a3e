/**
 * The one place where state changes. A report comes in; it is stamped, looked up, decided, written, and its effects
 * are done, all in one turn: no await from report to relay. What a link delivers in one piece is written in one piece,
 * and then moved. Disk syncs and acknowledgements come after (design.md, 5).
 */
import { vehicleOf } from "../core/area.ts";
import { isVehicle, planFor } from "../core/decide.ts";
import { type DeviceClock, learn, staleness } from "../core/fresh.ts";
import type { Mode } from "../core/lane.ts";
import { confusable, normalise } from "../core/plates.ts";
import * as site from "../core/site.ts";
import type {
  AccessPointPlan,
  AlarmKind,
  AreaId,
  Author,
  Command,
  ContactLevel,
  DeviceId,
  Found,
  HolderId,
  InputRole,
  LaneId,
  Millis,
  Now,
  Order,
  Presented,
  Refusal,
  Report,
  SitePlan,
  Staleness,
  Standing,
  Stranger,
} from "../core/terms.ts";
import { type Alarms, openAlarms } from "./alarms.ts";
import { openContacts } from "./contacts.ts";
import { keptEventId } from "./event-id.ts";
import type { Clock, Entry, Journal, Places, Whitelist } from "./ports.ts";
import { countedOf, entryOf, vehicleId } from "./rows.ts";
import type { Sharing } from "./sharing.ts";
import { isOld } from "./wall.ts";

/** Where a report comes from, as the link knows it. */
export interface Origin {
  readonly device: DeviceId;
  /** Rises with every connection; what was learned of the device's clock is forgotten with it. */
  readonly epoch: number;
  readonly retained: boolean;
  readonly redelivered: boolean;
  readonly beforeConnection: boolean;
}

export interface Step {
  readonly event: string;
  readonly at: Millis;
  readonly effects: readonly site.SiteEffect[];
  readonly seq: number | undefined;
}

/** What the loop tells whoever shows or counts it; called after the effects are done, never before the relay. */
export interface Watcher {
  /** What a device has just told stands, or will stand, in the decision's row under this id; not of what it kept from before. */
  readonly asked?: (device: DeviceId, id: string) => void;
  readonly stepped: (told: Step) => void;
  readonly changed: () => void;
}

export interface LoopDeps {
  readonly plan: SitePlan;
  readonly clock: Clock;
  readonly whitelist: () => Whitelist;
  readonly journal: Journal;
  /** Moves the barrier; answers later through `commanded`. */
  readonly move: (lane: LaneId, command: Command) => void;
  readonly newId: () => string;
  /** Runs it when all that a link has delivered in one piece is heard, before anything else happens. */
  readonly atEndOfTurn: (then: () => void) => void;
  /** What stands for a credential where it must not be read. */
  readonly pseudonym: (text: string) => string;
  readonly watcher: Watcher;
  /** What the site's other gates see; absent = this one is alone. */
  readonly sharing?: Pick<Sharing, "places" | "placed" | "cleared" | "written" | "apart">;
  /** Modes remembered from before this start; `until` on this start's clock. */
  readonly modes?: ReadonlyMap<LaneId, Mode>;
}

/** A refused plate that a person lets in as the one it nearly is. */
export interface LetIn {
  /** The refusal's id in its row. */
  readonly decision: string;
  readonly seen: string;
  readonly found: Found;
}

export interface Loop {
  /** Returns the row to wait for before acknowledging; undefined = nothing was to be kept. */
  hear(origin: Origin, report: Report): number | undefined;
  /** Whether this event of the device's stands in a row already. */
  knows(device: DeviceId, report: Presented | Stranger): boolean;
  sense(lane: LaneId, input: InputRole, level: ContactLevel): void;
  /** Carries out a person's order at once. The row to wait for, and why not if it was refused. */
  order(
    lane: LaneId,
    order: Order,
    by: Author,
    id: string,
    letIn?: LetIn,
  ): { readonly seq: number; readonly refused?: Refusal };
  commanded(lane: LaneId, command: Command, outcome: "done" | "failed" | "uncertain"): void;
  /** A row that is not about a lane: start, device, clock, config, fault. */
  note(entry: Omit<Entry, "now">): number;
  raise(alarm: AlarmKind, lane?: LaneId, detail?: string): void;
  calm(alarm: AlarmKind, lane?: LaneId): void;
  acknowledge(alarm: string, by: string): boolean;
  /** Nobody and nothing counts as inside the area from now on: anti-passback, room and spaces begin anew. The row to wait for. `asOfWallMs`: at other gates, whoever came in after that stays inside. */
  amnesty(area: AreaId, by: Author, why: string, id: string, asOfWallMs?: number): number;
  readonly alarms: Alarms;
  state(): site.Site;
  /** A decision that goes the real way (look-up, rules) and may only end in `credential-not-found`. */
  canary(): boolean;
  close(): void;
}

/** A deadline met later than this was met by a process that stood still. */
const STALLED_MS = 3_000;
/** Enough for every board's next answer, and for a GPIO line to be read again. */
const CATCH_UP_MS = 1_200;

const NO_STANDING: Standing = { householdInside: 0, areaInside: 0, uses: 0 };

export function openLoop(deps: LoopDeps): Loop {
  const { plan, clock, journal, watcher, sharing } = deps;
  const places: Places = sharing?.places ?? journal;
  const rules: site.SiteRules = {
    plan,
    deciding: planFor(plan),
    lanePlans: new Map(plan.lanes.map((lane) => [lane.id, lane])),
  };
  const readers = readersOf(plan);
  const alarms = openAlarms();
  const clocks = new Map<DeviceId, { readonly epoch: number; readonly clock: DeviceClock }>();
  const placedAt = new Map<HolderId, Millis>();
  let state = site.start(rules, clock.now().at, deps.modes);
  let callOff: (() => void) | undefined;
  let caughtUpAt: Millis = 0;
  let closed = false;
  let moves: { readonly lane: LaneId; readonly command: Command }[] = [];
  let steps: Step[] = [];
  let ending = false;

  /** Rows first; at the end of the turn they are written, and then, in their order, come the moves. */
  function commit(now: Now, event: string, next: site.Site, effects: readonly site.SiteEffect[]): number | undefined {
    state = next;
    const entries: Entry[] = [];
    for (const effect of effects) {
      if (effect.do === "raise" && !alarms.raise(effect.alarm, effect.lane, now.wall.epochMs, effect.detail)) continue;
      if (effect.do === "calm" && !alarms.calm(effect.alarm, effect.lane)) continue;
      if (effect.do === "place" && effect.vehicle === undefined) placedAt.set(effect.found.holder.id, now.at);
      entries.push(told(entryOf(effect, now)));
    }
    const seq = entries.length === 0 ? undefined : journal.appendAll(entries);
    if (seq !== undefined) sharing?.written(seq);
    for (const effect of effects) if (effect.do === "move") moves.push(effect);
    if (!ending) {
      ending = true;
      deps.atEndOfTurn(endTurn);
    }
    steps.push({ event, at: now.at, effects, seq });
    return seq;
  }

  /** Where it places somebody, the other gates are told once it is durable. */
  function told(entry: Entry): Entry {
    if (sharing === undefined || entry.places === undefined) return entry;
    return { ...entry, keeps: sharing.placed(entry.places, entry.now) };
  }

  function endTurn(): void {
    ending = false;
    const stepped = steps;
    const due = moves;
    steps = [];
    moves = [];
    if (due.length > 0) journal.write();
    for (const { lane, command } of due) deps.move(lane, command);
    arm();
    for (const step of stepped) watcher.stepped(step);
  }

  function take(now: Now, event: site.SiteEvent, name: string): number | undefined {
    const [next, effects] = site.step(rules, state, event);
    return commit(now, name, next, effects);
  }

  function arm(): void {
    callOff?.();
    callOff = undefined;
    const wanted = site.deadline(state);
    if (wanted === undefined || closed) return;
    const at = Math.max(wanted, caughtUpAt);
    callOff = clock.wakeAt(at, () => {
      callOff = undefined;
      const now = clock.now();
      if (now.at - at <= STALLED_MS) {
        take(now, { is: "due", now }, "due");
        return;
      }
      // We stood still: what the loops say now is still in the buffers, and an arm must not come down on what they said.
      caughtUpAt = now.at + CATCH_UP_MS;
      arm();
    });
  }

  function marks(
    origin: Origin,
    report: Presented | Stranger,
    now: Now,
    point: AccessPointPlan | undefined,
  ): Staleness | undefined {
    const learned = clocks.get(origin.device);
    return staleness(
      {
        retained: origin.retained,
        redelivered: origin.redelivered,
        beforeConnection: origin.beforeConnection,
        live: report.live,
        used: report.eventId !== undefined && journal.used(origin.device, report.eventId),
        ...(report.deviceTimeMs === undefined ? {} : { deviceTimeMs: report.deviceTimeMs }),
      },
      now,
      point?.freshMs ?? 3_000,
      learned?.epoch === origin.epoch ? learned.clock : undefined,
    );
  }

  function standingOf(found: Found | undefined, point: AccessPointPlan | undefined, now: Now): Standing {
    if (found === undefined || point === undefined) return NO_STANDING;
    const { holder, credential } = found;
    const where = places.whereabouts(holder.id);
    const since = where === undefined ? undefined : sinceOf(holder.id, where, now);
    const apart = sharing?.apart(now.at);
    const { to } = point;
    const vehicle = vehicleId(vehicleOf(found));
    const counted = to !== undefined && isVehicle(rules.deciding, point, found);
    const itself = counted && places.whereabouts(vehicle)?.area === to ? 1 : 0;
    return {
      ...(where?.area === undefined ? {} : { area: where.area }),
      ...(since === undefined ? {} : { since }),
      householdInside:
        !counted || holder.household === undefined ? 0 : places.vehiclesOfHouseholdIn(holder.household, to, vehicle),
      areaInside: counted ? places.vehiclesIn(to) - itself : 0,
      uses: credential.maxUses === undefined ? 0 : usesSoFar(found),
      ...(apart === undefined ? {} : { apart }),
    };
  }

  /** Uses that were counted for the credential alone, before people had one count, are still used. */
  function usesSoFar(found: Found): number {
    const { type, value, countedAs } = found.credential;
    const counted = countedOf(found);
    const own = countedAs === undefined ? 0 : journal.usesOf(type, value);
    return own + journal.usesOf(counted.type, counted.value);
  }

  /** By our own time where this start saw it; else by wall times, if both can be believed. */
  function sinceOf(
    holder: HolderId,
    { sinceWallMs, elsewhere }: NonNullable<ReturnType<Places["whereabouts"]>>,
    now: Now,
  ): Millis | undefined {
    const seen = placedAt.get(holder);
    if (seen !== undefined && elsewhere === undefined) return seen;
    if (now.wall.trust === "untrusted" || sinceWallMs > now.wall.epochMs) return undefined;
    return now.at - (now.wall.epochMs - sinceWallMs);
  }

  const eventIdOf = (told: Presented | Stranger): string | undefined =>
    told.is === "stranger" || told.eventId === undefined
      ? told.eventId
      : keptEventId(told.eventId, told.claim.value, deps.pseudonym);

  function ask(origin: Origin, told: Presented): number | undefined {
    const now = clock.now();
    const eventId = eventIdOf(told);
    const report = eventId === undefined ? told : { ...told, eventId };
    const point = pointOf(readers, origin.device, report.direction);
    const staleness_ = marks(origin, report, now, point);
    const claim =
      report.claim.type === "plate" ? { type: "plate" as const, value: normalise(report.claim.value) } : report.claim;
    const found = deps.whitelist().find(claim.type, claim.value);
    const near =
      found === undefined && claim.type === "plate"
        ? deps
            .whitelist()
            .near(claim.value)
            .find((one) => confusable(one.credential.value, claim.value) !== undefined)
        : undefined;
    const id = deps.newId();
    if (!isOld(origin)) watcher.asked?.(origin.device, id);
    const seq = take(
      now,
      {
        is: "asked",
        asked: {
          id,
          now,
          reader: origin.device,
          accessPoint: point,
          report: { ...report, claim },
          ...(staleness_ === undefined ? {} : { staleness: staleness_ }),
          found,
          ...(near === undefined ? {} : { near }),
          standing: standingOf(found, point, now),
        },
      },
      "presented",
    );
    if (staleness_ === "retained") raise("stale-event", point?.lane, `${origin.device}: ${staleness_}`);
    return seq;
  }

  function stranger(origin: Origin, report: Stranger): number {
    const now = clock.now();
    const point = pointOf(readers, origin.device, undefined);
    const stale = marks(origin, report, now, point);
    const id = deps.newId();
    if (!isOld(origin)) watcher.asked?.(origin.device, id);
    const seq = journal.append({
      kind: stale === undefined ? "decision" : "history",
      now,
      ...(point === undefined ? {} : { lane: point.lane }),
      open: {
        id,
        reader: origin.device,
        type: "face",
        outcome: "denied",
        reason: stale === undefined ? "credential-not-found" : "not-fresh",
        ...(stale === undefined ? {} : { staleness: stale }),
        ...(point === undefined ? {} : { accessPoint: point.id, direction: point.direction }),
        ...(report.eventId === undefined ? {} : { eventId: report.eventId }),
      },
      ...(report.eventId === undefined ? {} : { uses: { device: origin.device, eventId: report.eventId } }),
    });
    watcher.stepped({ event: "stranger", at: now.at, effects: [], seq });
    return seq;
  }

  function raise(alarm: AlarmKind, lane?: LaneId, detail?: string): void {
    const now = clock.now();
    if (!alarms.raise(alarm, lane, now.wall.epochMs, detail)) return;
    journal.append({
      kind: "alarm",
      now,
      ...(lane === undefined ? {} : { lane }),
      open: { alarm, ...(detail === undefined ? {} : { detail }) },
    });
    watcher.changed();
  }

  function learnClock(origin: Origin, deviceTimeMs: number | undefined): void {
    // A heartbeat from a queue, or one that was kept, says nothing of now.
    if (deviceTimeMs === undefined || isOld(origin)) return;
    const known = clocks.get(origin.device);
    const clockBefore = known?.epoch === origin.epoch ? known.clock : undefined;
    clocks.set(origin.device, {
      epoch: origin.epoch,
      clock: learn(clockBefore, { at: clock.now().at, deviceTimeMs }),
    });
  }

  function calm(alarm: AlarmKind, lane?: LaneId): void {
    if (!alarms.calm(alarm, lane)) return;
    journal.append({ kind: "calm", now: clock.now(), ...(lane === undefined ? {} : { lane }), open: { alarm } });
    watcher.changed();
  }

  const contacts = openContacts({
    clock,
    tell(lane, input, level) {
      const now = clock.now();
      take(now, { is: "sensed", at: now.at, lane, input, level }, `sensed ${input} ${level}`);
    },
    onJumping: (lane, input) => raise("sensor-jumping", lane, input),
    onStill: (lane) => calm("sensor-jumping", lane),
  });

  arm();
  return {
    hear(origin, report) {
      switch (report.is) {
        case "presented":
          return ask(origin, report);
        case "stranger":
          return stranger(origin, report);
        case "heartbeat":
        case "online":
          learnClock(origin, report.deviceTimeMs);
          return undefined;
        case "offline":
        case "inputs":
        case "reply":
        case "ignored":
          return undefined;
      }
    },
    knows(device, told) {
      const eventId = eventIdOf(told);
      return eventId !== undefined && journal.used(device, eventId);
    },
    sense: contacts.sense,
    order(lane, order, by, id, letIn) {
      const now = clock.now();
      // The person's name stands before the movement it causes, in the same turn.
      const ordered = journal.append({
        kind: "override",
        now,
        lane,
        open: {
          id,
          order: order.is,
          from: by.from,
          by: by.who,
          ...(letIn === undefined ? {} : { about: letIn.decision }),
        },
        ...(letIn === undefined ? {} : forWhom(letIn)),
      });
      const [next, effects] = site.step(rules, state, { is: "ordered", at: now.at, lane, order, by, id });
      const seq = commit(now, `ordered ${order.is}`, next, effects) ?? ordered;
      const refused = effects.find((effect) => effect.do === "refuse");
      return refused?.do === "refuse" ? { seq, refused: refused.why } : { seq };
    },
    commanded(lane, command, outcome) {
      const now = clock.now();
      take(now, { is: "commanded", at: now.at, lane, command, outcome }, `commanded ${command} ${outcome}`);
    },
    note: (entry) => journal.append({ ...entry, now: clock.now() }),
    raise,
    calm,
    acknowledge(id, by) {
      if (!alarms.acknowledge(id, by)) return false;
      journal.append({ kind: "calm", now: clock.now(), open: { acknowledged: id, by } });
      watcher.changed();
      return true;
    },
    amnesty(area, by, why, id, asOfWallMs) {
      const now = clock.now();
      const open = { id, area, by: by.who, from: by.from, why, ...places.inside(area) };
      const keeps = sharing?.cleared(area, now, asOfWallMs);
      const seq = journal.append({
        kind: "amnesty",
        now,
        open,
        clears: area,
        ...(keeps === undefined ? {} : { keeps }),
      });
      sharing?.written(seq);
      watcher.changed();
      return seq;
    },
    alarms,
    state: () => state,
    canary() {
      // No list has it: a cell with a NUL is refused by the import.
      const value = "\0gatepost-canary";
      const found = deps.whitelist().find("card", value);
      const decision = site.canary(rules, clock.now(), value, found);
      return decision.is === "denied" && decision.reason === "credential-not-found";
    },
    close() {
      closed = true;
      callOff?.();
      contacts.close();
    },
  };
}

function forWhom({ seen, found }: LetIn): Pick<Entry, "subject" | "sealed"> {
  const { name, household, id } = found.holder;
  return {
    subject: id,
    sealed: { name, value: found.credential.value, seen, ...(household === undefined ? {} : { household }) },
  };
}

/** Reader → the access points it belongs to. */
function readersOf(plan: SitePlan): ReadonlyMap<DeviceId, readonly AccessPointPlan[]> {
  const found = new Map<DeviceId, AccessPointPlan[]>();
  for (const point of plan.accessPoints)
    for (const reader of point.readers) found.set(reader, [...(found.get(reader) ?? []), point]);
  return found;
}

/** A reader that serves both directions says which one it means; if it doesn't, its first access point is meant. */
function pointOf(
  readers: ReadonlyMap<DeviceId, readonly AccessPointPlan[]>,
  device: DeviceId,
  direction: Presented["direction"],
): AccessPointPlan | undefined {
  const points = readers.get(device);
  if (points === undefined) return undefined;
  return points.find((point) => point.direction === direction) ?? points[0];
}
