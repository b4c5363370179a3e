/** Accounts over the API: the first admin by the set-up code, then all others by an admin; one's own secret by oneself. */
import { z } from "zod";
import { ACCOUNT_NAME, NAME_MOST } from "../core/account-names.ts";
import type { Account, AccountDeed, AccountRefusal, Accounts, AccountTold, NewSecret } from "../shell/accounts.ts";
import type { Mount, Told } from "./http-route.ts";
import { refusalOf, roleSchema } from "./http-session.ts";

const name = z.string().regex(ACCOUNT_NAME);
const who = z.string().trim().min(1).max(NAME_MOST);
const password = z.string().min(1).max(256);
const pin = z.string().min(1).max(32);
const secretShape = { password: password.optional(), pin: pin.optional() };
const idParams = z.strictObject({ id: z.string().min(1).max(64) });
const code = z.string().regex(/^\d{6}$/);

/** `Account`, as the document shows it. */
const accountSchema = z.object({
  id: z.string(),
  name: z.string(),
  who: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  secret: z.enum(["password", "pin"]),
  totp: z.boolean(),
  enteredAt: z.number().optional(),
});

/** Told once it is done. */
export type NoteAccount = (told: AccountTold) => void;

export function accountRoutes(mount: Mount, accounts: Accounts, note: NoteAccount): void {
  /** Says what was done, where it was. */
  const noted = (found: Account | AccountRefusal, deed: AccountDeed, status: number, by?: string): Told => {
    if (!("why" in found)) note({ deed, whose: found.who, role: found.role, ...(by === undefined ? {} : { by }) });
    return told(found, status);
  };
  mount(
    {
      method: "POST",
      path: "/api/v1/setup",
      access: "ask",
      says: { zh: "用初装码建第一个管理员", en: "Makes the first admin, with the set-up code" },
      body: z.strictObject({ code: z.string().min(1).max(32), name, who, password }),
      answers: { 201: accountSchema },
    },
    async ({ body, request }) => {
      const admin = { name: body.name, who: body.who, role: "admin", secret: { password: body.password } } as const;
      return noted(await accounts.setUp(body.code, admin, request.ip), "set-up", 201);
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/accounts",
      access: "accounts",
      says: { zh: "所有账号", en: "All accounts" },
      answers: { 200: z.object({ accounts: z.array(accountSchema) }) },
    },
    () => ({ status: 200, body: { accounts: accounts.list() } }),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/accounts",
      access: "accounts",
      says: { zh: "新账号；PIN 只给保安", en: "A new account; a PIN is for guards alone" },
      body: z.strictObject({ name, who, role: roleSchema, ...secretShape }),
      answers: { 201: accountSchema },
    },
    async ({ body, asker }) => {
      const secret = secretOf(body);
      if (secret === undefined) return { code: "INPUT_INVALID", place: "$.password" };
      const made = await accounts.add({ name: body.name, who: body.who, role: body.role, secret });
      return noted(made, "added", 201, asker.by.who);
    },
  );
  mount(
    {
      method: "PATCH",
      path: "/api/v1/accounts/:id",
      access: "accounts",
      says: { zh: "改称呼、角色，停用或启用", en: "Another name or role; disable, enable" },
      params: idParams,
      body: z.strictObject({ who: who.optional(), role: roleSchema.optional(), disabled: z.boolean().optional() }),
      answers: { 200: accountSchema },
    },
    ({ params, body, asker }) => {
      const changed = accounts.change(params.id, {
        ...(body.who === undefined ? {} : { who: body.who }),
        ...(body.role === undefined ? {} : { role: body.role }),
        ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
      });
      const deed = body.disabled === undefined ? "changed" : body.disabled ? "disabled" : "enabled";
      return noted(changed, deed, 200, asker.by.who);
    },
  );
  mount(
    {
      method: "PUT",
      path: "/api/v1/accounts/:id/secret",
      access: "accounts",
      says: { zh: "给一个账号新口令或 PIN，它的登录全部结束", en: "A new secret for an account; all its sessions end" },
      params: idParams,
      body: z.strictObject(secretShape),
      answers: { 200: accountSchema },
    },
    async ({ params, body, asker }) => {
      const secret = secretOf(body);
      if (secret === undefined) return { code: "INPUT_INVALID", place: "$.password" };
      return noted(await accounts.reset(params.id, secret), "secret", 200, asker.by.who);
    },
  );
  mount(
    {
      method: "DELETE",
      path: "/api/v1/accounts/:id/totp",
      access: "accounts",
      says: { zh: "停用一个账号的动态码（手机丢了）", en: "Ends an account's one-time codes (a lost telephone)" },
      params: idParams,
      answers: { 200: accountSchema },
    },
    ({ params, asker }) => noted(accounts.totpOff(params.id), "totp-off", 200, asker.by.who),
  );
  ownRoutes(mount, accounts, noted);
}

type Noted = (found: Account | AccountRefusal, deed: AccountDeed, status: number, by?: string) => Told;

function ownRoutes(mount: Mount, accounts: Accounts, noted: Noted): void {
  mount(
    {
      method: "PUT",
      path: "/api/v1/me/secret",
      access: "own",
      says: { zh: "改自己的口令或 PIN", en: "Changes one's own password or PIN" },
      body: z.strictObject({ old: z.string().min(1).max(256), ...secretShape }),
      answers: { 200: accountSchema },
    },
    async ({ body, asker }) => {
      const secret = secretOf(body);
      if (secret === undefined) return { code: "INPUT_INVALID", place: "$.password" };
      if (asker.session === undefined) return { code: "login-needed" };
      const { account, id, who } = asker.session;
      return noted(await accounts.reset(account, secret, { old: body.old, keep: id }), "secret", 200, who);
    },
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/me/totp",
      access: "own",
      says: { zh: "取一个新的动态码密钥", en: "A new key for one-time codes" },
      answers: { 200: z.object({ secret: z.string(), uri: z.string() }) },
    },
    ({ asker }) => {
      if (asker.session === undefined) return { code: "login-needed" };
      const made = accounts.totpNew(asker.session.account);
      return "why" in made ? refusalOf(made) : { status: 200, body: made };
    },
  );
  mount(
    {
      method: "PUT",
      path: "/api/v1/me/totp",
      access: "own",
      says: { zh: "用一个动态码启用它", en: "Puts it in use, with a code of it" },
      body: z.strictObject({ code }),
      answers: { 200: accountSchema },
    },
    ({ asker, body }) =>
      asker.session === undefined
        ? { code: "login-needed" }
        : noted(accounts.totpOn(asker.session.account, body.code), "totp-on", 200),
  );
}

function secretOf(body: {
  readonly password?: string | undefined;
  readonly pin?: string | undefined;
}): NewSecret | undefined {
  if (body.pin !== undefined) return { pin: body.pin };
  return body.password === undefined ? undefined : { password: body.password };
}

function told(found: Account | AccountRefusal, status: number): Told {
  return "why" in found ? refusalOf(found) : { status, body: found };
}
