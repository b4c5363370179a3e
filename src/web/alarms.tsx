/** The banner across the page: the newest alarm that nobody has seen yet. It stays until somebody says so. */
import type { JSX } from "preact";
import type { SiteView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { stale } from "./link.ts";
import { can, me } from "./session.ts";
import { acknowledge } from "./taps.ts";
import { ALARM, W } from "./words.ts";

export function Alarms({ site }: { readonly site: SiteView }): JSX.Element | null {
  const open = site.alarms.filter((alarm) => alarm.acknowledgedBy === undefined);
  const first = open[open.length - 1];
  if (first === undefined) return null;
  const lane = site.lanes.find((one) => one.id === first.lane);
  return (
    <section class="alarm" role="alert" data-alarm={first.id}>
      <p>
        <b>
          <i aria-hidden="true">!</i> {say(ALARM[first.kind])}
          {first.count > 1 ? ` ×${first.count}` : ""}
        </b>
        <span>
          {lane?.name ?? ""} {first.detail ?? ""}
        </span>
        {open.length > 1 ? <em>+{open.length - 1}</em> : null}
      </p>
      {me.value === undefined || can("operate") ? (
        <button type="button" disabled={stale.value} onClick={() => void acknowledge(first.id)}>
          {say(W.acknowledge)}
        </button>
      ) : null}
    </section>
  );
}
