/** Accounts on the real service: the first admin by the code on the console, names in the journal, out within a second. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { consolePerson } from "../../src/cli/console-person.ts";
import { openPlace, type Running, serialPair, startGate, top, until } from "./place.ts";
import { siteYaml, storedRows, watchBoard } from "./site.ts";

const PASSWORD = "correct horse battery";
const place = openPlace();
afterAll(() => place.leave());

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookie: string;
}

async function ask(page: string, method: string, path: string, body?: unknown, cookie = ""): Promise<Answered> {
  const answer = await fetch(`${page}${path}`, {
    method,
    headers: {
      origin: page,
      ...(cookie === "" ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const cookies = answer.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
  return { status: answer.status, body: text === "" ? {} : JSON.parse(text), cookie: cookies.join("; ") };
}

async function order(page: string, name: string, cookie = ""): Promise<number> {
  const { body } = await ask(page, "GET", "/api/v1/state", undefined, cookie);
  const sent = { order: name, id: randomUUID(), tick: body.tick, sinceTickMs: 0 };
  return (await ask(page, "POST", "/api/v1/lanes/walk/orders", sent, cookie)).status;
}

async function accounts(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const file = join(place.dir, "gate.yaml");
  const ran: Running = place.run(process.execPath, [
    join(top, "dist", "gatepost.cjs"),
    "accounts",
    ...args,
    "--json",
    "--config",
    file,
  ]);
  expect([await ran.ended, ran.printed()]).toEqual([0, expect.any(String)]);
  // Warnings of the configuration stand before it.
  return JSON.parse(ran.printed().slice(ran.printed().search(/^\{/m)));
}

test("from the first start to a guard who is sent home", { timeout: 60_000 }, async () => {
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  const first = await startGate(place, yaml);
  // Without an account the booth works as it always has.
  expect(await order(first.page, "open")).toBe(200);
  const { setupCode } = await accounts("setup-code");
  await until(() => first.running.printed().includes(String(setupCode)));
  const admin = { name: "chen", who: "陈主任", password: PASSWORD };
  expect((await ask(first.page, "POST", "/api/v1/setup", { ...admin, code: "AAAA-BBBB-CCCC" })).status).toBe(401);
  expect((await ask(first.page, "POST", "/api/v1/setup", { ...admin, code: setupCode })).status).toBe(201);
  expect((await ask(first.page, "POST", "/api/v1/setup", { ...admin, code: setupCode })).status).toBe(409);
  // From now on the booth stops, and asks for a name for all else.
  expect(await order(first.page, "open")).toBe(401);
  expect(await order(first.page, "stop")).not.toBe(401);
  const { cookie } = await ask(first.page, "POST", "/api/v1/sessions", { name: "chen", password: PASSWORD });
  const guard = { name: "wang", who: "王建国", role: "guard", pin: "739184" };
  expect((await ask(first.page, "POST", "/api/v1/accounts", guard, cookie)).status).toBe(201);
  const wang = await ask(first.page, "POST", "/api/v1/sessions", { name: "wang", pin: "739184" });
  expect(await order(first.page, "open", wang.cookie)).toBe(200);
  expect(await first.running.stop()).toBe(0);

  // A restart doesn't ask for the PIN again; being disabled from the console ends it within a second.
  const second = await startGate(place, yaml);
  expect(await order(second.page, "open", wang.cookie)).toBe(200);
  await accounts("disable", "wang");
  await until(async () => (await ask(second.page, "GET", "/api/v1/me", undefined, wang.cookie)).body.user === null);
  expect(await order(second.page, "open", wang.cookie)).toBe(401);
  expect((await ask(second.page, "POST", "/api/v1/sessions", { name: "wang", pin: "739184" })).status).toBe(401);
  const told = await accounts("reset", "wang");
  const pin = String(told.secret);
  expect(pin).toMatch(/^\d{8}$/);
  expect((await ask(second.page, "POST", "/api/v1/sessions", { name: "wang", pin })).status).toBe(200);
  expect(await order(second.page, "emergency")).toBe(200);
  expect(await second.running.stop()).toBe(0);

  const rows = storedRows(place);
  // What the console did has its rows, with who at this machine did it.
  const console = rows.filter(({ kind, open }) => kind === "account" && open.from === "console");
  expect(console.map(({ open }) => [open.deed, open.whose, open.by])).toEqual(
    ["disabled", "secret", "enabled"].map((deed) => [deed, "王建国", consolePerson()]),
  );
  const by = rows.filter((row) => row.kind === "override").map((row) => [row.open.order, row.open.by]);
  expect(by.filter(([name, who]) => name === "open" && who !== "王建国")).toEqual([["open", "岗亭"]]);
  expect(by.filter(([, who]) => who === "王建国")).toEqual([
    ["open", "王建国"],
    ["open", "王建国"],
  ]);
  expect(by.filter(([, who]) => who === "岗亭（未登录）").map(([name]) => name)).toContain("emergency");
  expect(board.writes().length).toBeGreaterThan(0);
  for (const printed of [first.running.printed(), second.running.printed()]) {
    expect(printed).not.toContain(PASSWORD);
    expect(printed).not.toContain("739184");
  }
});
