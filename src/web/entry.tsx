/** Entering: name, PIN or password, a one-time code where the account has one; with a keypad for wet or gloved fingers. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Sentence } from "../shell/desk.ts";
import { fieldsOf } from "./fields.ts";
import { s, say } from "./language.ts";
import { recallText, remember } from "./remembered.ts";
import type { Refused } from "./session.ts";

const W = {
  name: s("账号", "Name"),
  who: s("接班人", "Next"),
  secret: s("PIN/口令", "PIN"),
  pin: s("PIN", "PIN"),
  code: s("动态码", "One-time code"),
  enter: s("进入", "Enter"),
  rub: s("删一位", "Rub out one"),
} as const;
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
/** The account that entered last in this browser: staff alone have accounts. */
const LAST = "last-account";

const secret = signal("");
const busy = signal(false);
const refused = signal<Refused>(undefined);

export interface EntryProps {
  /** Makes ids of the page's own. */
  readonly id: string;
  readonly title?: Sentence;
  /** For a hand-over: no password, nobody is remembered, and what the button says. */
  readonly handOver?: { readonly word: Sentence; readonly needsPin: boolean };
  readonly submit: (name: string, secret: string, code: string) => Promise<Refused>;
}

export function EntryForm({ id, title, handOver, submit }: EntryProps): JSX.Element {
  const needsSecret = handOver?.needsPin !== false;
  return (
    <form
      class="entry"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        const given = fieldsOf(event.currentTarget);
        void send(given("name"), given("code"));
      }}
    >
      {title === undefined ? null : <h2>{say(title)}</h2>}
      <label for={`${id}-name`}>{say(handOver === undefined ? W.name : W.who)}</label>
      <input
        id={`${id}-name`}
        name="name"
        maxLength={32}
        required
        defaultValue={handOver === undefined ? recallText(LAST) : ""}
      />
      {needsSecret ? (
        <>
          <label for={`${id}-secret`}>{say(handOver === undefined ? W.secret : W.pin)}</label>
          <input
            id={`${id}-secret`}
            name="secret"
            type="password"
            autocomplete="off"
            required
            {...(handOver === undefined ? {} : { inputMode: "numeric", pattern: "[0-9]{6,12}" })}
            value={secret.value}
            onInput={(event) => {
              secret.value = event.currentTarget.value;
            }}
          />
        </>
      ) : null}
      {refused.value?.codeNeeded === true ? (
        <>
          <label for={`${id}-code`}>{say(W.code)}</label>
          <input id={`${id}-code`} name="code" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" />
        </>
      ) : null}
      {refused.value === undefined ? null : <p role="alert">✕ {say(refused.value.text)}</p>}
      {needsSecret ? (
        <Pad word={handOver?.word ?? W.enter} />
      ) : (
        <button type="submit" class="primary" disabled={busy.value}>
          {say(handOver?.word ?? W.enter)}
        </button>
      )}
    </form>
  );

  async function send(name: string, code: string): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    refused.value = await submit(name, secret.peek(), code);
    busy.value = false;
    if (refused.peek()?.codeNeeded === true) return;
    secret.value = "";
    if (refused.peek() === undefined && handOver === undefined) remember(LAST, name);
  }
}

function Pad({ word }: { readonly word: Sentence }): JSX.Element {
  return (
    <div class="pad">
      {DIGITS.map((digit) => (
        <Key key={digit} digit={digit} />
      ))}
      <button
        type="button"
        aria-label={say(W.rub)}
        onClick={() => {
          secret.value = secret.peek().slice(0, -1);
        }}
      >
        ⌫
      </button>
      <Key digit="0" />
      <button type="submit" class="primary" disabled={busy.value}>
        {say(word)}
      </button>
    </div>
  );
}

function Key({ digit }: { readonly digit: string }): JSX.Element {
  return (
    <button
      type="button"
      onClick={() => {
        secret.value = `${secret.peek()}${digit}`.slice(0, 256);
      }}
    >
      {digit}
    </button>
  );
}
