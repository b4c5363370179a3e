/** One lane's card: true state, last event, buttons. */
import type { JSX } from "preact";
import type { LaneView } from "../shell/desk.ts";
import { LastEvent } from "./event.tsx";
import { say } from "./language.ts";
import { gateNow, view } from "./link.ts";
import { Buttons } from "./orders.tsx";
import { Scene } from "./scene.tsx";
import { Snapshot } from "./snapshot.tsx";
import { ago, BARRIER, BARRIER_SHAPE, INPUT, W } from "./words.ts";

const QUIET: readonly string[] = ["limit-closed", "limit-open"];
/** A state that has just come about needs no age. */
const AGED_MS = 60_000;

/** @param locked nobody has entered: names and most buttons are left out */
export function Lane(props: {
  readonly lane: LaneView;
  readonly shown: boolean;
  readonly locked: boolean;
}): JSX.Element {
  const { lane, shown, locked } = props;
  const signs = signsOf(lane);
  return (
    <article class={`lane ${shown ? "shown" : ""}`} data-lane={lane.id} aria-label={lane.name}>
      <header>
        <h2 title={lane.name}>{lane.name}</h2>
        <p class={`barrier is-${lane.barrier}`} data-barrier={lane.barrier}>
          <i aria-hidden="true">{BARRIER_SHAPE[lane.barrier]}</i>
          <b>{say(BARRIER[lane.barrier])}</b>
          <Age lane={lane} />
        </p>
      </header>
      <div class={`picture ${signs.length > 0 || lane.mode !== "controlled" || lane.emergency ? "told" : ""}`}>
        <Scene lane={lane} />
        {locked ? null : <Snapshot lane={lane} />}
        <Mode lane={lane} />
        <Signs signs={signs} />
      </div>
      {locked ? null : <LastEvent lane={lane} />}
      <Buttons lane={lane} locked={locked} />
    </article>
  );
}

/** How long the barrier has been in its state. */
function Age({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  const age = gateNow.value - lane.since;
  return age < AGED_MS ? null : <small>{say(ago(age))}</small>;
}

/** The mode in words, with the count-down to its end. */
export function Mode({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  if (lane.emergency) return <p class="mode alert">✚ {say(W.emergencyOn)}</p>;
  if (lane.mode === "locked-down") return <p class="mode bad">✕ {say(W.lockedDown)}</p>;
  if (lane.mode === "controlled") return null;
  return (
    <p class="mode warn">
      ↑ {say(W.lockedOpen)} {lane.until === undefined ? "" : `${say(W.left)} ${countDown(lane.until)}`}
    </p>
  );
}

function countDown(until: number): string {
  const seconds = Math.max(0, Math.ceil((until - gateNow.value) / 1000));
  const short = `${Math.floor(seconds / 60) % 60}:${String(seconds % 60).padStart(2, "0")}`;
  return seconds < 3600 ? short : `${Math.floor(seconds / 3600)}:${short.padStart(5, "0")}`;
}

interface Sign {
  readonly key: string;
  readonly look: "on" | "lost";
  readonly words: string;
}

/** What stands under the arm or has failed: inputs that say something, readers of this lane that say nothing. */
function signsOf(lane: LaneView): readonly Sign[] {
  const inputs = lane.inputs
    .filter((input) => input.level !== "off" && !QUIET.includes(input.role))
    .map(({ role, level }): Sign => {
      const on = level === "on";
      return { key: role, look: on ? "on" : "lost", words: `${on ? "◆" : "?"} ${say(INPUT[role])}` };
    });
  const dark = (view.value?.devices ?? []).some((device) => device.lane === lane.id && device.link.is !== "up");
  return dark ? [...inputs, { key: "reader", look: "lost", words: `✕ ${say(W.readerOff)}` }] : inputs;
}

function Signs({ signs }: { readonly signs: readonly Sign[] }): JSX.Element | null {
  if (signs.length === 0) return null;
  return (
    <ul class="inputs">
      {signs.map(({ key, look, words }) => (
        <li key={key} class={look}>
          {words}
        </li>
      ))}
    </ul>
  );
}
