/** Before the page: the operator token, or who works here. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { EntryForm } from "./entry.tsx";
import { say } from "./language.ts";
import { enter, enterToken, me, type Refused } from "./session.ts";
import { W } from "./words.ts";

const refused = signal<Refused>(undefined);

/** What stands in place of the page for a browser that the gate shows nothing yet. */
export function Gatehouse(): JSX.Element {
  if (me.value?.accounts !== true) return <TokenForm />;
  return (
    <main class="gatehouse">
      <EntryForm id="enter" title={W.enterTitle} submit={enter} />
    </main>
  );
}

function TokenForm(): JSX.Element {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem("token");
        if (!(field instanceof HTMLInputElement)) return;
        void enterToken(field.value).then((told) => {
          refused.value = told;
        });
      }}
    >
      <label for="token">{say(W.tokenTitle)}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required />
      {refused.value === undefined ? null : <p role="alert">✕ {say(refused.value.text)}</p>}
      <button type="submit" class="primary">
        {say(W.enter)}
      </button>
    </form>
  );
}
