/** The blocklist. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { People } from "../shell/register.ts";
import { act, ask } from "./ask.ts";
import { TYPES, W } from "./clerk-words.ts";
import { say } from "./language.ts";

const ENTRIES = ["plate", "card", "face", "code"] as const;
const entries = signal<People | undefined>(undefined);

export async function lookBarred(): Promise<void> {
  const told = await ask<People>("GET", "/people?shown=barred&most=200");
  if ("ok" in told) entries.value = told.ok;
}

export function BarredTab(): JSX.Element {
  return (
    <section class="tab">
      <form
        class="fields"
        data-asks
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const name = String(given.get("name") ?? "").trim();
          const body = {
            type: given.get("type"),
            value: given.get("value"),
            why: given.get("why"),
            ...(name === "" ? {} : { name }),
          };
          void act("POST", "/barred", body, W.barredNow).then((done) => {
            if (done !== undefined) form.reset();
            return lookBarred();
          });
        }}
      >
        <label>
          {say(W.kind)}
          <select name="type">
            {ENTRIES.map((type) => (
              <option key={type} value={type}>
                {say(TYPES[type])}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(W.value)}
          <input name="value" required />
        </label>
        <label>
          {say(W.name)}
          <input name="name" />
        </label>
        <label>
          {say(W.why)}
          <input name="why" required />
        </label>
        <button type="submit" class="primary">
          {say(W.bar)}
        </button>
      </form>
      <ul class="people">
        {(entries.value?.people ?? []).map((entry) => (
          <li key={entry.id}>
            <p class="grow">
              <b>{entry.credentials.map((one) => one.shown).join(" ")}</b> {entry.name} {entry.blockedWhy ?? ""}
            </p>
            <button
              type="button"
              onClick={() => {
                void act("DELETE", `/barred/${encodeURIComponent(entry.id)}`, undefined, W.unbarred).then(lookBarred);
              }}
            >
              {say(W.unbar)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
