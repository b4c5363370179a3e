/** The clerk's page: residents, import, visitor passes, blocklist, changes. */
import { signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { act, ask, me, said, whoAmI } from "./clerk-ask.ts";
import { ChangesTab, ImportTab, lookChanges } from "./clerk-import.tsx";
import { lookPasses, PassesTab } from "./clerk-passes.tsx";
import { BarredTab, lookAgain, lookBarred, PeopleTab } from "./clerk-people.tsx";
import { W } from "./clerk-words.ts";
import { say } from "./language.ts";
import { beginLooks } from "./looks.ts";
import { LooksPanel } from "./looks-panel.tsx";

const TABS = ["people", "import", "passes", "barred", "changes", "looks"] as const;
type Tab = (typeof TABS)[number];
const tab = signal<Tab>("people");

function go(to: Tab): void {
  tab.value = to;
  said.value = undefined;
  if (to === "people") void lookAgain();
  if (to === "import" || to === "changes") void lookChanges();
  if (to === "passes") void lookPasses();
  if (to === "barred") void lookBarred();
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
    case "changes":
      return <ChangesTab />;
    case "looks":
      return <LooksPanel />;
  }
}

function Page(): JSX.Element {
  const mine = me.value;
  if (mine === undefined) return <Said />;
  const may = mine.rights.includes("people");
  return (
    <div class="clerk">
      <header class="top noprint">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> {say(W.title)}
        </h1>
        <span class="grow">{mine.user?.who ?? ""}</span>
        <a class="button" href="/">
          {say(W.guard)}
        </a>
        {mine.user === null ? null : (
          <button
            type="button"
            onClick={() => {
              void ask("DELETE", "/sessions/current").then(whoAmI);
            }}
          >
            {say(W.leave)}
          </button>
        )}
      </header>
      {may ? (
        <nav class="noprint">
          {TABS.map((name) => (
            <button key={name} type="button" aria-pressed={tab.value === name} onClick={() => go(name)}>
              {say(W[name])}
            </button>
          ))}
        </nav>
      ) : null}
      <Said />
      <main>{may ? <Shown /> : <Login />}</main>
    </div>
  );
}

/** The last thing that was done or went wrong; it stays until the next. */
function Said(): JSX.Element {
  const last = said.value;
  return (
    <p class={`said noprint ${last === undefined ? "" : last.good ? "good" : "bad"}`} role="status">
      {last === undefined ? "" : `${last.good ? "●" : "✕"} ${say(last.sentence)}`}
    </p>
  );
}

function Login(): JSX.Element {
  return (
    <form
      class="fields login"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const totp = String(given.get("totp") ?? "").trim();
        const body = {
          name: given.get("name"),
          password: given.get("password"),
          ...(totp === "" ? {} : { totp }),
        };
        void act("POST", "/sessions", body, W.entered)
          .then(whoAmI)
          .then(() => {
            if (me.peek()?.rights.includes("people") === true) go("people");
          });
      }}
    >
      <h2>{say(me.value?.user === null ? W.login : W.notYours)}</h2>
      {me.value?.accounts === false ? <p>{say(W.noAccounts)}</p> : null}
      <label>
        {say(W.account)}
        <input name="name" autocomplete="username" required />
      </label>
      <label>
        {say(W.password)}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <label>
        {say(W.totp)}
        <input name="totp" inputMode="numeric" autocomplete="one-time-code" />
      </label>
      <button type="submit" class="primary">
        {say(W.enter)}
      </button>
    </form>
  );
}

beginLooks();
void whoAmI().then(() => {
  if (me.peek()?.rights.includes("people") === true) go("people");
});
const root = document.getElementById("page");
if (root !== null) {
  root.textContent = "";
  render(<Page />, root);
}
