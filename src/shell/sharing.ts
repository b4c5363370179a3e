/**
 * Who is where on the whole site, kept by each of its gates. A passage counts here at once; the others are told when its
 * row is durable. What they missed (no line, a lost letter, a power cut) they see by the heads in each other's letters and
 * are sent again, so that all agree after any separation. A letter changes where somebody counts as being and nothing
 * else: no gate moves for it. Nothing here is waited for on the way from report to relay.
 */
import { keyOf, type Ledger, openLedger, spansOf } from "../core/shared.ts";
import { type Anchor, anchored, presentMs, type Stamp } from "../core/shared-stamp.ts";
import type { Heads, Letter, Origin, Shared, Span, Told } from "../core/shared-terms.ts";
import type { AreaId, Millis, Now, WhenApart } from "../core/terms.ts";
import type { Clock, Entry, Journal, Kept, Places, Placing, SharedLine } from "./ports.ts";
import { openPeers } from "./sharing-peers.ts";
import { householdId, placesOf } from "./sharing-places.ts";

export interface SharingDeps {
  readonly gate: string;
  readonly boot: string;
  /** The site's other gates that are waited for. */
  readonly gates: readonly string[];
  readonly whenApart: WhenApart;
  readonly silentAfterMs: Millis;
  readonly clock: Clock;
  readonly line: SharedLine;
  readonly journal: Pick<Journal, "append" | "whenDurable">;
  /** What stands for a holder or household, the same at each gate of the site. */
  readonly pseudonym: (text: string) => string;
  readonly known: SharedKnown;
  /** Something is told otherwise than before. */
  readonly changed: () => void;
  /** Another machine speaks under this gate's name. */
  readonly onTwin: () => void;
}

/** As the journal kept it. */
export interface SharedKnown {
  readonly records: readonly Shared[];
  readonly heads: Heads;
}

export interface PeerView {
  readonly gate: string;
  readonly up: boolean;
  /** Monotonic; absent = not since this start. */
  readonly heard?: Millis;
}

export interface Sharing {
  readonly places: Places;
  /** Takes it into account; what is to be kept in its row. */
  placed(placing: Placing, now: Now): readonly Kept[];
  /** `asOfMs`: whoever came in later stays inside. */
  cleared(area: AreaId, now: Now, asOfMs?: number): readonly Kept[];
  /** The rows of what was taken into account stand up to here. */
  written(seq: number): void;
  /** Nobody knows any more where these are; `subjects` as {@link SharingDeps.pseudonym} makes them. The row to wait for. */
  erase(subjects: readonly string[]): number | undefined;
  /** Set while a gate that is waited for is silent. */
  apart(at: Millis): WhenApart | undefined;
  /** Says how far we are; to be called every few seconds. */
  tell(): void;
  view(): readonly PeerView[];
  /** Own records that some gate which is waited for hasn't told us it knows. */
  backlog(): number;
  readonly ledger: Ledger;
}

/** A letter of so many records stays well below what a line takes. */
const MOST_RECORDS = 150;
/** Letters in answer to one: the loop has other work in between, and whoever is still behind asks on. */
const MOST_SPANS = 4;
/** Of a start's id; enough to tell a gate's own starts apart, and short: all of them stand in each letter. */
const ORIGIN_CHARS = 8;
/** A gap is asked about this often at the most. */
const ASK_MS = 500;
/** Everything is told again this often at the most. */
const ALL_MS = 30_000;

