/** Entering, leaving, guessing: on the real file, with clocks turned by hand. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccountsOpen } from "../../src/adapters/accounts.ts";
import { BOOTH_MS, MOST_BOOTHS, openBooths } from "../../src/adapters/accounts-booths.ts";
import { openAccountsFile } from "../../src/adapters/accounts-schema.ts";
import { totpAt, totpStep } from "../../src/adapters/accounts-secret.ts";
import { openStore } from "../../src/adapters/accounts-store.ts";
import { admin, entry, guard, inside, made, openFolder, PASSWORD, PIN } from "./place.ts";

const HOUR = 3_600_000;
let place: ReturnType<typeof openFolder>;
let accounts: AccountsOpen;
beforeEach(() => {
  place = openFolder();
  accounts = place.open();
});
afterEach(() => place.leave());

describe("the first admin", () => {
  it("is made with the code shown on the machine, once", async () => {
    expect(accounts.any).toBe(false);
    const code = accounts.setupCode() ?? "";
    expect(code).toMatch(/^[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}$/);
    expect(accounts.setupCode()).toBe(code);
    expect(await accounts.setUp("AAAA-AAAA-AAAA", admin, "a")).toEqual({ why: "entry-wrong" });
    const first = made(await accounts.setUp(code.toLowerCase(), admin, "a"));
    expect([first.role, first.name]).toEqual(["admin", "chen"]);
    expect(accounts.any).toBe(true);
    expect(accounts.setupCode()).toBeUndefined();
    expect(await accounts.setUp(code, { ...admin, name: "second" }, "a")).toEqual({ why: "setup-over" });
    expect(accounts.list()).toHaveLength(1);
  });

  it("two at once make one", async () => {
    const code = accounts.setupCode() ?? "";
    const both = await Promise.all([
      accounts.setUp(code, admin, "a"),
      accounts.setUp(code, { ...admin, name: "other" }, "b"),
    ]);
    expect(both.filter((one) => "id" in one)).toHaveLength(1);
    expect(accounts.list()).toHaveLength(1);
  });

  it("a code lasts a day, and a restart", async () => {
    const code = accounts.setupCode() ?? "";
    accounts = await place.reopen(accounts);
    expect(accounts.setupCode()).toBe(code);
    place.pass(24 * HOUR);
    expect(await accounts.setUp(code, admin, "a")).toEqual({ why: "entry-wrong" });
    expect(accounts.setupCode()).not.toBe(code);
  });

  it("guessing at the code is slowed", async () => {
    accounts.setupCode();
    for (let i = 0; i < 5; i++) await accounts.setUp(`GUESS-${i}`, admin, `10.0.0.${i}`);
    expect(await accounts.setUp(accounts.setupCode() ?? "", admin, "10.0.0.99")).toMatchObject({
      why: "too-many-tries",
      waitMs: 30_000,
    });
  });
});

it("the file is its owner's alone, and holds neither secret nor cookie", async () => {
  made(await accounts.add(guard));
  const { token } = inside(await accounts.enter(entry()));
  await place.reopen(accounts);
  expect(statSync(place.file).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(place.file, "latin1");
  expect(bytes).toContain("$argon2id$v=19$m=19456,t=4,p=1$");
  expect(bytes).not.toContain(token);
  expect(bytes).not.toContain(PIN);
});

describe("entering", () => {
  it.each([
    ["right", {}, undefined],
    ["the name in other letters", { name: "ＷANG" }, undefined],
    ["a wrong PIN", { secret: "739185" }, "entry-wrong"],
    ["no such name", { name: "li" }, "entry-wrong"],
    ["an empty secret", { secret: "" }, "entry-wrong"],
  ])("%s", async (_what, change, why) => {
    made(await accounts.add(guard));
    const told = await accounts.enter(entry(change));
    expect("why" in told ? told.why : undefined).toBe(why);
  });

  it.each([
    ["a PIN for a clerk", { role: "clerk" as const }, "secret-weak"],
    ["an easy PIN", { secret: { pin: "123456" } }, "secret-weak"],
    ["a short password", { role: "clerk" as const, secret: { password: "short" } }, "secret-weak"],
    ["a name that is taken", { name: "WANG" }, "name-taken"],
  ])("%s makes no account", async (_what, change, why) => {
    made(await accounts.add(guard));
    expect(await accounts.add({ ...guard, name: "li", ...change })).toMatchObject({ why });
    expect(accounts.list()).toHaveLength(1);
  });

  it("a new session each time; the one before, of the same browser, ends", async () => {
    made(await accounts.add(guard));
    const ended: (string | undefined)[] = [];
    accounts.onEnd((session) => ended.push(session));
    const first = inside(await accounts.enter(entry()));
    const second = inside(await accounts.enter(entry({ instead: first.token })));
    expect(second.token).not.toBe(first.token);
    expect(accounts.sessionOf(first.token)).toBeUndefined();
    expect(accounts.sessionOf(second.token)?.who).toBe("王建国");
    expect(ended).toEqual([first.session.id]);
  });

  it("a cookie that somebody made up beforehand is nobody's (fixation)", async () => {
    made(await accounts.add(guard));
    const planted = "A".repeat(43);
    const entered = inside(await accounts.enter(entry({ instead: planted })));
    expect(entered.token).not.toBe(planted);
    expect(accounts.sessionOf(planted)).toBeUndefined();
  });
});

describe("a session", () => {
  it.each([
    ["a guard's lasts a day", guard, PIN, 24 * HOUR, 24 * HOUR],
    ["an admin's ends after half an hour of nothing", admin, PASSWORD, HOUR / 2, 12 * HOUR],
  ])("%s", async (_what, who, secret, idleMs, mostMs) => {
    made(await accounts.add(who));
    const enter = async () => inside(await accounts.enter(entry({ name: who.name, secret })));
    const { token } = await enter();
    place.pass(idleMs - 1);
    expect(accounts.sessionOf(token)).toBeDefined();
    place.pass(idleMs);
    expect(accounts.sessionOf(token)).toBeUndefined();
    const busy = await enter();
    for (let passed = 0; passed < mostMs; passed += idleMs / 2) {
      expect(accounts.sessionOf(busy.token)).toBeDefined();
      place.pass(idleMs / 2);
    }
    expect(accounts.sessionOf(busy.token)).toBeUndefined();
  });

  it("lives through a restart, with the time that is left", async () => {
    made(await accounts.add(guard));
    const { token } = inside(await accounts.enter(entry()));
    place.pass(20 * HOUR);
    accounts = await place.reopen(accounts);
    expect(accounts.sessionOf(token)?.name).toBe("wang");
    place.pass(4 * HOUR);
    expect(accounts.sessionOf(token)).toBeUndefined();
  });

  it.each([
    ["forward by ten years", 10 * 365 * 24 * HOUR],
    ["back to 1970", -Date.UTC(2026, 10, 25)],
  ])("neither ends nor grows when the wall clock jumps %s", async (_what, byMs) => {
    made(await accounts.add(guard));
    const { token } = inside(await accounts.enter(entry()));
    place.clock.wall += byMs;
    expect(accounts.sessionOf(token)).toBeDefined();
    place.clock.now += 24 * HOUR;
    expect(accounts.sessionOf(token)).toBeUndefined();
  });

  it("of a disabled account is over at once, over a restart too, and its browser is no booth", async () => {
    const one = made(await accounts.add(guard));
    const { token, booth = "" } = inside(await accounts.enter(entry()));
    expect(accounts.isBooth(booth)).toBe(true);
    expect(accounts.change(one.id, { disabled: true })).toMatchObject({ disabled: true });
    expect(accounts.sessionOf(token)).toBeUndefined();
    expect(accounts.isBooth(booth)).toBe(false);
    accounts = await place.reopen(accounts);
    expect(accounts.sessionOf(token)).toBeUndefined();
    expect(await accounts.enter(entry())).toEqual({ why: "entry-wrong" });
    expect(accounts.any).toBe(true);
  });

  it("ends when another process disables the account or gives it a new secret", async () => {
    const one = made(await accounts.add(guard));
    const { token, session } = inside(await accounts.enter(entry()));
    const beside = place.open();
    const ended: (string | undefined)[] = [];
    accounts.onEnd((id) => ended.push(id));
    beside.change(one.id, { disabled: true });
    await expect.poll(() => accounts.sessionOf(token), { timeout: 10_000 }).toBeUndefined();
    expect(ended).toEqual([session.id]);
  });

  it("a new secret ends all others; one's own needs the old one", async () => {
    const one = made(await accounts.add(guard));
    const here = inside(await accounts.enter(entry()));
    const there = inside(await accounts.enter(entry()));
    const own = { keep: here.session.id };
    expect(await accounts.reset(one.id, { pin: "480217" }, { ...own, old: "000000" })).toEqual({ why: "entry-wrong" });
    made(await accounts.reset(one.id, { pin: "480217" }, { ...own, old: PIN }));
    expect(accounts.sessionOf(here.token)).toBeDefined();
    expect(accounts.sessionOf(there.token)).toBeUndefined();
    expect(await accounts.enter(entry())).toEqual({ why: "entry-wrong" });
    inside(await accounts.enter(entry({ secret: "480217" })));
  });

  it("the last admin can't be disabled, nor made a guard", async () => {
    const one = made(await accounts.add(admin));
    expect(accounts.change(one.id, { disabled: true })).toEqual({ why: "last-admin" });
    expect(accounts.change(one.id, { role: "clerk" })).toEqual({ why: "last-admin" });
    made(await accounts.add({ ...admin, name: "second" }));
    expect(accounts.change(one.id, { disabled: true })).toMatchObject({ disabled: true });
  });
});

describe("a browser's mark", () => {
  const rows = () => {
    const db = openAccountsFile(place.file);
    const found = openStore(db).booths();
    db.close();
    return found;
  };

  it("leaves the file 30 days after somebody entered in it, at the next start; a younger one stays", async () => {
    made(await accounts.add(guard));
    const old = inside(await accounts.enter(entry())).booth ?? "";
    place.pass(BOOTH_MS - HOUR);
    const young = inside(await accounts.enter(entry())).booth ?? "";
    accounts = await place.reopen(accounts);
    expect(rows()).toHaveLength(2);
    place.pass(HOUR);
    accounts = await place.reopen(accounts);
    expect([accounts.isBooth(old), accounts.isBooth(young)]).toEqual([false, true]);
    expect(rows()).toHaveLength(1);
  });

  it("is one of 32 of its account, the newest; a heap goes by 200 at a time, and again where the disk refused", async () => {
    const one = made(await accounts.add(guard));
    const other = made(await accounts.add(admin));
    await place.shut();
    const db = openAccountsFile(place.file);
    const store = openStore(db);
    for (let n = 0; n < MOST_BOOTHS + 250; n++) store.saveBooth(`h${n}`, one.id, place.clock.wall - n);
    store.saveBooth("other", other.id, place.clock.wall - HOUR);
    let takes = false;
    const booths = openBooths({
      stored: store.booths,
      wallMs: () => place.clock.wall,
      write(work) {
        if (takes) store.together(() => work(store));
        return takes;
      },
    });
    const left: number[] = [];
    for (const now of [false, true, true, true]) {
      takes = now;
      booths.sweep();
      left.push(store.booths().length);
    }
    expect(left).toEqual([MOST_BOOTHS + 251, MOST_BOOTHS + 51, MOST_BOOTHS + 1, MOST_BOOTHS + 1]);
    const kept = store.booths().map(({ hash }) => hash);
    expect(kept).toEqual(expect.arrayContaining(["h0", `h${MOST_BOOTHS - 1}`, "other"]));
    db.close();
  });
});

describe("guessing", () => {
  it("is slowed by account, over restarts; the booth's own tries are counted apart", async () => {
    made(await accounts.add(guard));
    for (let i = 0; i < 5; i++) await accounts.enter(entry({ secret: `80${i}417`, address: `10.0.0.${i}` }));
    const locked = { why: "too-many-tries", waitMs: 30_000 };
    expect(await accounts.enter(entry({ address: "10.0.0.77" }))).toEqual(locked);
    accounts = await place.reopen(accounts);
    expect(await accounts.enter(entry({ address: "10.0.0.78" }))).toEqual(locked);
    inside(await accounts.enter(entry({ near: true, address: "127.0.0.1" })));
    place.pass(30_000);
    inside(await accounts.enter(entry()));
  });

  it("is slowed by address, whatever names are tried", async () => {
    made(await accounts.add(guard));
    for (let i = 0; i < 10; i++) await accounts.enter(entry({ name: `name${i}`, secret: "111222" }));
    expect(await accounts.enter(entry())).toMatchObject({ why: "too-many-tries" });
    inside(await accounts.enter(entry({ address: "192.168.4.21" })));
  });

  it("tries side by side are counted side by side", async () => {
    made(await accounts.add(guard));
    const guesses = Array.from({ length: 40 }, (_, i) =>
      accounts.enter(entry({ secret: String(500_000 + i), address: `10.0.1.${i}` })),
    );
    const told = await Promise.all(guesses);
    expect(told.filter((one) => "why" in one && one.why === "entry-wrong").length).toBeLessThanOrEqual(5);
  });

  it("a clock set back by years lengthens no wait, one set forward while off shortens it to nothing less", async () => {
    made(await accounts.add(guard));
    for (let i = 0; i < 5; i++) await accounts.enter(entry({ secret: `80${i}417`, address: `10.0.0.${i}` }));
    place.clock.wall = 0;
    accounts = await place.reopen(accounts);
    expect(await accounts.enter(entry())).toEqual({ why: "too-many-tries", waitMs: 30_000 });
  });

  const GUESSES = Number(process.env.GATEPOST_GUESSES ?? 400);
  it(`${GUESSES} guesses with 20 restarts from ever new addresses: few are looked at`, {
    timeout: 120_000,
  }, async () => {
    made(await accounts.add(guard));
    let looked = 0;
    for (let i = 0; i < GUESSES; i++) {
      if (i > 0 && i % Math.ceil(GUESSES / 21) === 0) accounts = await place.reopen(accounts);
      const told = await accounts.enter(entry({ secret: String(500_000 + i), address: `10.${i >> 8}.${i & 255}.1` }));
      if ("why" in told && told.why === "entry-wrong") looked += 1;
      place.pass(1_000);
    }
    // One a second: 5 at once, then after 30, 60, 120, 240 … seconds.
    expect(looked).toBeLessThanOrEqual(5 + Math.ceil(Math.log2(GUESSES / 30 + 1)) + Math.floor(GUESSES / 3_600));
    expect(looked).toBeGreaterThanOrEqual(5);
  });
});

describe("one-time codes", () => {
  const key = Buffer.from("12345678901234567890");
  // RFC 6238, appendix B (SHA-1, 8 digits).
  it.each([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ])("at %i s: %s", (seconds, expected) => {
    expect(totpAt(key, Math.floor(seconds / 30), 8)).toBe(expected);
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const step = Math.floor(seconds / 30);
    expect(totpStep(secret, expected.slice(2), seconds * 1_000, 0)).toBe(step);
    expect(totpStep(secret, expected.slice(2), seconds * 1_000, step)).toBeUndefined();
    expect(totpStep(secret, expected.slice(2), seconds * 1_000 + 90_000, 0)).toBeUndefined();
  });

  it("are asked for after the password, and each serves once, over a restart", async () => {
    const one = made(await accounts.add(admin));
    const enter = (code?: string) =>
      accounts.enter(entry({ name: "chen", secret: PASSWORD, ...(code === undefined ? {} : { code }) }));
    expect(accounts.totpOn(one.id, "123456")).toEqual({ why: "totp-unset" });
    const told = accounts.totpNew(one.id);
    if ("why" in told) throw new Error(told.why);
    expect(told.uri).toMatch(/^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}&issuer=/);
    const bytes = (told.secret.match(/./g) ?? []).map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c));
    const bits = bytes.map((five) => five.toString(2).padStart(5, "0")).join("");
    const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
    const codeNow = () => totpAt(secret, Math.floor(place.clock.wall / 30_000));
    expect(accounts.totpOn(one.id, codeNow() === "000000" ? "000001" : "000000")).toEqual({ why: "entry-wrong" });
    made(accounts.totpOn(one.id, codeNow()));
    expect(await enter()).toEqual({ why: "code-needed" });
    expect(await enter(codeNow())).toEqual({ why: "entry-wrong" });
    place.pass(30_000);
    const code = codeNow();
    inside(await enter(code));
    expect(await enter(code)).toEqual({ why: "entry-wrong" });
    accounts = await place.reopen(accounts);
    expect(await enter(code)).toEqual({ why: "entry-wrong" });
    made(accounts.totpOff(one.id));
    inside(await enter());
  });

  it("whoever has the password can't guess at the code by asking without one in between", async () => {
    const one = made(await accounts.add(admin));
    const told = accounts.totpNew(one.id);
    if ("why" in told) throw new Error(told.why);
    const bits = [...told.secret].map((c) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"),
    );
    const secret = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
    const step = Math.floor(place.clock.wall / 30_000);
    made(accounts.totpOn(one.id, totpAt(secret, step)));
    const near = new Set([step - 1, step, step + 1].map((at) => totpAt(secret, at)));
    const wrong = ["000000", "000001", "000002", "000003"].find((code) => !near.has(code)) ?? "";
    const enter = (code?: string) =>
      accounts.enter(entry({ name: "chen", secret: PASSWORD, ...(code === undefined ? {} : { code }) }));
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      await enter();
      const answer = await enter(wrong);
      seen.push("why" in answer ? answer.why : "in");
    }
    expect(seen).toEqual([...Array(5).fill("entry-wrong"), "too-many-tries"]);
  });
});

describe("a file that fails", () => {
  it("that can't be read lets nobody in, and doesn't count as a gate without accounts", async () => {
    await place.shut();
    writeFileSync(place.file, "this is no database, and hasn't been one for a long time".repeat(200));
    const broken = place.open();
    expect(place.troubles).toEqual(["DATABASE_DAMAGED"]);
    expect(broken.any).toBe(true);
    expect(await broken.enter(entry())).toEqual({ why: "accounts-failing" });
    expect(await broken.setUp("x", admin, "a")).toEqual({ why: "accounts-failing" });
    expect(broken.setupCode()).toBeUndefined();
  });
});
