/** The guard's one screen. */

import { signal } from "@preact/signals";
import { type JSX, render } from "preact";
import type { SiteView } from "../shell/desk.ts";
import { Lane } from "./lane.tsx";
import { language, say, speak } from "./language.ts";
import { begin, enter, locked, silentMs, stale, view, wallClock } from "./link.ts";
import { beginLooks } from "./looks.ts";
import { Side } from "./side.tsx";
import { beginSound, mute } from "./sound.ts";
import { acknowledge, tap } from "./taps.ts";
import { ALARM, lostFor, platformDown, TRUST, W } from "./words.ts";

/** On a telephone one panel is shown at a time: a lane's id, or the journal. */
const panel = signal("");
const JOURNAL = "\u0000journal";
const tokenWrong = signal(false);

function Page(): JSX.Element {
  const site = view.value;
  if (locked.value) return <TokenForm />;
  if (site === undefined) return <p class="loading">{say(silentMs.value > 10_000 ? lostFor(silence()) : W.loading)}</p>;
  const lanes = site.lanes.filter((lane) => lane.abilities.length > 0);
  const chosen = panel.value === "" ? (lanes[0]?.id ?? JOURNAL) : panel.value;
  return (
    <div class={`frame ${stale.value ? "stale" : ""}`}>
      <Head site={site} />
      <Alarms site={site} />
      <nav class="tabs">
        {[...lanes.map((lane) => ({ id: lane.id, word: lane.name })), { id: JOURNAL, word: say(W.journal) }].map(
          ({ id, word }) => (
            <button
              key={id}
              type="button"
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
      <main class={`lanes of-${Math.min(lanes.length, 4)}`}>
        {lanes.map((lane) => (
          <Lane key={lane.id} lane={lane} shown={chosen === lane.id} />
        ))}
        <Side
          site={site}
          shown={chosen === JOURNAL}
          unfold={() => {
            panel.value = chosen === JOURNAL ? "" : JOURNAL;
          }}
        />
      </main>
      {stale.value ? (
        <p class="veil" role="alert">
          {say(lostFor(silence()))}
        </p>
      ) : null}
    </div>
  );
}

function silence(): number {
  return Math.floor(silentMs.value / 1000);
}

function Head({ site }: { readonly site: SiteView }): JSX.Element {
  const { clock, platform } = site;
  return (
    <header class="head">
      <h1>
        <img src="/icon.svg" alt="" width="40" height="40" />
        {site.site.name}
        <small>{site.gate.name}</small>
      </h1>
      {site.simulation ? <p class="badge">{say(W.simulated)}</p> : null}
      <p class="signs">
        {mute.value ? <span class="sign bad">✕ {say(W.soundOff)}</span> : null}
        <span class={stale.value ? "sign bad" : "sign good"}>
          {stale.value ? "✕" : "●"} {say(stale.value ? W.unlinked : W.linked)}
        </span>
        {platform === undefined ? null : (
          <span class={platform.up ? "sign good" : "sign warn"}>
            {platform.up
              ? `● ${say(W.platformUp)}`
              : `○ ${say(platformDown(platform.waiting.toLocaleString("en-US")))}`}
          </span>
        )}
      </p>
      <p class={`clock ${clock.trust}`}>
        <time>{wallClock.value}</time>
        <small>{say(TRUST[clock.trust])}</small>
      </p>
      <button type="button" class="tongue" onClick={() => speak(language.value === "zh" ? "en" : "zh")}>
        {language.value === "zh" ? "EN" : "中文"}
      </button>
    </header>
  );
}

function Alarms({ site }: { readonly site: SiteView }): JSX.Element | null {
  const open = site.alarms.filter((alarm) => alarm.acknowledgedBy === undefined);
  const first = open[open.length - 1];
  if (first === undefined) return null;
  const lane = site.lanes.find((one) => one.id === first.lane);
  return (
    <section class="alarm" role="alert" data-alarm={first.id}>
      <p>
        <b>
          <i aria-hidden="true">!</i> {say(ALARM[first.kind])}
          {first.count > 1 ? ` ×${first.count}` : ""}
        </b>
        <span>
          {lane?.name ?? ""} {first.detail ?? ""}
        </span>
        {open.length > 1 ? <em>+{open.length - 1}</em> : null}
      </p>
      <button type="button" disabled={stale.value} onClick={() => void acknowledge(first.id)}>
        {say(W.acknowledge)}
      </button>
    </section>
  );
}

function TokenForm(): JSX.Element {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem("token");
        if (!(field instanceof HTMLInputElement)) return;
        void enter(field.value).then((ok) => {
          tokenWrong.value = !ok;
        });
      }}
    >
      <label for="token">{say(W.tokenTitle)}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required />
      {tokenWrong.value ? <p role="alert">✕</p> : null}
      <button type="submit" class="primary">
        {say(W.enter)}
      </button>
    </form>
  );
}

/** Keys as booths have them: F1 F2 open the first two lanes, F3 closes the first, F4 stops every lane. */
function pressed(event: KeyboardEvent): void {
  const onButton = event.target instanceof HTMLElement && event.target.classList.contains("order");
  // Space never opens, and a held key doesn't repeat.
  if (onButton && (event.key === " " || (event.key === "Enter" && event.repeat))) event.preventDefault();
  const lanes = (view.peek()?.lanes ?? []).filter((lane) => lane.abilities.length > 0);
  const place = ["F1", "F2", "F3", "F4"].indexOf(event.key);
  if (place < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (event.repeat) return;
  if (place === 3) {
    for (const lane of lanes) if (lane.abilities.includes("stop")) void tap(lane.id, "stop");
    return;
  }
  const order = place === 2 ? "close" : "open";
  const lane = lanes[place === 2 ? 0 : place];
  if (lane?.abilities.includes(order)) void tap(lane.id, order);
}

function released(event: KeyboardEvent): void {
  const onButton = event.target instanceof HTMLElement && event.target.classList.contains("order");
  if (onButton && event.key === " ") event.preventDefault();
}

document.addEventListener("keydown", pressed);
document.addEventListener("keyup", released);
beginLooks();
begin();
beginSound();
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
