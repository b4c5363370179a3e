/** Why a lane was opened by hand: asked after the opening, for a minute; left out, it is 未填写 until the hand-over. */
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import type { OpeningView, SiteView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { gateNow, siteTime, stale, view } from "./link.ts";
import { explain, notes } from "./taps.ts";
import { W } from "./words.ts";

const ASKED_MS = 60_000;
/** Openings that somebody at this page gives no reason for. */
const skipped = signal<readonly string[]>([]);

/** The newest first. */
export const asking = computed<readonly OpeningView[]>(() => {
  const site = view.value;
  if (site === undefined) return [];
  return site.shift.openings.filter(
    ({ id, boot, at }) => boot === site.boot && gateNow.value - at < ASKED_MS && !skipped.value.includes(id),
  );
});

export function Why({ site, opening }: { readonly site: SiteView; readonly opening: OpeningView }): JSX.Element {
  const lane = site.lanes.find(({ id }) => id === opening.lane);
  const note = notes.value[opening.id];
  return (
    <section class="why" aria-label={say(W.why)}>
      <h2>
        <span>{say(W.why)}</span>
        <small>
          {siteTime(opening.wallMs).slice(0, 5)} {lane?.name ?? ""}
        </small>
      </h2>
      {note?.is === "bad" ? <p role="alert">{say(note.text)}</p> : null}
      <div class="tiles">
        {site.reasons.map((reason) => (
          <button
            key={reason.zh}
            type="button"
            data-reason={reason.zh}
            disabled={stale.value}
            onClick={() => void explain(opening.id, reason.zh)}
          >
            {say(reason)}
          </button>
        ))}
        <button
          type="button"
          class="back"
          onClick={() => {
            skipped.value = [...skipped.peek(), opening.id].slice(-20);
          }}
        >
          {say(W.skip)}
        </button>
      </div>
    </section>
  );
}
