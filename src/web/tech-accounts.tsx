/** Accounts, for an admin: who may enter; made, disabled, given a new secret. What is done here stands in the journal. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { NAME_MOST } from "../core/account-names.ts";
import { ROLES } from "../core/roles.ts";
import type { Account } from "../shell/accounts.ts";
import { act, ask, tellTrouble } from "./ask.ts";
import { fieldsOf } from "./fields.ts";
import { say } from "./language.ts";
import { ROLE, W } from "./tech-words.ts";
import { secondText } from "./times.ts";

const accounts = signal<readonly Account[]>([]);
const resetting = signal("");

export async function lookAccounts(): Promise<void> {
  const told = await ask<{ readonly accounts: readonly Account[] }>("GET", "/accounts");
  if ("ok" in told) accounts.value = told.ok.accounts;
  else tellTrouble(told.trouble);
}

/** 6 digits or more are a PIN, for guards alone; anything else is a password. */
const secretOf = (text: string, role: string): Readonly<Record<string, string>> =>
  role === "guard" && /^\d{6,12}$/.test(text) ? { pin: text } : { password: text };

export function AccountsTab(): JSX.Element {
  return (
    <>
      <ul class="cards wide">
        {accounts.value.map((one) => (
          <One key={one.id} one={one} />
        ))}
      </ul>
      <form
        class="fields card"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = fieldsOf(form);
          const role = given("role");
          const body = { name: given("name"), who: given("who"), role, ...secretOf(given("secret"), role) };
          void act<Account>("POST", "/accounts", body, W.added).then((made) => {
            if (made !== undefined) form.reset();
            return lookAccounts();
          });
        }}
      >
        <h2>{say(W.add)}</h2>
        <label>
          {say(W.account)}
          <input name="name" autocomplete="off" maxLength={NAME_MOST} required />
        </label>
        <label>
          {say(W.who)}
          <input name="who" autocomplete="off" maxLength={NAME_MOST} required />
        </label>
        <label>
          {say(W.role)}
          <select name="role">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {say(ROLE[role] ?? W.role)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(W.secret)}
          <input name="secret" type="password" autocomplete="new-password" required />
        </label>
        <button type="submit" class="primary">
          {say(W.make)}
        </button>
      </form>
    </>
  );
}

function One({ one }: { readonly one: Account }): JSX.Element {
  const change = (method: string, path: string, body: unknown): void =>
    void act(method, `/accounts/${one.id}${path}`, body, W.changed).then(() => {
      resetting.value = "";
      return lookAccounts();
    });
  return (
    <li class="card block" data-account={one.name}>
      <div class="row">
        <span class="grow">
          <strong>
            {one.who}（{one.name}）{say(ROLE[one.role] ?? W.role)}
            {one.disabled ? ` · ✕ ${say(W.disabled)}` : ""}
          </strong>
          <small>
            {say(W.lastEntered)} {one.enteredAt === undefined ? say(W.never) : secondText(one.enteredAt)}
          </small>
        </span>
        <button
          type="button"
          data-act="disable"
          aria-label={`${one.who} ${say(one.disabled ? W.enable : W.disable)}`}
          onClick={() => change("PATCH", "", { disabled: !one.disabled })}
        >
          {say(one.disabled ? W.enable : W.disable)}
        </button>
        <button
          type="button"
          data-act="reset"
          aria-label={`${one.who} ${say(W.reset)}`}
          onClick={() => (resetting.value = resetting.peek() === one.id ? "" : one.id)}
        >
          {say(W.reset)}
        </button>
        {one.totp ? (
          <button type="button" onClick={() => change("DELETE", "/totp", undefined)}>
            {say(W.totpOff)}
          </button>
        ) : null}
      </div>
      {resetting.value === one.id ? (
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            change("PUT", "/secret", secretOf(fieldsOf(event.currentTarget)("fresh"), one.role));
          }}
        >
          <label>
            {say(W.secret)}
            <input name="fresh" type="password" autocomplete="new-password" required />
          </label>
          <button type="submit">{say(W.reset)}</button>
        </form>
      ) : null}
    </li>
  );
}
