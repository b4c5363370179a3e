/** Which days, lane, direction and kind are looked at. */
import type { JSX } from "preact";
import { KINDS } from "../core/traffic-terms.ts";
import type { TrafficAnswer } from "../core/traffic-told.ts";
import { KIND, TOWARD } from "../core/traffic-words.ts";
import type { Sentence } from "../shell/desk.ts";
import { s, say } from "./language.ts";
import { can } from "./session.ts";
import { type Days, days, direction, kind, lane } from "./traffic-ask.ts";
import { lanesKnown } from "./traffic-lanes.ts";

const W = {
  days: s("哪天", "Days"),
  date: s("选日期", "Another day"),
  lane: s("通道", "Lane"),
  direction: s("方向", "Direction"),
  kind: s("人员类别", "Kind"),
  all: s("全部", "All"),
} as const;
const DAYS: readonly (readonly [Exclude<Days, object>, Sentence])[] = [
  ["today", s("今天", "Today")],
  ["yesterday", s("昨天", "Yesterday")],
  ["week", s("近 7 天", "7 days")],
];

export function Choice({ told }: { readonly told: TrafficAnswer | undefined }): JSX.Element {
  const others = can("figures");
  const chosen = days.value;
  return (
    <form class="choices" onSubmit={(event) => event.preventDefault()}>
      {others ? (
        <fieldset class="choice">
          <legend>{say(W.days)}</legend>
          {DAYS.map(([one, word]) => (
            <button
              key={one}
              type="button"
              data-days={one}
              aria-pressed={chosen === one}
              onClick={() => {
                days.value = one;
              }}
            >
              {say(word)}
            </button>
          ))}
        </fieldset>
      ) : null}
      {others ? (
        <label class="date">
          {say(W.date)}
          <input
            type="date"
            value={typeof chosen === "object" ? chosen.date : ""}
            {...(told === undefined ? {} : { max: told.now.date })}
            onChange={(event) => {
              const { value } = event.currentTarget;
              days.value = value === "" ? "today" : { date: value };
            }}
          />
        </label>
      ) : null}
      <label>
        {say(W.lane)}
        <select
          data-choose="lane"
          value={lane.value}
          onChange={(event) => {
            lane.value = event.currentTarget.value;
          }}
        >
          <option value="">{say(W.all)}</option>
          {lanesKnown.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {say(W.direction)}
        <select
          data-choose="direction"
          value={direction.value}
          onChange={(event) => {
            const { value } = event.currentTarget;
            direction.value = value === "in" || value === "out" ? value : "";
          }}
        >
          <option value="">{say(W.all)}</option>
          <option value="in">{say(TOWARD.in)}</option>
          <option value="out">{say(TOWARD.out)}</option>
        </select>
      </label>
      <label>
        {say(W.kind)}
        <select
          data-choose="kind"
          value={kind.value}
          onChange={(event) => {
            const { value } = event.currentTarget;
            kind.value = KINDS.find((one) => one === value) ?? "";
          }}
        >
          <option value="">{say(W.all)}</option>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {say(KIND[one])}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}
