/** A lane's buttons. 停 is never disabled and never asks; what is rare stands behind two steps. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { LaneView, OrderName } from "../shell/desk.ts";
import { say } from "./language.ts";
import { siteTime, stale, wallNow } from "./link.ts";
import { tap } from "./taps.ts";
import { minutes, ORDER, W } from "./words.ts";

const LONGER = [10, 30, 60];
const STEP_MIN = 30;
const MOST_MIN = 1440;
const RARE: readonly OrderName[] = ["lock-down", "emergency"];

/** What is unfolded in place of a lane's buttons. */
type Unfolded =
  | { readonly is: "hold" }
  /** Kept open until a time of day; `steps` half hours after the next one. */
  | { readonly is: "until"; readonly steps: number }
  | { readonly is: "rare" }
  | { readonly is: "sure"; readonly order: OrderName };
const unfolded = signal<Readonly<Record<string, Unfolded>>>({});

function unfold(lane: string, what: Unfolded | undefined): void {
  const { [lane]: _before, ...others } = unfolded.peek();
  unfolded.value = what === undefined ? others : { ...others, [lane]: what };
}

/** @param locked nobody has entered: only what waits for no password */
export function Buttons({ lane, locked }: { readonly lane: LaneView; readonly locked: boolean }): JSX.Element {
  const open = unfolded.value[lane.id];
  switch (open?.is) {
    case "sure":
      return <Sure lane={lane} order={open.order} />;
    case "hold":
      return locked ? <Rescue lane={lane} /> : <Hold lane={lane} />;
    case "until":
      return locked ? <Rescue lane={lane} /> : <Until lane={lane} steps={open.steps} />;
    case "rare":
      return locked ? <Rescue lane={lane} /> : <Rare lane={lane} />;
    case undefined:
      return locked ? <Rescue lane={lane} /> : <Usual lane={lane} />;
  }
}

function Usual({ lane }: { readonly lane: LaneView }): JSX.Element {
  const can = (order: OrderName) => lane.abilities.includes(order);
  const held = lane.mode !== "controlled" || lane.emergency;
  const undo: OrderName = lane.emergency ? "emergency-end" : "release";
  const rare = RARE.some(can);
  const alone = !can("stop") && !can("close") && !held && !can("lock-open");
  return (
    <div class={`buttons usual ${rare ? "and-more" : ""} ${alone ? "alone" : ""}`}>
      {can("open") ? <Tap lane={lane} order="open" look="primary" /> : null}
      {can("stop") ? <Tap lane={lane} order="stop" look="stop" /> : null}
      {rare ? (
        <button
          type="button"
          class="more"
          aria-label={`${lane.name} ${say(W.more)}`}
          disabled={stale.value}
          onClick={() => unfold(lane.id, { is: "rare" })}
        >
          <span>{say(W.more)}</span>
        </button>
      ) : null}
      {can("close") ? <Tap lane={lane} order="close" look="plain" /> : null}
      {held && can(undo) ? <Tap lane={lane} order={undo} look="plain" /> : null}
      {!held && can("lock-open") ? (
        <button type="button" class="hold" disabled={stale.value} onClick={() => unfold(lane.id, { is: "hold" })}>
          {say(ORDER["lock-open"])}
        </button>
      ) : null}
    </div>
  );
}

function Hold({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <div class="buttons grid-3">
      {LONGER.map((count) => (
        <Tap key={count} lane={lane} order="lock-open" forMinutes={count} look="short" />
      ))}
      <button type="button" disabled={stale.value} onClick={() => unfold(lane.id, { is: "until", steps: 0 })}>
        {say(W.until)}
      </button>
      <Back lane={lane} />
      <Stop lane={lane} />
    </div>
  );
}

function Until({ lane, steps }: { readonly lane: LaneView; readonly steps: number }): JSX.Element {
  const half = STEP_MIN * 60_000;
  // At least a step away, so that "until 10:30" at 10:29 isn't one minute.
  const end = (Math.ceil(wallNow.value / half) + 1 + steps) * half;
  const forMinutes = Math.min(MOST_MIN, Math.round((end - wallNow.value) / 60_000));
  const go = (to: number) => unfold(lane.id, { is: "until", steps: to });
  return (
    <div class="buttons grid-3">
      <button type="button" disabled={steps === 0} onClick={() => go(steps - 1)}>
        −{STEP_MIN} {say(W.min)}
      </button>
      <Tap
        lane={lane}
        order="lock-open"
        forMinutes={forMinutes}
        look="short"
        words={`${say(W.to)} ${siteTime(end).slice(0, 5)}`}
      />
      <button type="button" disabled={forMinutes > MOST_MIN - STEP_MIN} onClick={() => go(steps + 1)}>
        +{STEP_MIN} {say(W.min)}
      </button>
      <Back lane={lane} to={{ is: "hold" }} />
      <Stop lane={lane} wide />
    </div>
  );
}

function Rare({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <div class="buttons">
      {RARE.filter((order) => lane.abilities.includes(order)).map((order) => (
        <Ask key={order} lane={lane} order={order} />
      ))}
      <Back lane={lane} />
      <Stop lane={lane} />
    </div>
  );
}

/** The lock screen: 停, and the emergency opening behind its two steps. */
function Rescue({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <div class="buttons">
      <Stop lane={lane} />
      {lane.abilities.includes("emergency") ? <Ask lane={lane} order="emergency" /> : null}
    </div>
  );
}

function Sure({ lane, order }: { readonly lane: LaneView; readonly order: OrderName }): JSX.Element {
  return (
    <div class="buttons">
      <Tap lane={lane} order={order} look="danger wide" words={`${say(W.sure)} ${say(ORDER[order])}`} />
      <Back lane={lane} />
      <Stop lane={lane} />
    </div>
  );
}

function Ask({ lane, order }: { readonly lane: LaneView; readonly order: OrderName }): JSX.Element {
  return (
    <button
      type="button"
      class="danger"
      data-ask={order}
      disabled={stale.value}
      onClick={() => unfold(lane.id, { is: "sure", order })}
    >
      {say(ORDER[order])}
    </button>
  );
}

function Back({ lane, to }: { readonly lane: LaneView; readonly to?: Unfolded }): JSX.Element {
  return (
    <button type="button" class="back" onClick={() => unfold(lane.id, to)}>
      {say(W.back)}
    </button>
  );
}

function Stop({ lane, wide }: { readonly lane: LaneView; readonly wide?: boolean }): JSX.Element | null {
  return lane.abilities.includes("stop") ? <Tap lane={lane} order="stop" look={wide ? "stop two" : "stop"} /> : null;
}

function Tap(props: {
  readonly lane: LaneView;
  readonly order: OrderName;
  readonly look: string;
  readonly forMinutes?: number;
  readonly words?: string;
}): JSX.Element {
  const { lane, order, forMinutes, words } = props;
  return (
    <button
      type="button"
      class={`order ${props.look}`}
      data-order={order}
      disabled={order !== "stop" && stale.value}
      onClick={() => {
        if (order !== "stop") unfold(lane.id, undefined);
        void tap(lane.id, order, forMinutes === undefined ? {} : { forMinutes });
      }}
    >
      {words ?? say(forMinutes === undefined ? ORDER[order] : minutes(forMinutes))}
    </button>
  );
}
