/** The technician's page: contacts, outputs, devices, a credential tried, configuration, log, sheet, accounts. */
import { effect, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { said } from "./ask.ts";
import { say } from "./language.ts";
import { beginLooks } from "./looks.ts";
import { LooksPanel } from "./looks-panel.tsx";
import { Said, Top } from "./office.tsx";
import { can, learnMe, me } from "./session.ts";
import { AccountsTab, lookAccounts } from "./tech-accounts.tsx";
import { bench, lookBench, lost } from "./tech-bench.ts";
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
  if (me.value === undefined) return <p class="loading">{say(W.loading)}</p>;
  const inside = can("wire");
  return (
    <div class="tech office">
      <Top title={W.title} />
      {inside ? (
        <nav class="noprint" aria-label={say(W.title)}>
          {NAMES.filter((name) => name !== "accounts" || can("accounts")).map((name) => (
            <button key={name} type="button" data-tab={name} aria-pressed={tab.value === name} onClick={() => go(name)}>
              {say(TABS[name])}
            </button>
          ))}
        </nav>
      ) : null}
      <Said lost={lost.value ? W.lost : undefined} />
      <main>{inside ? <Shown /> : <DoorForm />}</main>
    </div>
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
