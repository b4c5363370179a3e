/** The configuration: the one in force, and another one checked and laid down for a person to put in force. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConfigChecked, ConfigFinding, ConfigShown } from "../shell/workshop.ts";
import { ask, tell, tellTrouble } from "./ask.ts";
import { say } from "./language.ts";
import { W } from "./tech-words.ts";
import { secondText } from "./times.ts";

const shown = signal<ConfigShown | undefined>(undefined);
const text = signal("");
const checked = signal<ConfigChecked | undefined>(undefined);

export async function lookConfig(): Promise<void> {
  const told = await ask<ConfigShown>("GET", "/workshop/config");
  if ("ok" in told) shown.value = told.ok;
  else tellTrouble(told.trouble);
}

export function ConfigTab(): JSX.Element {
  const now = shown.value;
  if (now === undefined) return <p>{say(W.loading)}</p>;
  return (
    <>
      <section>
        <h2>{say(W.configNew)}</h2>
        <label>
          {say(W.configPaste)}
          <textarea
            name="config"
            rows={8}
            spellcheck={false}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="row">
          <label class="file">
            {say(W.configFile)}
            <input
              type="file"
              accept=".yaml,.yml,text/plain"
              onChange={(event) => void read(event.currentTarget.files?.[0])}
            />
          </label>
          <button
            type="button"
            data-act="check"
            disabled={text.value === ""}
            onClick={() => void send("POST", "checks")}
          >
            {say(W.check)}
          </button>
          <button
            type="button"
            data-act="offer"
            disabled={text.value === ""}
            onClick={() => void send("PUT", "offered")}
          >
            {say(W.offer)}
          </button>
        </div>
        {checked.value === undefined ? null : <Findings findings={checked.value.findings} />}
        {now.offered === undefined ? null : (
          <>
            <p>
              {say(W.offered)} <small>{secondText(now.offered.wallMs)}</small>
            </p>
            <pre data-show="apply">{now.apply.join("\n")}</pre>
          </>
        )}
      </section>
      {now.good === undefined ? null : (
        <section>
          <h2>{say(W.goodOne)}</h2>
          <p>
            {secondText(now.good.wallMs)} {now.good.same ? say(W.goodSame) : say(W.goodBack)}
          </p>
          {now.good.same ? null : <pre>{now.back.join("\n")}</pre>}
        </section>
      )}
      <section>
        <h2>{say(W.configNow)}</h2>
        <p>
          <code>{now.file}</code>
        </p>
        <Findings findings={now.findings} />
        {now.text === "" ? <p>{say(W.configNone)}</p> : <Numbered text={now.text} />}
      </section>
    </>
  );
}

/** Lines with their numbers, as the findings name them. */
function Numbered({ text: whole }: { readonly text: string }): JSX.Element {
  const lines = whole.split("\n").map((line, n) => `${String(n + 1).padStart(4)}  ${line}`);
  return <pre class="config">{lines.join("\n")}</pre>;
}

function Findings({ findings }: { readonly findings: readonly ConfigFinding[] }): JSX.Element {
  return (
    <ul class="findings">
      {findings.map((one) => (
        <li key={`${one.line} ${one.column} ${one.code} ${one.path}`} class={one.severity === "error" ? "bad" : "warn"}>
          <b>
            {one.severity === "error" ? "✕" : "!"} {say(W.line)} {one.line}，{say(W.column)} {one.column} · {one.code}
          </b>
          <span>{say(one.message)}</span>
          <span>→ {say(one.hint)}</span>
        </li>
      ))}
    </ul>
  );
}

async function read(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  // `Blob.text` is younger than our booths' browsers.
  text.value = await new Response(file).text();
  checked.value = undefined;
}

async function send(method: "POST" | "PUT", to: "checks" | "offered"): Promise<void> {
  const told = await ask<ConfigChecked>(method, `/workshop/config/${to}`, { text: text.peek() });
  if ("ok" in told) {
    checked.value = told.ok;
    if (told.ok.sound) tell(W.checked, true);
    else tell(W.unsound, false);
  } else {
    tellTrouble(told.trouble);
  }
  if (to === "offered") await lookConfig();
}
