/** The reasons that a guard chooses from after an opening by hand: added, renamed, put in order, retired and brought back. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { REASON_BOUNDS, repeatedReason } from "../core/reasons.ts";
import type { ReasonsView } from "../shell/register.ts";
import { act, ask, tell, tellTrouble } from "./ask.ts";
import { R } from "./clerk-reasons-words.ts";
import { say } from "./language.ts";
import { timeText } from "./times.ts";

/** A tile as it is being written; `key` holds its fields while it moves. */
interface Draft {
  readonly key: number;
  readonly zh: string;
  readonly en: string;
}
const view = signal<ReasonsView | undefined>(undefined);
const reasons = signal<readonly Draft[]>([]);
const retired = signal<readonly Draft[]>([]);
let keys = 0;

const draft = ({ zh, en }: { readonly zh: string; readonly en: string }): Draft => ({ key: ++keys, zh, en });

function begin(told: ReasonsView): void {
  view.value = told;
  reasons.value = told.reasons.map(draft);
  retired.value = told.retired.map(draft);
}

/** As they are saved; what was left unsaved is gone. */
export async function lookReasons(): Promise<void> {
  const held = view.peek();
  if (held !== undefined) begin(held);
  const shown = [reasons.peek(), retired.peek()];
  const told = await ask<ReasonsView>("GET", "/reasons");
  if ("trouble" in told) return tellTrouble(told.trouble);
  // Whoever writes already keeps what he sees; an older edition isn't saved over a newer one.
  if (reasons.peek() === shown[0] && retired.peek() === shown[1]) begin(told.ok);
}

const isSame = (drafts: readonly Draft[], saved: ReasonsView["reasons"]): boolean =>
  drafts.length === saved.length && drafts.every(({ zh, en }, at) => zh === saved[at]?.zh && en === saved[at]?.en);

/** As they are sent: without a word in English the Chinese stands there. */
function written(drafts: readonly Draft[]) {
  return drafts.map(({ zh, en }) => ({ zh: zh.trim(), en: en.trim() === "" ? zh.trim() : en.trim() }));
}

async function save(edition: number): Promise<void> {
  const asked = { edition, reasons: written(reasons.peek()), retired: written(retired.peek()) };
  if (asked.reasons.some(({ zh }) => zh === "")) return tell(R.empty, false);
  if (repeatedReason([...asked.reasons, ...asked.retired]) !== undefined) return tell(R.twice, false);
  const told = await act<ReasonsView>("PUT", "/reasons", asked, R.saved);
  if (told !== undefined) begin(told);
}

/** The tile goes `by` places on, or to where it can. */
function move(at: number, by: number): void {
  const next = [...reasons.peek()];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(at + by, 0, one);
  reasons.value = next;
}

function retire(one: Draft): void {
  reasons.value = reasons.peek().filter(({ key }) => key !== one.key);
  // One that was never saved has no past.
  if (one.zh.trim() !== "") retired.value = [one, ...retired.peek()].slice(0, REASON_BOUNDS.retired);
}

function bringBack(one: Draft): void {
  retired.value = retired.peek().filter(({ key }) => key !== one.key);
  reasons.value = [...reasons.peek(), one];
}

export function ReasonsTab(): JSX.Element {
  const held = view.value;
  if (held === undefined) return <p>…</p>;
  const shown = reasons.value;
  const full = shown.length >= REASON_BOUNDS.most;
  const isChanged = !isSame(shown, held.reasons) || !isSame(retired.value, held.retired);
  return (
    <section class="tab">
      <p>{say(R.what)}</p>
      <form
        data-unsaved={isChanged ? "" : undefined}
        onSubmit={(event) => {
          event.preventDefault();
          void save(held.edition);
        }}
      >
        <ol class="reasons">
          {shown.map((one, at) => (
            <Tile key={one.key} one={one} at={at} many={shown.length} />
          ))}
        </ol>
        <p class="row">
          <button
            type="button"
            disabled={full}
            onClick={() => {
              reasons.value = [...reasons.peek(), draft({ zh: "", en: "" })];
            }}
          >
            {say(R.add)}
          </button>
          <button type="submit" class="primary">
            {say(R.save)}
          </button>
          <button type="button" onClick={() => begin(held)}>
            {say(R.undo)}
          </button>
        </p>
      </form>
      {full ? <p>{say(R.full)}</p> : null}
      {retired.value.length === 0 ? null : <h2>{say(R.retired)}</h2>}
      <ul class="people">
        {retired.value.map((one) => (
          <li key={one.key}>
            <p class="grow">
              {one.zh} {one.en}
            </p>
            <button type="button" disabled={full} onClick={() => bringBack(one)}>
              {say(R.bringBack)}
            </button>
          </li>
        ))}
      </ul>
      <p>
        {held.made === undefined
          ? say(R.configured)
          : `${say(R.lastSaved)} ${held.made.by} ${timeText(held.made.atWallMs)}`}
      </p>
    </section>
  );
}

function Tile(props: { readonly one: Draft; readonly at: number; readonly many: number }): JSX.Element {
  const { one, at, many } = props;
  const name = one.zh === "" ? String(at + 1) : one.zh;
  function write(change: Partial<Draft>): void {
    reasons.value = reasons.peek().map((other) => (other.key === one.key ? { ...other, ...change } : other));
  }
  return (
    <li data-place={at + 1}>
      <label class="grow">
        {at + 1}. {say(R.chinese)}
        <input
          value={one.zh}
          required
          maxLength={REASON_BOUNDS.zh}
          autocomplete="off"
          onInput={(event) => write({ zh: event.currentTarget.value })}
        />
      </label>
      <label class="grow">
        {say(R.english)}
        <input
          value={one.en}
          maxLength={REASON_BOUNDS.en}
          autocomplete="off"
          onInput={(event) => write({ en: event.currentTarget.value })}
        />
      </label>
      <span class="row">
        <button type="button" aria-label={`${say(R.up)} ${name}`} disabled={at === 0} onClick={() => move(at, -1)}>
          ↑
        </button>
        <button
          type="button"
          aria-label={`${say(R.down)} ${name}`}
          disabled={at === many - 1}
          onClick={() => move(at, 1)}
        >
          ↓
        </button>
        <button
          type="button"
          aria-label={`${say(R.retire)} ${name}`}
          disabled={many <= REASON_BOUNDS.fewest}
          onClick={() => retire(one)}
        >
          {say(R.retire)}
        </button>
      </span>
    </li>
  );
}
