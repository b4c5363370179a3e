/** Beside the lanes: the day's counts, iron gates, devices, and the journal as it is written. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { AreaView, DeviceView, LaneView, RowView, SiteView } from "../shell/desk.ts";
import { verdictOf } from "./event.tsx";
import { say } from "./language.ts";
import { gateNow, rows, siteTime, stale } from "./link.ts";
import { amnesty, notes } from "./taps.ts";
import { asking, Why } from "./why.tsx";
import { BARRIER, BARRIER_SHAPE, W } from "./words.ts";

/** The area whose clearing waits for its second step. */
const clearing = signal("");
type Sieve = "all" | "refused" | "hand" | "alarms";
const sieve = signal<Sieve>("all");
const SIEVES: readonly Sieve[] = ["all", "refused", "hand", "alarms"];
/** What people at the gate have told. */
const BY_HAND: readonly string[] = ["reason", "shift", "amnesty"];
const UNTOLD: readonly string[] = ["move", "outcome", "shared"];

export function Side(props: {
  readonly site: SiteView;
  readonly shown: boolean;
  /** Where there is no room beside the lanes, the journal is unfolded over them, and folded again. */
  readonly unfold: () => void;
}): JSX.Element {
  const { site, shown, unfold } = props;
  const { today } = site;
  const [opening] = asking.value;
  return (
    <aside class={`side ${shown ? "shown" : ""} ${opening === undefined ? "" : "asking"}`}>
      {opening === undefined ? null : <Why key={opening.id} site={site} opening={opening} />}
      <p class="today">
        <span>{say(W.today)}</span>
        <Count word={say(W.in)} count={today.in} />
        <Count word={say(W.out)} count={today.out} />
        <Count word={say(W.denied)} count={today.denied} />
        <Count word={say(W.byHand)} count={today.byHand} />
      </p>
      {site.lanes
        .filter((lane) => lane.abilities.length === 0)
        .map((lane) => (
          <IronGate key={lane.id} lane={lane} />
        ))}
      {site.areas.map((area) => (
        <Area key={area.id} area={area} />
      ))}
      <Devices devices={site.devices} />
      {site.journal.is === "failing" ? (
        <p class="line bad">
          ! {say(W.journalBad)} {site.journal.waiting}
        </p>
      ) : null}
      <button type="button" class="unfold" aria-expanded={shown} onClick={unfold}>
        {say(shown ? W.back : W.journal)}
      </button>
      <JournalList site={site} />
    </aside>
  );
}

function Count({ word, count }: { readonly word: string; readonly count: number }): JSX.Element {
  return (
    <span class="count">
      {word}
      <b>{count}</b>
    </span>
  );
}

function IronGate({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <p class="line" data-lane={lane.id}>
      <span class="grow">{lane.name}</span>
      <span class={`barrier is-${lane.barrier}`} data-barrier={lane.barrier}>
        <i aria-hidden="true">{BARRIER_SHAPE[lane.barrier]}</i>
        <b>{say(BARRIER[lane.barrier])}</b>
      </span>
    </p>
  );
}

/** Who counts as inside, and the button that begins anew, behind a second step. */
function Area({ area }: { readonly area: AreaView }): JSX.Element {
  const note = notes.value[area.id];
  const asks = clearing.value === area.id;
  const ask = (id: string) => {
    clearing.value = id;
  };
  return (
    <div class="area" data-area={area.id}>
      <p class="line">
        <span class="grow">{area.name}</span>
        <Count word={say(W.vehicles)} count={area.vehicles} />
        <Count word={say(W.people)} count={area.people} />
        {asks ? null : (
          <button type="button" class="clear" disabled={stale.value} onClick={() => ask(area.id)}>
            {say(W.clear)}
          </button>
        )}
      </p>
      {note === undefined ? null : (
        <p class="line" aria-live="polite">
          {say(note.text)}
        </p>
      )}
      {asks ? (
        <div class="sure">
          <p>{say(W.clearMeans)}</p>
          <button type="button" class="clear" onClick={() => ask("")}>
            {say(W.back)}
          </button>
          <button
            type="button"
            class="clear danger"
            disabled={stale.value}
            onClick={() => {
              ask("");
              void amnesty(area.id);
            }}
          >
            {say(W.clearSure)}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function Devices({ devices }: { readonly devices: readonly DeviceView[] }): JSX.Element {
  const bad = devices.filter((device) => device.link.is !== "up");
  return (
    <div class="devices">
      <p class="line">
        <span class="grow">{say(W.devices)}</span>
        <span class={bad.length === 0 ? "well" : "off"}>
          {bad.length === 0 ? `✓ ${say(W.allGood)}` : `✕ ${say(W.off)} ${bad.length} / ${devices.length}`}
        </span>
      </p>
      {bad.map((device) => (
        <p class="line bad" key={device.id} title={device.link.why ?? ""}>
          <span class="grow">✕ {device.name}</span>
          <span>{ago(device.heard)}</span>
        </p>
      ))}
    </div>
  );
}

function ago(heard: number | undefined): string {
  if (heard === undefined) return say(W.never);
  const seconds = Math.max(0, Math.floor((gateNow.value - heard) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function passes(row: RowView, by: Sieve): boolean {
  // A verdict is told once: not again for where somebody was placed, or for one more read of the same plate.
  if (by === "all") return !UNTOLD.includes(row.kind) && (row.kind !== "history" || row.verdict !== undefined);
  if (by === "refused") return row.verdict === "denied" || row.verdict === "ask";
  if (by === "hand")
    return row.kind === "override" || row.kind === "mode" || row.kind === "refusal" || BY_HAND.includes(row.kind);
  return row.kind === "alarm" || row.kind === "fault";
}

function JournalList({ site }: { readonly site: SiteView }): JSX.Element {
  const told = rows.value.filter((row) => passes(row, sieve.value)).reverse();
  const names = new Map(site.lanes.map((lane) => [lane.id, lane.name]));
  return (
    <section class="journal">
      <nav class="sieve" aria-label={say(W.journal)}>
        {SIEVES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={sieve.value === one}
            onClick={() => {
              sieve.value = one;
            }}
          >
            {say(W[one])}
          </button>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by the arrow keys */}
      <ol tabIndex={0} aria-label={say(W.journal)}>
        {told.map((row) => (
          <JournalRow key={row.seq} row={row} lane={names.get(row.lane ?? "")} />
        ))}
      </ol>
    </section>
  );
}

function JournalRow({ row, lane }: { readonly row: RowView; readonly lane: string | undefined }): JSX.Element {
  const { word, tone, mark } = verdictOf(row);
  return (
    <li class={tone} data-seq={row.seq}>
      <p>
        <time>{siteTime(row.datedMs ?? row.wallMs).slice(0, 5)}</time>
        <b class="word">
          {mark} {word}
        </b>
        <span class="who">{row.who ?? lane ?? ""}</span>
      </p>
      <p class="sentence">{say(row.sentence)}</p>
    </li>
  );
}
