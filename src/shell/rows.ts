/** What stands in the journal for each effect. Open fields name no person; sealed ones die with the person's key. */
import type { SiteEffect } from "../core/site.ts";
import type { Claim, Found, Now } from "../core/terms.ts";
import type { Entry } from "./ports.ts";

/** The row of one effect; a merged read or a decision also marks the device's event id as used. */
export function entryOf(effect: SiteEffect, now: Now): Entry {
  switch (effect.do) {
    case "decided":
      return decided(effect, now);
    case "merged":
      return {
        kind: "history",
        now,
        ...laneOf(effect.asked.accessPoint?.lane),
        open: {
          id: effect.asked.id,
          reader: effect.asked.reader,
          outcome: "merged",
          type: effect.asked.report.claim.type,
          ...(effect.asked.report.eventId === undefined ? {} : { eventId: effect.asked.report.eventId }),
        },
        ...who(effect.asked.found),
        sealed: { value: shownClaim(effect.asked.report.claim) },
        ...usesOf(effect.asked),
      };
    case "move":
      return { kind: "move", now, lane: effect.lane, open: { command: effect.command, cause: effect.cause } };
    case "raise":
      return {
        kind: "alarm",
        now,
        lane: effect.lane,
        open: { alarm: effect.alarm, ...(effect.detail === undefined ? {} : { detail: effect.detail }) },
      };
    case "calm":
      return { kind: "calm", now, lane: effect.lane, open: { alarm: effect.alarm } };
    case "passed":
      return {
        kind: "passage",
        now,
        lane: effect.lane,
        open: { direction: effect.direction, ...(effect.credit === undefined ? {} : { credit: effect.credit.id }) },
        ...(effect.credit?.holder === undefined ? {} : { subject: effect.credit.holder }),
      };
    case "lapsed":
      return {
        kind: "lapsed",
        now,
        lane: effect.lane,
        open: { credit: effect.credit.id },
        ...(effect.credit.holder === undefined ? {} : { subject: effect.credit.holder }),
      };
    case "mode":
      return {
        kind: "mode",
        now,
        lane: effect.lane,
        open: {
          mode: effect.mode,
          by: effect.by.who,
          from: effect.by.from,
          ...endOf(effect.untilMs, now),
          ...(effect.beneath === undefined
            ? {}
            : {
                beneath: {
                  mode: effect.beneath.mode,
                  ...(effect.beneath.by === undefined
                    ? {}
                    : { by: effect.beneath.by.who, from: effect.beneath.by.from }),
                  ...endOf(effect.beneath.untilMs, now),
                },
              }),
        },
      };
    case "refuse":
      return { kind: "refusal", now, lane: effect.lane, open: { id: effect.id, why: effect.why } };
    case "place":
      return {
        kind: "history",
        now,
        open: { placed: effect.area ?? "outside", ...(effect.vehicle === undefined ? {} : { vehicle: true }) },
        subject: effect.found.holder.id,
        places: {
          holder: effect.vehicle === undefined ? effect.found.holder.id : vehicleId(effect.vehicle),
          vehicle: effect.vehicle !== undefined,
          ...(effect.found.holder.household === undefined ? {} : { household: effect.found.holder.household }),
          ...(effect.area === undefined ? {} : { area: effect.area }),
        },
      };
  }
}

function decided(effect: SiteEffect & { readonly do: "decided" }, now: Now): Entry {
  const { asked, decision } = effect;
  const stale = decision.is === "denied" && decision.reason === "not-fresh";
  return {
    kind: stale ? "history" : "decision",
    now,
    ...laneOf(asked.accessPoint?.lane),
    open: {
      id: asked.id,
      reader: asked.reader,
      type: asked.report.claim.type,
      outcome: decision.is,
      ...(asked.accessPoint === undefined
        ? {}
        : { accessPoint: asked.accessPoint.id, direction: asked.accessPoint.direction }),
      ...(decision.is === "granted" ? { notes: decision.notes } : { reason: decision.reason }),
      ...(decision.is === "denied" && decision.staleness !== undefined ? { staleness: decision.staleness } : {}),
      ...(decision.is === "denied" && decision.ask ? { ask: true } : {}),
      ...(effect.same === true ? { same: true } : {}),
      ...(asked.report.eventId === undefined ? {} : { eventId: asked.report.eventId }),
      ...(asked.report.deviceTimeMs === undefined ? {} : { deviceTimeMs: asked.report.deviceTimeMs }),
      ...(asked.report.confidence === undefined ? {} : { confidence: asked.report.confidence }),
      ...(asked.found?.holder.kind === undefined ? {} : { holderKind: asked.found.holder.kind }),
    },
    ...who(asked.found),
    sealed: {
      value: shownClaim(asked.report.claim),
      ...(asked.found === undefined ? {} : { name: asked.found.holder.name }),
      ...(asked.found?.holder.household === undefined ? {} : { household: asked.found.holder.household }),
      ...(asked.near === undefined ? {} : { almost: asked.near.credential.value, almostName: asked.near.holder.name }),
    },
    ...usesOf(asked),
    // Limited on the way in, so counted there alone: whoever goes out again has used nothing more.
    ...(decision.is === "granted" &&
    effect.same !== true &&
    asked.accessPoint?.direction === "in" &&
    asked.found?.credential.maxUses !== undefined
      ? { counts: countedOf(asked.found) }
      : {}),
  };
}

/** What a use is counted under: of a pass, or a person whose uses are limited, by whatever they came in. */
export const countedOf = ({ credential }: Found): Pick<Claim, "type" | "value"> =>
  credential.countedAs === undefined
    ? { type: credential.type, value: credential.value }
    : { type: "code", value: `pass:${credential.countedAs}` };

/** A vehicle has a place of its own beside its holder's; no holder's id has a colon. */
export const vehicleId = (vehicle: string) => `vehicle:${vehicle}`;

/** Wall time as well: a locked-open lane must end on time after a restart, when `at` means nothing any more. */
const endOf = (untilMs: number | undefined, now: Now) =>
  untilMs === undefined ? {} : { untilWallMs: Math.round(now.wall.epochMs + untilMs - now.at) };
/** What opens by being said is a secret, and a pass's six digits are PIN and code at once; the row says who it was. */
const shownClaim = ({ type, value }: Claim) => (type === "pin" || type === "code" ? "••••" : value);
const laneOf = (lane: string | undefined) => (lane === undefined ? {} : { lane });
const who = (found: Found | undefined) => (found === undefined ? {} : { subject: found.holder.id });
const usesOf = (asked: { readonly reader: string; readonly report: { readonly eventId?: string } }) =>
  asked.report.eventId === undefined ? {} : { uses: { device: asked.reader, eventId: asked.report.eventId } };
