/** The guard's one screen. */
import "./old-browser.ts";
import { computed, effect, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import type { LaneView, SiteView } from "../shell/desk.ts";
import { Alarms } from "./alarms.tsx";
import { EntryForm } from "./entry.tsx";
import { Gatehouse } from "./gatehouse.tsx";
import { Head } from "./head.tsx";
import { beginKeys } from "./keys.ts";
import { Lane } from "./lane.tsx";
import { say } from "./language.ts";
import { begin, silentMs, stale, view } from "./link.ts";
import { beginLooks } from "./looks.ts";
import { can, enter, me, outside } from "./session.ts";
import { covered, HandOver, Menu, sheet } from "./shift.tsx";
import { Side } from "./side.tsx";
import { beginSound } from "./sound.ts";
import { asking } from "./why.tsx";
import { lostFor, W } from "./words.ts";

/** On a telephone one panel is shown at a time: a lane's id, or what stands beside the lanes. */
const panel = signal("");
const BESIDE = "\u0000beside";
const locked = computed(() => covered.value || (me.value !== undefined && !can("operate")));

function Page(): JSX.Element {
  const site = view.value;
  if (outside.value) return <Gatehouse />;
  if (site === undefined) return <p class="loading">{say(silentMs.value > 10_000 ? lostFor(silence()) : W.loading)}</p>;
  const lanes = site.lanes.filter((lane) => lane.abilities.length > 0);
  const chosen = panel.value === "" ? (locked.value ? BESIDE : (lanes[0]?.id ?? BESIDE)) : panel.value;
  return (
    <div class={`frame ${stale.value ? "stale" : ""} ${locked.value ? "locked" : ""}`}>
      <Head site={site} />
      <Alarms site={site} />
      <Tabs lanes={lanes} chosen={chosen} />
      <main class={`lanes of-${Math.min(lanes.length, 4)}`}>
        {lanes.map((lane) => (
          <Lane key={lane.id} lane={lane} shown={chosen === lane.id} locked={locked.value} />
        ))}
        {locked.value ? (
          <LockScreen shown={chosen === BESIDE} />
        ) : (
          <Side
            site={site}
            shown={chosen === BESIDE}
            unfold={() => {
              panel.value = chosen === BESIDE ? "" : BESIDE;
            }}
          />
        )}
        <Sheet site={site} />
      </main>
      {stale.value ? (
        <p class="veil" role="alert">
          {say(lostFor(silence()))}
        </p>
      ) : null}
    </div>
  );
}

function Tabs({ lanes, chosen }: { readonly lanes: readonly LaneView[]; readonly chosen: string }): JSX.Element {
  const asks = asking.value.length > 0 && !locked.value;
  const beside = locked.value ? W.unlock : asks ? W.whyTab : W.journal;
  return (
    <nav class="tabs" aria-label={say(W.lanes)}>
      {[...lanes.map((lane) => ({ id: lane.id, word: lane.name })), { id: BESIDE, word: say(beside) }].map(
        ({ id, word }) => (
          <button
            key={id}
            type="button"
            class={id === BESIDE && asks ? "asks" : ""}
            aria-pressed={chosen === id}
            onClick={() => {
              panel.value = id;
            }}
          >
            {word}
          </button>
        ),
      )}
    </nav>
  );
}

/** Shows the lanes, still stops and opens in an emergency; everything else waits for a PIN, where there are any. */
function LockScreen({ shown }: { readonly shown: boolean }): JSX.Element {
  return (
    <aside class={`lock ${shown ? "shown" : ""}`}>
      {me.value?.accounts === true ? (
        <EntryForm id="enter" title={W.lockedScreen} submit={enter} />
      ) : (
        <>
          <h2>{say(W.lockedScreen)}</h2>
          <button
            type="button"
            class="primary"
            onClick={() => {
              covered.value = false;
            }}
          >
            {say(W.unlock)}
          </button>
        </>
      )}
    </aside>
  );
}

function Sheet({ site }: { readonly site: SiteView }): JSX.Element | null {
  if (sheet.value === "menu") return <Menu site={site} />;
  if (sheet.value === "hand-over" && !locked.value) return <HandOver site={site} />;
  return null;
}

function silence(): number {
  return Math.floor(silentMs.value / 1000);
}

beginLooks();
begin();
beginSound();
beginKeys();
effect(() => {
  // Whoever has just entered uncovers the page, and sees the first lane.
  if (me.value?.user != null) covered.value = false;
});
effect(() => {
  if (!locked.value) panel.value = "";
});
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
