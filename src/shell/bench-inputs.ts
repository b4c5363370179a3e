/** Counts what each contact does, beside the lanes that believe it: edges and bounces, for whoever wires it. */
import type { ContactLevel, InputRole, LaneId, Millis } from "../core/terms.ts";
import { BOUNCE_MS, type InputIo } from "./bench.ts";

export type InputCount = Pick<InputIo, "level" | "since" | "edges" | "bounces">;

export interface InputCounts {
  hear(lane: LaneId, role: InputRole, level: ContactLevel): void;
  of(lane: LaneId, role: InputRole): InputCount;
}

/** @param at monotonic ms */
export function openInputCounts(at: () => Millis): InputCounts {
  const counts = new Map<string, InputCount & { readonly edgeAt?: Millis }>();
  return {
    hear(lane, role, level) {
      const key = `${lane} ${role}`;
      const before = counts.get(key) ?? SILENT;
      if (before.since !== undefined && before.level === level) return;
      const now = at();
      // What was unknown has not been seen to change.
      const isEdge = before.level !== "unknown" && level !== "unknown";
      const soon = isEdge && before.edgeAt !== undefined && now - before.edgeAt < BOUNCE_MS;
      counts.set(key, {
        level,
        since: now,
        edges: before.edges + (isEdge ? 1 : 0),
        bounces: before.bounces + (soon ? 1 : 0),
        ...(isEdge ? { edgeAt: now } : before.edgeAt === undefined ? {} : { edgeAt: before.edgeAt }),
      });
    },
    of(lane, role) {
      const { edgeAt: _edgeAt, ...count } = counts.get(`${lane} ${role}`) ?? SILENT;
      return count;
    },
  };
}

const SILENT: InputCount & { readonly edgeAt?: Millis } = { level: "unknown", edges: 0, bounces: 0 };
