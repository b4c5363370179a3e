/** Live contacts, and outputs that are tried by a named person's order. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { BenchView, InputIo, OutputIo } from "../shell/bench.ts";
import { ask, tell, tellTrouble } from "./ask.ts";
import { say } from "./language.ts";
import { lookBench, tapNow } from "./tech-bench.ts";
import { COMMAND, LEVEL, LEVEL_SHAPE, OUTCOME, W } from "./tech-words.ts";
import { secondText } from "./times.ts";
import { INPUT } from "./words.ts";

/** The output that is being asked about, and whether the gate has said that the arm isn't at rest. */
const asked = signal<{ readonly key: string; readonly sure: boolean } | undefined>(undefined);
const keyOf = (one: Pick<OutputIo, "lane" | "command">): string => `${one.lane} ${one.command}`;

export function IoTab({ view }: { readonly view: BenchView }): JSX.Element {
  return (
    <>
      <h2>{say(W.inputs)}</h2>
      {view.inputs.length === 0 ? <p>{say(W.noInputs)}</p> : null}
      <ul class="cards">
        {view.inputs.map((one) => (
          <Input key={`${one.lane} ${one.role}`} one={one} />
        ))}
      </ul>
      <h2>{say(W.outputs)}</h2>
      {view.outputs.length === 0 ? <p>{say(W.noOutputs)}</p> : null}
      <ul class="cards">
        {view.outputs.map((one) => (
          <Output key={keyOf(one)} one={one} />
        ))}
      </ul>
    </>
  );
}

function Input({ one }: { readonly one: InputIo }): JSX.Element {
  return (
    <li class={`card level-${one.level}`} data-input={`${one.lane} ${one.role}`}>
      <b class="level">
        <i aria-hidden="true">{LEVEL_SHAPE[one.level]}</i> {say(LEVEL[one.level])}
      </b>
      <span class="grow">
        <strong>
          {one.laneName} · {say(INPUT[one.role])}
        </strong>
        <small>
          {one.where}
          {one.activeLow ? ` · ${say(W.turned)}` : ""} · {one.debounceMs} ms
        </small>
        <small class="numbers">
          {say(W.edges)} <b data-count="edges">{one.edges}</b> · {say(W.bounces)}{" "}
          <b data-count="bounces">{one.bounces}</b>
        </small>
      </span>
    </li>
  );
}

function Output({ one }: { readonly one: OutputIo }): JSX.Element {
  const key = keyOf(one);
  const open = asked.value?.key === key;
  const word = COMMAND[one.command] ?? W.pulse;
  const length = one.pulseMs === undefined ? "" : ` ${one.pulseMs} ms`;
  return (
    <li class={open ? "card asking" : "card"} data-output={key}>
      <span class="grow">
        <strong>
          {one.laneName} · {say(word)}
        </strong>
        <small>
          {one.where} · {say(W.last)}{" "}
          {one.last === undefined
            ? say(W.never)
            : `${secondText(one.last.wallMs).slice(11)} ${one.last.outcome === undefined ? "" : say(OUTCOME[one.last.outcome])}`}
        </small>
        {open ? <p class="warn">{say(W.pulseMeans)}</p> : null}
      </span>
      {open ? (
        <span class="row">
          <button type="button" class="danger" data-act="sure" onClick={() => void pulse(one)}>
            {say(asked.value?.sure === true ? W.sureNow : W.pulseNow)}
          </button>
          <button type="button" onClick={() => (asked.value = undefined)}>
            {say(W.back)}
          </button>
        </span>
      ) : (
        <button
          type="button"
          data-act="pulse"
          aria-label={`${one.laneName} ${say(word)} ${say(W.pulse)}${length}`}
          onClick={() => (asked.value = { key, sure: false })}
        >
          {say(W.pulse)}
          {length}
        </button>
      )}
    </li>
  );
}

async function pulse(one: OutputIo): Promise<void> {
  const sure = asked.peek()?.sure === true;
  const told = await ask("POST", "/bench/pulses", { ...tapNow(), lane: one.lane, order: one.command, sure });
  if ("ok" in told) {
    asked.value = undefined;
    tell(W.pulsed, true);
  } else {
    // Asked once more, by a second tap, with what the gate sees.
    asked.value = told.trouble.code === "not-at-rest" ? { key: keyOf(one), sure: true } : undefined;
    tellTrouble(told.trouble);
  }
  await lookBench();
}
