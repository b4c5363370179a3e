/** Devices, and what each said last: decoded, and where it is none, why, byte by byte. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { BenchView, DeviceIo, HeardView } from "../shell/bench.ts";
import { ask } from "./ask.ts";
import { say } from "./language.ts";
import { W } from "./tech-words.ts";

const shown = signal("");
const heard = signal<{ readonly at: number; readonly heard: readonly HeardView[] } | undefined>(undefined);

export async function lookHeard(): Promise<void> {
  const device = shown.peek();
  if (device === "") return;
  const told = await ask<{ readonly at: number; readonly heard: readonly HeardView[] }>(
    "GET",
    `/bench/devices/${encodeURIComponent(device)}/heard`,
  );
  if ("ok" in told && shown.peek() === device) heard.value = told.ok;
}

export function DevicesTab({ view }: { readonly view: BenchView }): JSX.Element {
  return (
    <>
      <p class="soft">{say(W.veiledNote)}</p>
      <ul class="cards wide">
        {view.devices.map((one) => (
          <Device key={one.id} one={one} at={view.at} />
        ))}
      </ul>
    </>
  );
}

function Device({ one, at }: { readonly one: DeviceIo; readonly at: number }): JSX.Element {
  const open = shown.value === one.id;
  const good = one.link.is === "up" && !one.offline;
  const { counts } = one;
  return (
    <li class="card block" data-device={one.id}>
      <div class="row">
        <b class={good ? "good" : "bad"}>
          {good ? "●" : "✕"} {say(good ? W.up : one.link.is === "up" ? W.silent : W.down)}
        </b>
        <span class="grow">
          <strong>{one.name}</strong>
          <small>
            {one.profile} · {say(W.heard)} {counts.heard}
            {one.heard === undefined ? "" : `（${Math.round((at - one.heard) / 1000)} ${say(W.ago)}）`} ·{" "}
            {say(W.faults)} {counts.faults} · {say(W.skipped)} {counts.skippedBytes}
          </small>
          {one.link.why === undefined ? null : <small class="bad">{one.link.why}</small>}
        </span>
        <button
          type="button"
          data-act="heard"
          aria-expanded={open}
          aria-label={`${one.name} ${say(open ? W.hide : W.show)}`}
          onClick={() => {
            shown.value = open ? "" : one.id;
            heard.value = undefined;
            void lookHeard();
          }}
        >
          {say(open ? W.hide : W.show)}
        </button>
      </div>
      {open ? <HeardList /> : null}
    </li>
  );
}

function HeardList(): JSX.Element {
  const told = heard.value;
  if (told === undefined) return <p>{say(W.loading)}</p>;
  if (told.heard.length === 0) return <p>{say(W.noHeard)}</p>;
  return (
    <ol class="heard">
      {[...told.heard].reverse().map((one, n) => (
        <li key={`${one.at} ${n}`} class={one.fault === undefined ? "" : "faulty"}>
          <b>
            {one.fault === undefined ? `● ${one.kind ?? ""}` : `✕ ${one.fault.code}`} · {one.bytes} B ·{" "}
            {((told.at - one.at) / 1000).toFixed(1)} {say(W.ago)}
          </b>
          {one.where === "" ? null : <code>{one.where}</code>}
          <code>{one.raw}</code>
          {one.fields.length === 0 ? null : (
            <small>{one.fields.map(([name, value]) => `${name}=${value}`).join("  ")}</small>
          )}
          {one.fault === undefined ? null : (
            <small class="bad">
              {one.fault.where} {one.fault.message}
            </small>
          )}
          {one.notes
            .filter(({ fits }) => !fits)
            .map((note) => (
              <small key={`${note.at} ${note.en}`} class="bad">
                [{note.at}] {say(note)}：{say(W.found)} {note.found}，{say(W.expected)} {note.expected}
              </small>
            ))}
        </li>
      ))}
    </ol>
  );
}
