/** What the clerk's and the technician's pages share: their head, the sentence that was said last, and the door. */
import "./old-browser.ts";
import type { JSX } from "preact";
import type { Sentence } from "../shell/desk.ts";
import { act, said } from "./ask.ts";
import { fieldsOf } from "./fields.ts";
import { s, say } from "./language.ts";
import { learnMe, leave, me } from "./session.ts";

const W = {
  guard: s("岗亭页", "Guard's page"),
  leave: s("退出", "Leave"),
  account: s("账号", "Account"),
  password: s("口令", "Password"),
  totp: s("动态码（没有就不填）", "One-time code (if you have one)"),
  enter: s("进入", "Enter"),
  entered: s("已登录", "Entered"),
} as const;

const atOnce = (then: () => void): void => then();

/** @param before what may still stand in the way of leaving */
export function Top({
  title,
  before = atOnce,
}: {
  readonly title: Sentence;
  readonly before?: (then: () => void) => void;
}): JSX.Element {
  const user = me.value?.user ?? undefined;
  return (
    <header class="top noprint">
      <h1>
        <img src="/icon.svg" alt="" width="40" height="40" /> {say(title)}
      </h1>
      <span class="grow">{user?.who ?? ""}</span>
      <a class="button" href="/">
        {say(W.guard)}
      </a>
      {user === undefined ? null : (
        <button type="button" data-act="leave" onClick={() => before(() => void leave())}>
          {say(W.leave)}
        </button>
      )}
    </header>
  );
}

/** The last thing that was done or went wrong; it stays until the next. `lost` stands over it. */
export function Said({ lost }: { readonly lost?: Sentence | undefined }): JSX.Element {
  const last = lost === undefined ? said.value : { sentence: lost, good: false };
  const kind = last === undefined ? "" : last.good ? "good" : "bad";
  return (
    <p class={`said noprint ${kind}`} role="status">
      {last === undefined ? "" : `${last.good ? "●" : "✕"} ${say(last.sentence)}`}
    </p>
  );
}

export function Login(props: { readonly title: Sentence; readonly notYours: Sentence }): JSX.Element {
  return (
    <form
      class="fields login"
      onSubmit={(event) => {
        event.preventDefault();
        const given = fieldsOf(event.currentTarget);
        const totp = given("totp");
        const body = { name: given("name"), password: given("password"), ...(totp === "" ? {} : { totp }) };
        void act("POST", "/sessions", body, W.entered).then(learnMe);
      }}
    >
      <h2>{say(me.value?.user === null ? props.title : props.notYours)}</h2>
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
        <input name="totp" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" />
      </label>
      <button type="submit" class="primary">
        {say(W.enter)}
      </button>
    </form>
  );
}
