/** Rows of the journal as traffic counts them; each field through the list or form that it must have. */
import { type ClockTrust, DENIALS } from "../core/terms.ts";
import { type Fact, KINDS } from "../core/traffic-terms.ts";
import type { OpenRow } from "../shell/ports.ts";
import { DIRECTIONS, TRUSTS } from "./contract-words.ts";
import { among, wayOf } from "./records.ts";

export function factOf(row: OpenRow): Fact | undefined {
  const { seq, boot, at, wallMs, open, lane, kind } = row;
  const when = { seq, boot, at, wallMs, trust: trustOf(row) } as const;
  const granted = kind === "override" || (kind === "decision" && open.outcome === "granted");
  if (granted && typeof open.id === "string")
    return { ...when, is: "granted", id: open.id, way: wayOf(row), kind: among(KINDS, open.holderKind) ?? "unknown" };
  const { of, byMs } = redatingOf(open);
  if (kind === "clock" && of !== undefined && byMs !== undefined) return { ...when, is: "redated", of, byMs };
  if (lane === undefined) return undefined;
  const reason = among(DENIALS, open.reason);
  if (kind === "decision" && open.outcome === "denied" && reason !== undefined)
    return { ...when, is: "refused", lane, reason };
  if (kind === "passage") {
    const direction = among(DIRECTIONS, open.direction) ?? "unknown";
    return {
      ...when,
      is: "passed",
      lane,
      direction,
      ...(typeof open.credit === "string" ? { credit: open.credit } : {}),
    };
  }
  const openMs = kind === "outcome" && open.command === "close" ? amount(open.openMs) : undefined;
  const risingMs = amount(open.risingMs);
  if (openMs === undefined) return undefined;
  return { ...when, is: "opened", lane, openMs, ...(risingMs === undefined ? {} : { risingMs }) };
}

/** How far the clock was believed; a word that we don't know is no trust. */
export const trustOf = (row: OpenRow): ClockTrust => among(TRUSTS, row.trust) ?? "untrusted";

/** A `clock` row that dates the rows of a start anew: that start, and how wrong its wall times were. */
function redatingOf(open: OpenRow["open"]): { readonly of?: string; readonly byMs?: number } {
  const { boot, offsetMs } = open;
  if (typeof boot !== "string" || typeof offsetMs !== "number" || !Number.isSafeInteger(offsetMs)) return {};
  return { of: boot, byMs: offsetMs };
}

const amount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
