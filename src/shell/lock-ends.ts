/**
 * When a lane that the platform locked down is released again: kept on the disk before it is locked, so that it ends
 * across a restart too. A release moves nothing. Whoever has changed the mode meanwhile is left alone.
 */
import { GateError } from "../core/fault.ts";
import { emergency, modeBefore } from "../core/lane.ts";
import type { LaneId, Millis } from "../core/terms.ts";
import type { Loop } from "./loop.ts";
import type { Clock, CommandStore, LockEnd } from "./ports.ts";

export interface LockEnds {
  /** False: it can't be kept, and the lane must not be locked down. */
  keep(lane: LaneId, command: { readonly id: string; readonly who: string }, forMs: Millis): boolean;
  /** Releases what is due; keeps what is left, for a start that will not know the time. */
  turn(): void;
}

const KEPT_EVERY_MS = 60_000;

interface Pending {
  readonly end: LockEnd;
  /** On this start's clock. */
  readonly at: Millis;
  keptAt: Millis;
}

export function openLockEnds(deps: {
  readonly store: Pick<CommandStore, "ends" | "keepEnd" | "dropEnd">;
  readonly loop: Pick<Loop, "order" | "state">;
  readonly clock: Pick<Clock, "now">;
}): LockEnds {
  const { store, loop, clock } = deps;
  const pending = new Map<LaneId, Pending>();
  let kept: readonly LockEnd[] = [];
  // Unread, the lane stays locked down until the guard releases it; the gate starts all the same.
  written(() => {
    kept = store.ends();
  });
  for (const end of kept) {
    const now = clock.now();
    const believed = now.wall.trust !== "untrusted" && end.trust !== "untrusted";
    const left = believed ? Math.min(end.endsWallMs - now.wall.epochMs, end.leftMs) : end.leftMs;
    pending.set(end.lane, { end, at: now.at + Math.max(0, left), keptAt: now.at });
  }

  function written(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      return false;
    }
  }

  function endOf(lane: LaneId, id: string, who: string, leftMs: Millis): LockEnd {
    const { wall } = clock.now();
    return { lane, command: id, who, leftMs, endsWallMs: wall.epochMs + leftMs, trust: wall.trust };
  }

  function drop(lane: LaneId): void {
    pending.delete(lane);
    written(() => store.dropEnd(lane));
  }

  function look(lane: LaneId, one: Pending): void {
    const state = loop.state().lanes.get(lane);
    const mode = state === undefined ? undefined : modeBefore(state);
    // A guard's own lock-down, or anybody's release, has taken its place.
    if (mode?.is !== "locked-down" || mode.by.from !== "platform") return drop(lane);
    const { at } = clock.now();
    const { command, who } = one.end;
    if (at < one.at) {
      if (at - one.keptAt < KEPT_EVERY_MS) return;
      one.keptAt = at;
      written(() => store.keepEnd(endOf(lane, command, who, one.at - at)));
      return;
    }
    // An emergency takes no release; the end comes after it.
    if (state !== undefined && emergency(state) !== undefined) return;
    drop(lane);
    loop.order(lane, { is: "release" }, { who, from: "platform" }, command);
  }

  return {
    keep(lane, { id, who }, forMs) {
      const end = endOf(lane, id, who, forMs);
      const { at } = clock.now();
      if (!written(() => store.keepEnd(end))) return false;
      pending.set(lane, { end, at: at + forMs, keptAt: at });
      return true;
    },
    turn() {
      for (const [lane, one] of [...pending]) look(lane, one);
    },
  };
}
