/** The top line: which gate, the two offline signs, which never merge, the gate's clock, and the menu. */
import type { JSX } from "preact";
import type { SiteView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { stale, wallClock } from "./link.ts";
import { me } from "./session.ts";
import { sheet } from "./shift.tsx";
import { mute } from "./sound.ts";
import { platformDown, TRUST, W } from "./words.ts";

export function Head({ site }: { readonly site: SiteView }): JSX.Element {
  const { clock, platform } = site;
  const onDuty = me.value?.user?.who ?? site.shift.guard ?? "";
  return (
    <header class="head">
      <h1>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <span class="name">{site.site.name}</span>
        <small>{site.gate.name}</small>
      </h1>
      {site.simulation ? <p class="badge">{say(W.simulated)}</p> : null}
      <p class="signs">
        <span>
          {mute.value ? <span class="sign bad">✕ {say(W.soundOff)}</span> : null}
          <span class={stale.value ? "sign bad" : "sign good"}>
            {stale.value ? "✕" : "●"} {say(stale.value ? W.unlinked : W.linked)}
          </span>
        </span>
        {platform === undefined ? null : <Platform {...platform} />}
      </p>
      <p class={`clock ${clock.trust}`}>
        <time>{wallClock.value}</time>
        <small>{say(TRUST[clock.trust])}</small>
      </p>
      <button
        type="button"
        class="duty"
        aria-label={`${say(W.menu)} ${onDuty}`}
        aria-expanded={sheet.value === "menu"}
        onClick={() => {
          sheet.value = sheet.peek() === "none" ? "menu" : "none";
        }}
      >
        <i aria-hidden="true">☰</i>
        <span>{onDuty === "" ? say(W.menu) : onDuty}</span>
      </button>
    </header>
  );
}

function Platform({ up, waiting }: NonNullable<SiteView["platform"]>): JSX.Element {
  if (up) return <span class="sign good platform">● {say(W.platformUp)}</span>;
  return (
    <span class="sign warn platform">
      ○ {say(platformDown(waiting.toLocaleString("en-US")))}
      <span class="comfort">{say(W.gateWorks)}</span>
    </span>
  );
}
