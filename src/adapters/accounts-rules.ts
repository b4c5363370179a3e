/** Which budgets a try draws on, what a new secret is, the code for the first admin, and what is shown of an account. */
import { passwordProblem, pinProblem } from "../core/secret-rules.ts";
import type { Account, Entry, NewAccount, NewSecret } from "../shell/accounts.ts";
import { newCode } from "./accounts-secret.ts";
import { fold, type Store, type StoredAccount } from "./accounts-store.ts";
import type { Key } from "./accounts-tries.ts";

const SETUP_MS = 24 * 3_600_000;

export const isYoung = (made: number, wallMs: number): boolean => Math.abs(wallMs - made) < SETUP_MS;

/** The code there is, or a new one. */
export function setupCode(store: Store, wallMs: number, write: (work: (rows: Store) => void) => void): string {
  const kept = store.setup();
  if (kept !== undefined && isYoung(kept.made, wallMs)) return kept.code;
  const code = newCode();
  write((rows) => rows.saveSetup(code, wallMs));
  return code;
}

export function keysOf({ name, address, near }: Entry): readonly Key[] {
  const side = near ? "near" : "far";
  const one: Key = { budget: "account", key: `${side} ${fold(name)}` };
  const two: Key = { budget: "address", key: `${side} ${address}` };
  return near ? [one, two] : [one, two, { budget: "site", key: "" }];
}

/** What a new secret is, and what is wrong with it. */
export function secretOf(
  secret: NewSecret,
  { role, name, who }: Pick<NewAccount, "role" | "name" | "who">,
): { readonly kind: "password" | "pin"; readonly text: string; readonly weak: string | undefined } {
  if ("pin" in secret) {
    const weak = role === "guard" ? pinProblem(secret.pin) : "pin-for-guards";
    return { kind: "pin", text: secret.pin, weak };
  }
  return { kind: "password", text: secret.password, weak: passwordProblem(secret.password, [name, who]) };
}

export const shown = (one: StoredAccount): Account => ({
  id: one.id,
  name: one.name,
  who: one.who,
  role: one.role,
  disabled: one.disabled,
  secret: one.kind,
  totp: one.totp !== null,
  ...(one.entered === null ? {} : { enteredAt: one.entered }),
});

/** Whether the last admin who may enter would be gone. */
export function leavesNoAdmin(all: readonly StoredAccount[], before: StoredAccount, after: StoredAccount): boolean {
  const mayStill = (one: StoredAccount): boolean => one.role === "admin" && !one.disabled;
  return mayStill(before) && !mayStill(after) && !all.some((one) => one.id !== before.id && mayStill(one));
}
