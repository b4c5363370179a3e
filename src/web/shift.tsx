/** The shift: what it has seen, handing it over, and the menu with what is rarely wanted. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { LaneView, SiteView } from "../shell/desk.ts";
import { EntryForm } from "./entry.tsx";
import { say } from "./language.ts";
import { rows, siteTime, tapTime } from "./link.ts";
import { LooksPanel } from "./looks-panel.tsx";
import { ask, can, learnMe, leave, me, type Refused } from "./session.ts";
import { tap } from "./taps.ts";
import { uuid } from "./uuid.ts";
import { ORDER, W } from "./words.ts";

/** What lies over the lanes. */
export const sheet = signal<"none" | "menu" | "hand-over">("none");
/** Where there are no accounts: covered, so that a wiped screen orders nothing. */
export const covered = signal(false);
const notes = signal("");

export function close(): void {
  sheet.value = "none";
}

/** F8: nobody is entered any more; without accounts the page is covered until a tap. */
export async function lock(): Promise<void> {
  close();
  covered.value = true;
  if (me.peek()?.user != null && (await leave()) !== undefined) return;
  if (me.peek()?.accounts === true) covered.value = false;
}

export function StopAll({ lanes }: { readonly lanes: readonly LaneView[] }): JSX.Element {
  return (
    <button
      type="button"
      class="order stop"
      data-order="stop"
      onClick={() => {
        for (const lane of lanes) if (lane.abilities.includes("stop")) void tap(lane.id, "stop");
      }}
    >
      {say(ORDER.stop)}
    </button>
  );
}

/** Stands at the foot of each sheet: 停 is never covered. */
function Foot({ site }: { readonly site: SiteView }): JSX.Element {
  return (
    <p class="foot">
      <button type="button" class="back" onClick={close}>
        {say(W.back)}
      </button>
      <StopAll lanes={site.lanes} />
    </p>
  );
}

export function Menu({ site }: { readonly site: SiteView }): JSX.Element {
  return (
    <section class="sheet menu" aria-label={say(W.menu)}>
      <LooksPanel />
      <div class="acts">
        <button
          type="button"
          data-act="hand-over"
          disabled={!can("operate")}
          onClick={() => {
            sheet.value = "hand-over";
          }}
        >
          {say(W.handOver)} F7
        </button>
        <button type="button" data-act="lock" onClick={() => void lock()}>
          {say(W.lock)} F8
        </button>
        <Ways />
        {can("operate") ? <Counts site={site} /> : null}
      </div>
      <p class="keys">{keysOf(site)}</p>
      <Foot site={site} />
    </section>
  );
}

/** To the other pages, for whoever may use them. */
function Ways(): JSX.Element | null {
  const ways = (["clerk", "traffic", "tech"] as const).filter((page) => can(NEEDS[page]));
  if (ways.length === 0) return null;
  return (
    <nav class="ways">
      {ways.map((page) => (
        <a key={page} class="button" data-act={page} href={`/${page}`}>
          {say(W[page])}
        </a>
      ))}
    </nav>
  );
}
const NEEDS = { clerk: "people", traffic: "watch", tech: "wire" } as const;

function keysOf(site: SiteView): string {
  const [first, second] = site.lanes.filter((lane) => lane.abilities.length > 0);
  return [
    first === undefined ? "" : `F1 ${first.name} ${say(ORDER.open)}`,
    second === undefined ? "" : `F2 ${second.name} ${say(ORDER.open)}`,
    `F3 ${say(ORDER.close)}`,
    `F4 ${say(ORDER.stop)}`,
  ]
    .filter((one) => one !== "")
    .join(" · ");
}

export function Counts({ site }: { readonly site: SiteView }): JSX.Element {
  const { shift } = site;
  const counts = [
    [W.automatic, shift.automatic],
    [W.manual, shift.manual],
    [W.deniedCount, shift.denied],
    [W.alarms, shift.alarms],
    [W.unreasoned, shift.unreasoned],
  ] as const;
  return (
    <dl class="counts">
      {counts.map(([word, count]) => (
        <div key={word.zh} class={word === W.unreasoned && count > 0 ? "lacking" : ""}>
          <dt>{say(word)}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  );
}

export function HandOver({ site }: { readonly site: SiteView }): JSX.Element {
  const { shift } = site;
  const last = rows.value.filter((row) => row.kind === "shift").pop();
  const named = me.value?.accounts === true;
  return (
    <section class="sheet hand-over" aria-label={say(W.handOver)}>
      <div class="seen">
        <h2>
          {say(W.handOver)}
          <small>
            {me.value?.user?.who ?? shift.guard ?? ""}{" "}
            {shift.sinceWallMs === undefined ? "" : `${siteTime(shift.sinceWallMs).slice(0, 5)} –`}
          </small>
        </h2>
        <Counts site={site} />
        <label for="notes">{say(W.notes)}</label>
        <textarea
          id="notes"
          maxLength={200}
          value={notes.value}
          onInput={(event) => {
            notes.value = event.currentTarget.value;
          }}
        />
        {last === undefined ? null : <p class="last">{say(last.sentence)}</p>}
      </div>
      <EntryForm id="next" handOver={{ word: W.handOverNow, needsPin: named }} submit={handOver} />
      <Foot site={site} />
    </section>
  );
}

async function handOver(name: string, pin: string): Promise<Refused> {
  const body = { id: uuid(), ...tapTime(), notes: notes.peek(), name, ...(pin === "" ? {} : { pin }) };
  const refused = await ask("/shifts", "POST", body);
  if (refused !== undefined) return refused;
  notes.value = "";
  close();
  await learnMe();
  return undefined;
}