export function openSharing(deps: SharingDeps): Sharing {
  const { gate, boot, clock, line, journal } = deps;
  const ledger = openLedger();
  const peers = openPeers(deps, deps.silentAfterMs);
  ledger.restore(deps.known.records, soundHeads(deps.known));
  // Each start numbers anew: a disk that was put back to an older state can't give a number to two things.
  const origin: Origin = `${gate}/${boot.slice(0, ORIGIN_CHARS)}`;
  let anchor = anchorOf(ledger, gate, clock.at());
  /** Own records up to here are on the disk, and may be told. */
  let durable = 0;
  let unwritten: Shared[] = [];
  let number = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking = false;
  let toldAllAt = Number.NEGATIVE_INFINITY;

  const head = () => ledger.heads.get(origin) ?? 0;

  function record(what: Told, stamp: Stamp): readonly Kept[] {
    const fresh = ledger.record(origin, what, stamp);
    unwritten.push(fresh);
    return keptOf([fresh], origin, ledger);
  }

  function written(seq: number): void {
    if (unwritten.length === 0) return;
    const records = unwritten;
    unwritten = [];
    journal.whenDurable(seq, () => {
      const upTo = records.at(-1)?.seq ?? 0;
      if (upTo <= durable) return;
      const from = durable;
      durable = upTo;
      // Rows that found no place are never told as durable; what they said is, with the row that tells of them.
      if (records.length === upTo - from) send({ origin, from, upTo, records });
      else for (const span of spansOf(ledger, origin, from, upTo, MOST_RECORDS)) send(span);
    });
  }

  function send(span?: Span): boolean {
    const { at, wall } = clock.now();
    number++;
    peers.sent(number, at);
    return line.send({
      gate,
      boot,
      number,
      origin,
      ...(wall.trust === "untrusted" ? {} : { wallMs: Math.max(0, Math.round(wall.epochMs)) }),
      heads: new Map(ledger.heads).set(origin, durable),
      ...(durable < head() ? {} : { sum: ledger.sum() }),
      hears: peers.hears(),
      ...(span === undefined ? {} : { span }),
    });
  }

  /** Whoever is behind is sent what it lacks: ours, and that of gates which aren't there to tell it themselves. */
  function answer(theirs: Heads, at: Millis): void {
    // What isn't durable may be lost again, and then must not have taken the place of what is.
    if (durable < head()) return;
    let left = MOST_SPANS;
    for (const [one, upTo] of ledger.heads) {
      const from = theirs.get(one) ?? 0;
      if (from >= upTo || (one !== origin && peers.isTended(one, at))) continue;
      for (const span of spansOf(ledger, one, from, upTo, MOST_RECORDS)) {
        if (left-- <= 0 || !send(span)) return;
      }
    }
  }

  /**
   * We have heard the same and know something else: disks were put back and took with them what others had left out
   * because of it. Everything is told once more; what is known already is no news.
   */
  function compare({ heads, sum }: Letter, at: Millis): void {
    if (sum === undefined || sum === ledger.sum() || durable < head()) return;
    if (
      at - toldAllAt < ALL_MS ||
      isBehind(heads) ||
      [...ledger.heads].some(([one, upTo]) => upTo > (heads.get(one) ?? 0))
    )
      return;
    toldAllAt = at;
    for (const [one, upTo] of ledger.heads) for (const span of spansOf(ledger, one, 0, upTo, MOST_RECORDS)) send(span);
  }

  /** At once, but not for each letter of many. */
  function ask(): void {
    if (asking) return;
    asking = true;
    clock.wakeAt(Math.max(clock.at(), askedAt + ASK_MS), () => {
      asking = false;
      askedAt = clock.at();
      send();
    });
  }

  function take(span: Span, from: string): void {
    if (span.origin === origin) return;
    const news = ledger.receive(span);
    if (news === undefined) return ask();
    if (news.length === 0) return;
    const seen: Pick<Entry, "kind" | "open"> = {
      kind: "shared",
      open: { gate: from, records: news.length, origin: span.origin, upTo: span.upTo },
    };
    journal.append({ ...seen, now: clock.now(), keeps: keptOf(news, span.origin, ledger) });
    deps.changed();
  }

  line.onLetter((letter) => {
    if (letter.gate === gate) {
      if (letter.boot !== boot) deps.onTwin();
      return;
    }
    const { at } = clock.now();
    const wasUp = peers.isUp(letter.gate, at);
    const peer = peers.hear(letter, at);
    if (letter.span !== undefined) take(letter.span, letter.gate);
    // It may not know yet that we hear it.
    if (!wasUp) ask();
    if (peer === undefined) return;
    if (letter.wallMs !== undefined) anchor = anchored(anchor, letter.wallMs, at);
    if (letter.span === undefined) {
      answer(peer.heads, at);
      compare(letter, at);
    } else if (isBehind(peer.heads)) ask();
    if (!wasUp) deps.changed();
  });
  line.onState((state) => {
    if (state.is === "up") send();
  });

  const isBehind = (theirs: Heads) => [...theirs].some(([one, upTo]) => upTo > (ledger.heads.get(one) ?? 0));

  return {
    places: placesOf(ledger, gate, deps.pseudonym),
    placed({ holder, household, vehicle, area }, now) {
      const here: Told = {
        is: "placed",
        subject: deps.pseudonym(holder),
        vehicle,
        ...(household === undefined ? {} : { household: deps.pseudonym(householdId(household)) }),
        ...(area === undefined ? {} : { area }),
      };
      return record(here, ledger.stampFor(here, presentMs(now, anchor)));
    },
    cleared(area, now, asOfMs) {
      const nobody: Told = { is: "cleared", area };
      const present = () => ledger.stampFor(nobody, presentMs(now, anchor));
      return record(nobody, asOfMs === undefined ? present() : { ms: asOfMs, count: 0 });
    },
    written,
    erase(subjects) {
      const now = clock.now();
      const keeps = subjects.flatMap((subject) => {
        const nowhere: Told = { is: "erased", subject };
        return record(nowhere, ledger.stampFor(nowhere, presentMs(now, anchor)));
      });
      if (keeps.length === 0) return undefined;
      const seq = journal.append({ kind: "shared", now, open: { erased: subjects.length }, keeps });
      written(seq);
      deps.changed();
      return seq;
    },
    apart: (at) => (deps.gates.every((one) => peers.isUp(one, at)) ? undefined : deps.whenApart),
    tell: () => void send(),
    view() {
      const at = clock.at();
      return deps.gates.map((one) => {
        const heard = peers.get(one)?.since;
        return { gate: one, up: peers.isUp(one, at), ...(heard === undefined ? {} : { heard }) };
      });
    },
    backlog: () => Math.max(0, ...deps.gates.map((one) => head() - (peers.get(one)?.heads.get(origin) ?? 0))),
    ledger,
  };
}

/** Starts of which nothing counts any more are forgotten; whoever still has something of them tells it again. */
function soundHeads({ records, heads }: SharedKnown): Heads {
  const live = new Set(records.map((one) => one.origin));
  return new Map([...heads].filter(([origin]) => live.has(origin)));
}

/** A start without a clock goes on from its own last word. */
function anchorOf(ledger: Ledger, gate: string, at: Millis): Anchor | undefined {
  const own = ledger.all().filter((one) => one.origin.startsWith(`${gate}/`));
  return own.reduce<Anchor | undefined>((anchor, { stamp }) => anchored(anchor, stamp.ms, at), undefined);
}

// ── What a row keeps of it ──────────────────────────────────────────────────────────────────────────────────────────
function keptOf(records: readonly Shared[], origin: Origin, ledger: Pick<Ledger, "heads">): readonly Kept[] {
  return [
    ...records.map((one) => ({ key: `record ${keyOf(one.told)}`, text: JSON.stringify(one) })),
    { key: `head ${origin}`, text: String(ledger.heads.get(origin) ?? 0) },
  ];
}
