/** One lane's card: true state, last event, buttons. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { LaneView, OrderName, RowView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { gateNow, rows, stale, timeOfDay, view } from "./link.ts";
import { Scene } from "./scene.tsx";
import { notes, tap } from "./taps.ts";
import { BARRIER, BARRIER_SHAPE, INPUT, minutes, ORDER, VERDICT, W } from "./words.ts";

const QUIET: readonly string[] = ["limit-closed", "limit-open"];
const TOLD: readonly string[] = ["decision", "override", "alarm", "refusal"];
const LONGER = [10, 30, 60];

/** What is unfolded under a lane's card: nothing, the times and rare orders, or the second step of one of them. */
type Unfolded = { readonly is: "more" } | { readonly is: "sure"; readonly order: OrderName };
const unfolded = signal<Readonly<Record<string, Unfolded>>>({});

function unfold(lane: string, what: Unfolded | undefined): void {
  const { [lane]: _before, ...others } = unfolded.peek();
  unfolded.value = what === undefined ? others : { ...others, [lane]: what };
}

export function Lane({ lane, shown }: { readonly lane: LaneView; readonly shown: boolean }): JSX.Element {
  return (
    <article class={`lane ${shown ? "shown" : ""}`} data-lane={lane.id} aria-label={lane.name}>
      <header>
        <h2>{lane.name}</h2>
        <Mode lane={lane} />
      </header>
      <div class="picture">
        <Scene lane={lane} />
        <p class={`barrier is-${lane.barrier}`} data-barrier={lane.barrier}>
          <i aria-hidden="true">{BARRIER_SHAPE[lane.barrier]}</i>
          <b>{say(BARRIER[lane.barrier])}</b>
        </p>
        <Inputs lane={lane} />
      </div>
      <LastEvent lane={lane} />
      <Buttons lane={lane} />
    </article>
  );
}

