/** The clerk's page: residents, import, visitor passes, blocklist, changes. */
import { computed, effect, signal, untracked } from "@preact/signals";
import { type JSX, render } from "preact";
import { said } from "./ask.ts";
import { AccessTab, lookAccess, Unpublished } from "./clerk-access.tsx";
import { BarredTab, lookBarred } from "./clerk-barred.tsx";
import { ChangesTab, ImportTab, lookChanges } from "./clerk-import.tsx";
import { lookPasses, PassesTab } from "./clerk-passes.tsx";
import { lookAgain, PeopleTab } from "./clerk-people.tsx";
import { one } from "./clerk-person.tsx";
import { lookReasons, ReasonsTab } from "./clerk-reasons.tsx";
import { stay, UnsavedQuestion, unlessUnsaved } from "./clerk-unsaved.tsx";
import { W } from "./clerk-words.ts";
import { ImpactTab, impactDue, lookImpact } from "./impact.tsx";
import { say } from "./language.ts";
import { beginLooks } from "./looks.ts";
import { LooksPanel } from "./looks-panel.tsx";
import { Login, Said, Top } from "./office.tsx";
import { can, learnMe, me } from "./session.ts";

const TABS = ["people", "import", "passes", "barred", "access", "reasons", "changes", "impact", "looks"] as const;
type Tab = (typeof TABS)[number];
const tab = signal<Tab>("people");

function go(to: Tab): void {
  tab.value = to;
  // Whoever comes back looks for the list, not for whoever was open before.
  one.value = undefined;
  stay();
  said.value = undefined;
  if (to === "people") void lookAgain();
  if (to === "import" || to === "changes") void lookChanges();
  if (to === "passes") void lookPasses();
  if (to === "barred") void lookBarred();
  if (to === "impact") void lookImpact();
  if (to === "access") void lookAccess();
  if (to === "reasons") void lookReasons();
}

function Shown(): JSX.Element {
  switch (tab.value) {
    case "people":
      return <PeopleTab />;
    case "import":
      return <ImportTab />;
    case "passes":
      return <PassesTab />;
    case "barred":
      return <BarredTab />;
    case "access":
      return <AccessTab />;
    case "reasons":
      return <ReasonsTab />;
    case "changes":
      return <ChangesTab />;
    case "impact":
      return <ImpactTab />;
    case "looks":
      return <LooksPanel />;
  }
}

function Page(): JSX.Element {
  if (me.value === undefined) return <p class="loading">{say(W.loading)}</p>;
  return (
    <div class="clerk office">
      <Top title={W.title} before={unlessUnsaved} />
      {inside.value ? (
        <nav class="noprint">
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              data-tab={name}
              aria-pressed={tab.value === name}
              onClick={() => unlessUnsaved(() => go(name))}
            >
              {say(W[name])}
              {name === "impact" && impactDue.value ? " !" : ""}
            </button>
          ))}
        </nav>
      ) : null}
      <Said />
      <main onSubmit={stay}>
        <UnsavedQuestion />
        {inside.value ? <Unpublished /> : null}
        {inside.value ? <Shown /> : <Door />}
      </main>
    </div>
  );
}

function Door(): JSX.Element {
  return (
    <>
      {me.value?.accounts === false ? <p>{say(W.noAccounts)}</p> : null}
      <Login title={W.login} notYours={W.notYours} />
    </>
  );
}

/** Whoever comes in sees the residents first. */
const inside = computed(() => can("people"));
beginLooks();
void learnMe();
effect(() => {
  if (!inside.value) return;
  untracked(() => go("people"));
  void lookImpact(true);
  void lookAccess();
});
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
