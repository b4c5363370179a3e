/** The commissioning sheet: what was found and tried, to be printed and signed. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { BenchView } from "../shell/bench.ts";
import type { SiteView } from "../shell/desk.ts";
import type { AboutGate } from "../shell/workshop.ts";
import { ask, tellTrouble } from "./ask.ts";
import { say } from "./language.ts";
import { seconds } from "./tech-travel.tsx";
import { COMMAND, LEVEL, ROLE, W } from "./tech-words.ts";
import { secondText } from "./times.ts";
import { INPUT, TRUST } from "./words.ts";

const about = signal<AboutGate | undefined>(undefined);
const site = signal<SiteView | undefined>(undefined);
const GB = 1_073_741_824;

export async function lookSheet(): Promise<void> {
  const [told, state] = await Promise.all([
    ask<AboutGate>("GET", "/workshop/about"),
    ask<{ readonly view: SiteView }>("GET", "/state"),
  ]);
  if ("ok" in told) about.value = told.ok;
  else tellTrouble(told.trouble);
  if ("ok" in state) site.value = state.ok.view;
}

export function SheetTab({ view }: { readonly view: BenchView }): JSX.Element {
  const machine = about.value;
  const gate = site.value;
  if (machine === undefined || gate === undefined) return <p>{say(W.loading)}</p>;
  const facts: readonly (readonly [string, string])[] = [
    [say(W.site), `${gate.site.name}（${gate.site.id}）`],
    [say(W.gate), `${gate.gate.name}（${gate.gate.id}）`],
    [say(W.versions), `gatepost ${machine.version} · Node ${machine.node} · ${machine.system} · ${machine.machine}`],
    [say(W.clock), `${secondText(gate.clock.wallMs)} ${say(TRUST[gate.clock.trust])}`],
    [say(W.disk), machine.freeBytes === undefined ? "?" : `${(machine.freeBytes / GB).toFixed(1)} GB`],
    [say(W.certificate), machine.fingerprint ?? say(W.plainHttp)],
    [say(W.list), String(machine.credentials)],
  ];
  return (
    <div class="sheet">
      <div class="row">
        <h2 class="grow">{say(W.sheetTitle)}</h2>
        <button type="button" class="noprint" data-act="print" onClick={() => print()}>
          {say(W.print)}
        </button>
      </div>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>{say(W.inputs)}</h3>
      <ul>
        {view.inputs.map((one) => (
          <li key={`${one.lane} ${one.role}`}>
            {one.edges > 0 ? "☑" : "☐"} {one.laneName} · {say(INPUT[one.role])}（{one.where}）{say(LEVEL[one.level])} ·{" "}
            {say(one.edges > 0 ? W.seen : W.notSeen)} {one.edges} / {one.bounces}
          </li>
        ))}
      </ul>
      <h3>{say(W.outputs)}</h3>
      <ul>
        {view.outputs.map((one) => {
          const tried = view.tried.find(({ lane, command }) => lane === one.lane && command === one.command);
          return (
            <li key={`${one.lane} ${one.command}`}>
              {tried === undefined ? "☐" : "☑"} {one.laneName} · {say(COMMAND[one.command] ?? W.pulse)}（{one.where}）{" "}
              {tried === undefined
                ? say(W.untried)
                : `${say(W.tried)} ${secondText(tried.wallMs).slice(11)} ${tried.by}`}
            </li>
          );
        })}
      </ul>
      <h3>{say(W.devices)}</h3>
      <ul>
        {view.devices.map((one) => (
          <li key={one.id}>
            {one.offline || one.link.is !== "up" ? "☐" : "☑"} {one.name}（{one.profile}）{" "}
            {one.heard === undefined ? say(W.never) : `${Math.round((view.at - one.heard) / 1000)} ${say(W.ago)}`}
          </li>
        ))}
      </ul>
      <h3>{say(W.travels)}</h3>
      <ul>
        {view.travels.map((one) => (
          <li key={one.lane}>
            {one.laneName} · {say(W.allowed)} {seconds(one.travelMs)} · {say(W.opens)}{" "}
            {one.openMs === undefined ? "—" : seconds(one.openMs)} · {say(W.closes)}{" "}
            {one.closeMs === undefined ? "—" : seconds(one.closeMs)}
          </li>
        ))}
      </ul>
      <h3>{say(W.accounts)}</h3>
      <p>
        {machine.accounts.length === 0
          ? say(W.never)
          : machine.accounts
              .map(
                ({ who, role, disabled }) =>
                  `${who}（${say(ROLE[role] ?? W.role)}${disabled ? `，${say(W.disabled)}` : ""}）`,
              )
              .join("、")}
      </p>
      <div class="signs">
        <p>{say(W.signTech)}</p>
        <p>{say(W.signOwner)}</p>
        <p>{say(W.signDate)}</p>
      </div>
    </div>
  );
}
