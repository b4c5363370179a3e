/** The log's newest lines; and what is taken home: support bundle and backup. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, take, tell, tellTrouble } from "./ask.ts";
import { fieldsOf } from "./fields.ts";
import { say } from "./language.ts";
import { can } from "./session.ts";
import { W } from "./tech-words.ts";

const lines = signal<readonly string[]>([]);
const busy = signal(false);

export async function lookLog(): Promise<void> {
  const told = await ask<{ readonly lines: readonly string[] }>("GET", "/workshop/log");
  if ("ok" in told) lines.value = told.ok.lines;
  else tellTrouble(told.trouble);
}

export function LogTab(): JSX.Element {
  return (
    <>
      <div class="row">
        <p class="grow soft">{say(W.logNote)}</p>
        <button type="button" data-act="refresh" onClick={() => void lookLog()}>
          {say(W.refresh)}
        </button>
      </div>
      <pre class="log">{[...lines.value].reverse().join("\n")}</pre>
    </>
  );
}

export function HomeTab(): JSX.Element {
  return (
    <>
      <section class="card block">
        <p>{say(W.bundleNote)}</p>
        <button
          type="button"
          data-act="bundle"
          disabled={busy.value}
          onClick={() => void bring("/workshop/bundles", undefined)}
        >
          {say(busy.value ? W.making : W.bundle)}
        </button>
      </section>
      <section class="card block">
        <p>{say(W.backupNote)}</p>
        {can("accounts") ? (
          <form
            class="fields"
            onSubmit={(event) => {
              event.preventDefault();
              const passphrase = fieldsOf(event.currentTarget)("passphrase");
              event.currentTarget.reset();
              void bring("/workshop/backups", { passphrase });
            }}
          >
            <label>
              {say(W.passphrase)}
              <input name="passphrase" type="password" autocomplete="new-password" minLength={12} required />
            </label>
            <button type="submit" data-act="backup" disabled={busy.value}>
              {say(busy.value ? W.making : W.backup)}
            </button>
          </form>
        ) : null}
        <p class="soft">{say(W.restore)}</p>
      </section>
    </>
  );
}

async function bring(path: string, body: unknown): Promise<void> {
  if (busy.peek()) return;
  busy.value = true;
  tell(W.making, true);
  const [name, done] =
    body === undefined ? (["gatepost-support.tar.gz", W.bundled] as const) : (["gatepost.backup", W.backedUp] as const);
  await take(path, body, name, done);
  busy.value = false;
}
