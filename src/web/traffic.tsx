/** The traffic page: today against the usual week, in charts, in tables with the same figures, and as CSV. */
import "./old-browser.ts";
import { signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { hourText, isKnown } from "../core/traffic-table.ts";
import type { HourTold, TrafficAnswer } from "../core/traffic-told.ts";
import { Gatehouse } from "./gatehouse.tsx";
import { say } from "./language.ts";
import { beginLooks } from "./looks.ts";
import { LooksPanel } from "./looks-panel.tsx";
import { sit } from "./seat.ts";
import { can, learnMe, me } from "./session.ts";
import { answer, beginAsking, busy, direction, kind, trouble } from "./traffic-ask.ts";
import { Chart } from "./traffic-chart.tsx";
import { Choice } from "./traffic-choice.tsx";
import {
  chance,
  compared,
  devicesTold,
  means,
  NOTE,
  PARITY_NOTE,
  parityTold,
  soFar,
  UNTRUSTED,
  W,
} from "./traffic-sentences.ts";
import { Figures } from "./traffic-table.tsx";

const looks = signal(false);
/** Whose session this is looked at with has been found out. */
const known = signal(false);

function Page(): JSX.Element {
  if (me.value === undefined || !known.value) return <p class="loading">{say(trouble.value ?? W.loading)}</p>;
  if (!can("watch")) return <Gatehouse />;
  const told = answer.value;
  return (
    <>
      <header class="top">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> {say(W.title)}
          {told === undefined ? null : <small> {told.place}</small>}
          {told?.simulation === true ? <span class="badge">{say(W.simulated)}</span> : null}
        </h1>
        <nav>
          <a href="/">{say(W.booth)}</a>
          <button
            type="button"
            data-act="looks"
            aria-expanded={looks.value}
            onClick={() => {
              looks.value = !looks.peek();
            }}
          >
            {say(W.looks)}
          </button>
        </nav>
        {looks.value ? <LooksPanel /> : null}
      </header>
      <main class="figures" aria-busy={busy.value}>
        <Choice told={told} />
        {trouble.value === undefined ? null : (
          <p class="trouble" role="alert">
            ✕ {say(trouble.value)}
          </p>
        )}
        {told === undefined ? <p class="loading">{say(W.loading)}</p> : <Told told={told} />}
      </main>
    </>
  );
}

function Told({ told }: { readonly told: TrafficAnswer }): JSX.Element {
  const { hours } = told;
  const ticks = (n: number, narrow: boolean): string => tick(hours, n, narrow);
  const of = (figure: (hour: HourTold) => number | null) => hours.map((hour) => (isKnown(hour) ? figure(hour) : null));
  const narrowed = direction.value !== "" || kind.value !== "";
  return (
    <>
      {told.now.trust === "untrusted" ? <p class="trouble">! {say(UNTRUSTED)}</p> : null}
      <section class="card">
        <h2>{say(W.passages)}</h2>
        <p class="sum">{say(soFar(told))}</p>
        <p>{say(compared(told))}</p>
        <Chart
          id="passages"
          title={say(W.passagesChart)}
          unit={say(W.times)}
          ticks={ticks}
          lines={[
            {
              name: say(W.counted),
              draw: "bars",
              colour: "--jade",
              values: of((one) => one.in + one.out + one.unknown),
            },
            {
              name: say(W.usual),
              draw: "dashes",
              colour: "--warn",
              values: hours.map(({ usual }) => usual?.median ?? null),
            },
          ]}
        />
        <Figures table="hours" title={W.byHour} told={told} />
        <p class="note">{say(NOTE)}</p>
      </section>
      <section class="card">
        <h2>{say(W.groups)}</h2>
        <Figures table="groups" title={W.groups} told={told} />
        <Figures table="lanes" title={W.lanes} told={told} />
      </section>
      <section class="card">
        <h2>{say(W.waits)}</h2>
        <p>{say(means(told))}</p>
        {narrowed ? <p class="note">{say(W.notNarrowed)}</p> : null}
        <Chart
          id="waits"
          title={say(W.waitsChart)}
          unit={say(W.seconds)}
          ticks={ticks}
          lines={[
            { name: say(W.waiting), draw: "line", colour: "--jade", values: of(({ waiting }) => mean(waiting)) },
            { name: say(W.opening), draw: "dashes", colour: "--warn", values: of(({ opening }) => mean(opening)) },
          ]}
        />
        <Chart
          id="open"
          title={say(W.openChart)}
          unit={say(W.minutes)}
          ticks={ticks}
          lines={[{ name: say(W.open), draw: "bars", colour: "--hand", values: of(({ openMs }) => openMs / 60_000) }]}
        />
        <Figures table="times" title={W.timesTable} told={told} />
      </section>
      <section class="card" data-part="parity">
        <h2>{say(W.parity)}</h2>
        {parityTold(told).map((sentence) => (
          <p key={sentence.en}>{say(sentence)}</p>
        ))}
        <Figures table="parity" title={W.parity} told={told} />
        <p class="note">{say(PARITY_NOTE)}</p>
      </section>
      <section class="card">
        <h2>{say(W.refusals)}</h2>
        <Chart
          id="refusals"
          title={say(W.refusalsChart)}
          unit={say(W.times)}
          ticks={ticks}
          lines={[{ name: say(W.refused), draw: "bars", colour: "--bad", values: of(({ refused }) => refused) }]}
        />
        <Figures table="refusals" title={W.reasons} told={told} />
      </section>
      <section class="card">
        <h2>{say(W.accuracy)}</h2>
        <p>{say(chance(told))}</p>
        <Figures table="accuracy" title={W.accuracy} told={told} />
      </section>
      <section class="card">
        <h2>{say(W.devices)}</h2>
        <p>{say(devicesTold(told))}</p>
        <Figures table="devices" title={W.devices} told={told} />
      </section>
    </>
  );
}

const mean = ({ count, totalMs }: HourTold["waiting"]): number | null => (count === 0 ? null : totalMs / count / 1000);

/** Every third hour of a day, or each day of several. */
function tick(hours: readonly HourTold[], n: number, narrow: boolean): string {
  const hour = hours[n];
  if (hour === undefined) return "";
  if (hours.length <= 24) return hour.hour % (narrow ? 6 : 3) === 0 ? hourText(hour.hour) : "";
  const everyDays = narrow ? 3 : Math.ceil(hours.length / 24 / 8);
  return hour.hour === 0 && (n / 24) % everyDays === 0 ? hour.date.slice(5) : "";
}

beginLooks();
/** A clerk looks at it with the office's session, a guard with his own; who has neither enters at the office. */
async function learnWhoLooks(): Promise<void> {
  await learnMe();
  if (me.peek() === undefined || can("watch")) return;
  sit("booth");
  await learnMe();
  if (can("watch")) return;
  sit("office");
  await learnMe();
}
void learnWhoLooks().then(() => {
  known.value = true;
  if (me.peek() === undefined) trouble.value = W.noGate;
});
beginAsking();
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