/** The mode in words, with the count-down to its end. */
export function Mode({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  if (lane.emergency) return <p class="mode alert">✚ {say(W.emergencyOn)}</p>;
  if (lane.mode === "locked-down") return <p class="mode bad">✕ {say(W.lockedDown)}</p>;
  if (lane.mode === "controlled") return <p class="mode">✓ {say(W.controlled)}</p>;
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

function Inputs({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  const told = lane.inputs.filter((input) => input.level !== "off" && !QUIET.includes(input.role));
  if (told.length === 0) return null;
  return (
    <ul class="inputs">
      {told.map((input) => (
        <li key={input.role} class={input.level === "on" ? "on" : "lost"}>
          {input.level === "on" ? "◆" : "?"} {say(INPUT[input.role])}
        </li>
      ))}
    </ul>
  );
}

/** One word for what a row tells, and its tone. */
export function verdictOf(row: RowView): { readonly word: string; readonly tone: string; readonly mark: string } {
  if (row.verdict === "granted") return { word: say(VERDICT.granted), tone: "good", mark: "✓" };
  if (row.verdict === "denied") return { word: say(VERDICT.denied), tone: "bad", mark: "✕" };
  if (row.verdict !== undefined) return { word: say(VERDICT[row.verdict]), tone: "warn", mark: "?" };
  if (row.kind === "override") return { word: say(VERDICT.override), tone: "hand", mark: "☞" };
  if (row.kind === "alarm") return { word: say(VERDICT.alarm), tone: "bad", mark: "!" };
  if (row.kind === "refusal") return { word: say(VERDICT.refusal), tone: "warn", mark: "✕" };
  return { word: "", tone: "plain", mark: "·" };
}

function LastEvent({ lane }: { readonly lane: LaneView }): JSX.Element {
  const note = notes.value[lane.id];
  let row: RowView | undefined;
  for (const one of rows.value) if (one.lane === lane.id && TOLD.includes(one.kind)) row = one;
  if (note !== undefined) {
    return (
      <section class={`event ${note.is === "bad" ? "bad" : note.is === "good" ? "good" : "plain"}`} aria-live="polite">
        <p class="sentence">{say(note.text)}</p>
      </section>
    );
  }
  if (row === undefined) return <section class="event plain">{say(W.quiet)}</section>;
  const { word, tone, mark } = verdictOf(row);
  return (
    <section class={`event ${tone}`} aria-live="polite" data-seq={row.seq}>
      <p class="verdict">
        <b>
          {mark} {word}
        </b>
        <span>{row.who ?? ""}</span>
      </p>
      <p class="sentence">
        <time>{timeOfDay(row.datedMs ?? row.wallMs, view.value?.clock.utcOffsetMin ?? 0).slice(0, 5)}</time>
        {say(row.sentence)}
      </p>
    </section>
  );
}

function Buttons({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  const can = (order: OrderName) => lane.abilities.includes(order);
  const open = unfolded.value[lane.id];
  if (lane.abilities.length === 0) return null;
  if (open?.is === "sure") return <Sure lane={lane} order={open.order} />;
  if (open?.is === "more") return <More lane={lane} />;
  const held = lane.mode !== "controlled" || lane.emergency;
  const undo: OrderName = lane.emergency ? "emergency-end" : "release";
  return (
    <div class="buttons">
      {can("open") ? <Tap lane={lane} order="open" look="primary" /> : null}
      {can("stop") ? <Tap lane={lane} order="stop" look="stop" /> : null}
      {can("close") ? <Tap lane={lane} order="close" look="plain" /> : null}
      {held && can(undo) ? <Tap lane={lane} order={undo} look="plain" /> : null}
      {!held && can("lock-open") ? (
        <button type="button" disabled={stale.value} onClick={() => unfold(lane.id, { is: "more" })}>
          {say(ORDER["lock-open"])}
        </button>
      ) : null}
    </div>
  );
}

function More({ lane }: { readonly lane: LaneView }): JSX.Element {
  const rare: readonly OrderName[] = ["lock-down", "emergency"];
  return (
    <div class="buttons more">
      {LONGER.map((count) => (
        <Tap key={count} lane={lane} order="lock-open" forMinutes={count} look="short" />
      ))}
      <button type="button" class="back short" onClick={() => unfold(lane.id, undefined)}>
        {say(W.back)}
      </button>
      {rare
        .filter((order) => lane.abilities.includes(order))
        .map((order) => (
          <button
            key={order}
            type="button"
            class="danger"
            disabled={stale.value}
            onClick={() => unfold(lane.id, { is: "sure", order })}
          >
            {say(ORDER[order])}
          </button>
        ))}
      {lane.abilities.includes("stop") ? <Tap lane={lane} order="stop" look="stop" /> : null}
    </div>
  );
}

function Sure({ lane, order }: { readonly lane: LaneView; readonly order: OrderName }): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" class="back" onClick={() => unfold(lane.id, undefined)}>
        {say(W.back)}
      </button>
      {lane.abilities.includes("stop") ? <Tap lane={lane} order="stop" look="stop" /> : null}
      <Tap lane={lane} order={order} look="danger wide" lead={say(W.sure)} />
    </div>
  );
}

function Tap(props: {
  readonly lane: LaneView;
  readonly order: OrderName;
  readonly look: string;
  readonly forMinutes?: number;
  readonly lead?: string;
}): JSX.Element {
  const { lane, order, forMinutes, lead } = props;
  return (
    <button
      type="button"
      class={`order ${props.look}`}
      data-order={order}
      disabled={order !== "stop" && stale.value}
      onClick={() => {
        if (order !== "stop") unfold(lane.id, undefined);
        void tap(lane.id, order, forMinutes);
      }}
    >
      {lead === undefined ? "" : `${lead} `}
      {forMinutes === undefined ? say(ORDER[order]) : say(minutes(forMinutes))}
    </button>
  );
}
