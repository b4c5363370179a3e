/** "Present it now": a real credential followed from the reader to the relay and the disk. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { BenchView, TrialView } from "../shell/bench.ts";
import { act } from "./ask.ts";
import { say } from "./language.ts";
import { lookBench } from "./tech-bench.ts";
import { W } from "./tech-words.ts";

const chosen = signal("");

export function TrialTab({ view }: { readonly view: BenchView }): JSX.Element {
  const readers = view.devices.filter(({ reads }) => reads);
  const reader = readers.some(({ id }) => id === chosen.value) ? chosen.value : (readers[0]?.id ?? "");
  if (readers.length === 0) return <p>{say(W.noReaders)}</p>;
  return (
    <>
      <p>{say(W.trialHow)}</p>
      <div class="row">
        {readers.map(({ id, name }) => (
          <button key={id} type="button" aria-pressed={id === reader} onClick={() => (chosen.value = id)}>
            {name}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="primary"
        data-act="present"
        onClick={() => void act("POST", "/bench/trials", { reader }, W.waiting).then(lookBench)}
      >
        {say(W.present)}
      </button>
      {view.trial === undefined ? null : <Steps trial={view.trial} at={view.at} />}
    </>
  );
}

function Steps({ trial, at }: { readonly trial: TrialView; readonly at: number }): JSX.Element {
  const left = Math.max(0, Math.ceil((trial.until - at) / 1000));
  const none = trial.steps.length === 0;
  return (
    <section class="card block" data-trial={trial.is}>
      <h2>
        {trial.reader} · {say(trial.is === "over" ? (none ? W.nothing : W.overNow) : W.waiting)}
        {trial.is === "over" ? "" : ` ${left} s`}
      </h2>
      <ol class="steps">
        {trial.steps.map((step) => (
          <li key={step.is} data-step={step.is}>
            <b class={step.good ? "good" : "bad"}>
              {step.good ? "●" : "✕"} {say(step.says)}
            </b>{" "}
            <small>
              +{step.afterMs} {say(W.after)}
            </small>
          </li>
        ))}
      </ol>
    </section>
  );
}
