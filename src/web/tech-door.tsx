/** Entering as a technician or admin; and at the very first start, making the first admin with the code of the console. */
import type { JSX } from "preact";
import { say } from "./language.ts";
import { learnMe, me } from "./session.ts";
import { act } from "./tech-ask.ts";
import { W } from "./tech-words.ts";

export function DoorForm(): JSX.Element {
  return me.value?.accounts === true ? <Login /> : <SetUp />;
}

function Login(): JSX.Element {
  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault();
        const given = fieldsOf(event.currentTarget);
        const totp = given("totp");
        const body = { name: given("name"), password: given("password"), ...(totp === "" ? {} : { totp }) };
        void act("POST", "/sessions", body, W.entered).then(learnMe);
      }}
    >
      <h2>{say(me.value?.user === null ? W.login : W.notYours)}</h2>
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

function SetUp(): JSX.Element {
  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault();
        const given = fieldsOf(event.currentTarget);
        const body = { code: given("code"), name: given("name"), who: given("who"), password: given("password") };
        void act("POST", "/setup", body, W.setUpDone).then(learnMe);
      }}
    >
      <h2>{say(W.setUp)}</h2>
      <p>{say(W.setUpHow)}</p>
      <label>
        {say(W.setUpCode)}
        <input name="code" autocomplete="off" required />
      </label>
      <label>
        {say(W.account)}
        <input name="name" autocomplete="username" maxLength={32} required />
      </label>
      <label>
        {say(W.who)}
        <input name="who" autocomplete="name" maxLength={32} required />
      </label>
      <label>
        {say(W.password)}
        <input name="password" type="password" autocomplete="new-password" required />
      </label>
      <button type="submit" class="primary">
        {say(W.make)}
      </button>
    </form>
  );
}

/** What stands in a form's field, without blanks around. */
export function fieldsOf(form: HTMLFormElement): (name: string) => string {
  return (name) => {
    const field = form.elements.namedItem(name);
    const isField =
      field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement;
    return isField ? field.value.trim() : "";
  };
}
