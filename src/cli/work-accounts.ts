/**
 * `gatepost accounts`: the file itself, so that it works with the gate stopped, and beside it within a second. Each change
 * leaves its deed in the same transaction; the gate writes the row.
 */
import { randomInt, randomUUID } from "node:crypto";
import { join } from "node:path";
import { secretOf, setupCode } from "../adapters/accounts-rules.ts";
import { ACCOUNTS_FILE, openAccountsFile } from "../adapters/accounts-schema.ts";
import { newCode, openSecrets } from "../adapters/accounts-secret.ts";
import { fold, openStore, type Store, type StoredAccount } from "../adapters/accounts-store.ts";
import { databaseFault, makeDataFolder } from "../adapters/database.ts";
import { ACCOUNT_NAME, NAME_MOST, personNamed } from "../core/account-names.ts";
import { GateError } from "../core/fault.ts";
import type { Role } from "../core/roles.ts";
import { pinProblem } from "../core/secret-rules.ts";
import type { AccountDeed } from "../shell/accounts.ts";
import { consolePerson } from "./console-person.ts";
import { type House, loadOrSay } from "./house.ts";
import type { AccountsOptions, AccountsResult } from "./works.ts";

export async function accountsWork(house: House, options: AccountsOptions): Promise<AccountsResult> {
  const { dataDir } = loadOrSay(house, options.configPath, process.env, false);
  makeDataFolder(dataDir);
  const file = join(dataDir, ACCOUNTS_FILE);
  const db = openAccountsFile(file);
  try {
    db.pragma("synchronous = FULL");
    db.pragma("busy_timeout = 5000");
    return await accountsDone(openStore(db), options);
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}

/** In a file that is open. @throws GateError INPUT_INVALID */
export async function accountsDone(
  store: Store,
  options: Omit<AccountsOptions, "configPath">,
): Promise<AccountsResult> {
  const { deed, name = "" } = options;
  if (deed === "list") return told(store);
  if (deed === "setup-code") {
    if (store.accounts().length > 0) throw wrong("there are accounts already 已经有账号，用 add 或 reset");
    return { ...told(store), setupCode: setupCode(store, Date.now(), (work) => store.together(() => work(store))) };
  }
  const account = store.accounts().find((one) => fold(one.name) === fold(name));
  if (deed === "add") return added(store, options, account);
  if (account === undefined) throw wrong(`there is no account ${name} 没有这个账号`);
  if (deed === "reset") return reset(store, account, options.secret);
  const disabled = deed === "disable";
  store.together(() => {
    store.change({ ...account, disabled });
    if (disabled) store.endAll(account.id);
    noted(store, account, [disabled ? "disabled" : "enabled"]);
  });
  return told(store);
}

async function added(
  store: Store,
  { name = "", role = "guard", who: asked = name, secret }: Omit<AccountsOptions, "configPath">,
  there: StoredAccount | undefined,
): Promise<AccountsResult> {
  if (!ACCOUNT_NAME.test(name)) throw wrong(`${name}: letters, digits and . _ - 只能用字母、汉字、数字和 . _ -`);
  if (there !== undefined) throw wrong(`${name} is taken 账号名已有人用`);
  const who = personNamed(asked);
  if (who === undefined) throw wrong(`--who: 1 to ${NAME_MOST} characters 称呼为 1 到 ${NAME_MOST} 个字`);
  const text = secret ?? newSecret(role);
  const { kind, hash } = await hashed(text, { name, who, role });
  const account = { id: randomUUID(), name, who, role };
  store.together(() => {
    store.add({ ...account, kind, hash });
    store.endSetup();
    noted(store, account, ["added"]);
  });
  return { ...told(store), ...(secret === undefined ? { secret: text } : {}) };
}

async function reset(store: Store, account: StoredAccount, secret: string | undefined): Promise<AccountsResult> {
  const text = secret ?? newSecret(account.role);
  const { kind, hash } = await hashed(text, account);
  store.together(() => {
    store.secret({ id: account.id, kind, hash });
    store.totp(account.id, null, account.totpStep);
    store.change({ ...account, disabled: false });
    store.endAll(account.id);
    // Whoever holds the machine needn't wait for what somebody else has guessed.
    for (const { key } of store.tries()) if (key.endsWith(` ${fold(account.name)}`)) store.endTries(key);
    const undone = [
      ...(account.totp === null ? [] : (["totp-off"] as const)),
      ...(account.disabled ? (["enabled"] as const) : []),
    ];
    noted(store, account, ["secret", ...undone]);
  });
  return { ...told(store), ...(secret === undefined ? { secret: text } : {}) };
}

/** In the change's own transaction. */
function noted(
  store: Store,
  { name, who, role }: Pick<StoredAccount, "name" | "who" | "role">,
  deeds: readonly AccountDeed[],
): void {
  const by = consolePerson();
  for (const deed of deeds)
    store.noteDeed({ id: randomUUID(), deed, account: name, whose: who, role, by, doneMs: Date.now() });
}

async function hashed(text: string, account: { readonly name: string; readonly who: string; readonly role: Role }) {
  const asked = account.role === "guard" && /^\d+$/.test(text) ? { pin: text } : { password: text };
  const { kind, weak } = secretOf(asked, account);
  if (weak !== undefined)
    throw wrong(
      `too easy (${weak}): a password has 10 characters, a PIN 6 digits 口令至少 10 个字符，PIN 至少 6 位，不能太简单`,
    );
  return { kind, hash: await openSecrets().hash(text) };
}

function newSecret(role: Role): string {
  if (role !== "guard") return newCode().toLowerCase();
  for (;;) {
    const pin = String(randomInt(0, 100_000_000)).padStart(8, "0");
    if (pinProblem(pin) === undefined) return pin;
  }
}

const told = (store: Store): AccountsResult => ({
  accounts: store.accounts().map(({ name, who, role, disabled, kind, totp }) => ({
    name,
    who,
    role,
    disabled,
    secret: kind,
    totp: totp !== null,
  })),
});

const wrong = (message: string): GateError => new GateError("INPUT_INVALID", message);
