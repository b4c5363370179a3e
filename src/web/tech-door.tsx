/** Entering as a technician or admin; and at the very first start, making the first admin with the code of the console. */
import type { JSX } from "preact";
import { NAME_MOST } from "../core/account-names.ts";
import { act } from "./ask.ts";
import { fieldsOf } from "./fields.ts";
import { say } from "./language.ts";
import { Login } from "./office.tsx";
import { learnMe, me } from "./session.ts";
import { W } from "./tech-words.ts";

export function DoorForm(): JSX.Element {
  return me.value?.accounts === true ? <Login title={W.login} notYours={W.notYours} /> : <SetUp />;
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
        <input name="name" autocomplete="username" maxLength={NAME_MOST} required />
      </label>
      <label>
        {say(W.who)}
        <input name="who" autocomplete="name" maxLength={NAME_MOST} required />
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
