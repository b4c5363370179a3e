/** What passages are told with: the newest grants, found again by their id as the rows go by. */
import { KINDS } from "../core/traffic-terms.ts";
import type { OpenRow, OpenRows } from "../shell/ports.ts";
import { among, type Grant, wayOf } from "./records.ts";

/** A passage comes within a minute of its grant; a busy gate writes no more than this in one. */
const KEPT = 1_000;
const ROWS_BACK = 1_000;

export interface Grants {
  /** Once, before the first row after `seq` is told: what was granted shortly before it. */
  warm(seq: number, rows: Pick<OpenRows, "events">): void;
  note(row: OpenRow): void;
  /** Of a passage. */
  of(row: OpenRow): Grant | undefined;
  plateOf(row: OpenRow): string | undefined;
}

export function openGrants(plateOf: (row: OpenRow) => string | undefined): Grants {
  const grants = new Map<string, Grant>();
  let warm = false;
  let last: { readonly seq: number; readonly plate: string | undefined } = { seq: 0, plate: undefined };

  /** Opening what is sealed costs more than all the rest of a message: once for each. */
  function plate(row: OpenRow): string | undefined {
    if (!isPlate(row)) return undefined;
    if (last.seq !== row.seq) last = { seq: row.seq, plate: plateOf(row) };
    return last.plate;
  }

  function note(row: OpenRow): void {
    const { open } = row;
    const granted = row.kind === "override" || (row.kind === "decision" && open.outcome === "granted");
    if (!granted || typeof open.id !== "string") return;
    const told = plate(row);
    grants.set(open.id, {
      way: wayOf(row),
      personKind: among(KINDS, open.holderKind) ?? "unknown",
      boot: row.boot,
      at: row.at,
      ...(typeof open.reader === "string" ? { device: open.reader } : {}),
      ...(told === undefined ? {} : { plate: told }),
    });
    if (grants.size <= KEPT) return;
    for (const oldest of grants.keys()) {
      grants.delete(oldest);
      return;
    }
  }

  return {
    warm(seq, rows) {
      if (warm) return;
      warm = true;
      for (const row of rows.events(Math.max(0, seq - ROWS_BACK), seq, ROWS_BACK)) note(row);
    },
    note,
    of: ({ kind, open }) =>
      kind === "passage" && typeof open.credit === "string" ? grants.get(open.credit) : undefined,
    plateOf: plate,
  };
}

const isPlate = ({ kind, open }: OpenRow) => (kind === "decision" || kind === "history") && open.type === "plate";
