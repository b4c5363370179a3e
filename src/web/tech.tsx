/** The technician's page: contacts, outputs, devices, a credential tried, configuration, log, sheet, accounts. */
import "./old-browser.ts";
import { effect, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { say } from "./language.ts";
import { beginLooks } from "./looks.ts";
import { LooksPanel } from "./looks-panel.tsx";
import { can, learnMe, leave, me } from "./session.ts";
import { AccountsTab, lookAccounts } from "./tech-accounts.tsx";
import { bench, lookBench, lost, said } from "./tech-ask.ts";
import { ConfigTab, lookConfig } from "./tech-config.tsx";
import { DevicesTab, lookHeard } from "./tech-devices.tsx";
import { DoorForm } from "./tech-door.tsx";
import { HomeTab, LogTab, lookLog } from "./tech-home.tsx";
import { IoTab } from "./tech-io.tsx";
import { lookSheet, SheetTab } from "./tech-sheet.tsx";
import { TravelTab } from "./tech-travel.tsx";
import { TrialTab } from "./tech-trial.tsx";
import { TABS, W } from "./tech-words.ts";

type Tab = keyof typeof TABS;
const NAMES: readonly Tab[] = [
  "io",
  "devices",
  "trial",
  "travel",
  "config",
  "log",
  "home",
  "sheet",
  "accounts",
  "looks",
];
const tab = signal<Tab>("io");
const LOOK_MS = 1_000;

function go(to: Tab): void {
  tab.value = to;
  said.value = undefined;
  if (to === "config") void lookConfig();
  if (to === "log") void lookLog();
  if (to === "sheet") void lookSheet();
  if (to === "accounts") void lookAccounts();
}

function Shown(): JSX.Element {
  const view = bench.value;
  if (tab.value === "looks") return <LooksPanel />;
  if (tab.value === "accounts") return <AccountsTab />;
  if (view === undefined) return <p>{say(W.loading)}</p>;
  switch (tab.value) {
    case "io":
      return <IoTab view={view} />;
    case "devices":
      return <DevicesTab view={view} />;
    case "trial":
      return <TrialTab view={view} />;
    case "travel":
      return <TravelTab view={view} />;
    case "config":
      return <ConfigTab />;
    case "log":
      return <LogTab />;
    case "home":
      return <HomeTab />;
    case "sheet":
      return <SheetTab view={view} />;
  }
}

function Page(): JSX.Element {
  const mine = me.value;
  if (mine === undefined) return <p class="loading">{say(W.loading)}</p>;
  const inside = can("wire");
  return (
    <div class="tech">
      <header class="top noprint">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> {say(W.title)}
        </h1>
        <span class="grow">{mine.user?.who ?? ""}</span>
        <a class="button" href="/">
          {say(W.guard)}
        </a>
        {mine.user === null ? null : (
          <button type="button" data-act="leave" onClick={() => void leave()}>
            {say(W.leave)}
          </button>
        )}
      </header>
      {inside ? (
        <nav class="noprint" aria-label={say(W.title)}>
          {NAMES.filter((name) => name !== "accounts" || can("accounts")).map((name) => (
            <button key={name} type="button" data-tab={name} aria-pressed={tab.value === name} onClick={() => go(name)}>
              {say(TABS[name])}
            </button>
          ))}
        </nav>
      ) : null}
      <Said />
      <main>{inside ? <Shown /> : <DoorForm />}</main>
    </div>
  );
}

/** The last thing that was done or went wrong; it stays until the next. */
function Said(): JSX.Element {
  const last = lost.value ? { sentence: W.lost, good: false } : said.value;
  const kind = last === undefined ? "" : last.good ? "good" : "bad";
  return (
    <p class={`said noprint ${kind}`} role="status">
      {last === undefined ? "" : `${last.good ? "●" : "✕"} ${say(last.sentence)}`}
    </p>
  );
}

/** Once a second while it may be seen; what is looked at in another tab of the browser costs nothing. */
async function look(): Promise<void> {
  if (can("wire") && !document.hidden) {
    await lookBench();
    if (tab.peek() === "devices") await lookHeard();
  }
  setTimeout(() => void look(), LOOK_MS);
}

beginLooks();
void learnMe();
effect(() => {
  if (can("wire")) void lookBench();
});
void look();
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
