/** The open streams of whoever may no longer look: on real sockets. */
import { get, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AccountsOpen } from "../../src/adapters/accounts.ts";
import { openHttp } from "../../src/adapters/http.ts";
import { type FakeDesk, openFakeDesk } from "../web/fake-desk.ts";
import { entry, guard, inside, made, openFolder } from "./place.ts";

let place: ReturnType<typeof openFolder>;
let accounts: AccountsOpen;
let http: Awaited<ReturnType<typeof openHttp>>;
let desk: FakeDesk;
beforeEach(async () => {
  place = openFolder();
  accounts = place.open();
  desk = openFakeDesk();
  const deps = { desk, now: () => performance.now(), assets: place.folder, metricsText: async () => "", accounts };
  http = await openHttp({ host: "127.0.0.1", port: 0 }, deps);
});
afterEach(async () => {
  await http.close();
  await place.leave();
});

interface Heard {
  readonly status: number;
  text(): string;
  endedAt(): number | undefined;
}

function listen(cookie?: string): Promise<Heard> {
  return new Promise((done, fail) => {
    const headers = cookie === undefined ? {} : { cookie: `gatepost_session=${cookie}` };
    const asked = get(`${http.url}api/v1/stream`, { headers }, (answer: IncomingMessage) => {
      let text = "";
      let endedAt: number | undefined;
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("close", () => {
        endedAt = performance.now();
      });
      done({ status: answer.statusCode ?? 0, text: () => text, endedAt: () => endedAt });
    });
    asked.on("error", fail);
  });
}

it.each([
  ["here", () => accounts],
  ["by another process", () => place.open()],
])("a guard who is disabled %s sees no more", async (_what, where) => {
  const one = made(await accounts.add(guard));
  const { token } = inside(await accounts.enter(entry()));
  const heard = await listen(token);
  await expect.poll(heard.text, { timeout: 10_000 }).toContain("event: view");
  where().change(one.id, { disabled: true });
  await expect.poll(heard.endedAt, { timeout: 10_000 }).toBeDefined();
  expect((await listen(token)).text()).not.toContain("event: row");
});

it("the first account ends what was open without one; the lock screen hears views alone, without rows", async () => {
  desk.write({ who: "川K·D12345" });
  const before = await listen();
  await expect.poll(before.text, { timeout: 10_000 }).toContain("川K·D12345");
  made(await accounts.add(guard));
  await expect.poll(before.endedAt, { timeout: 10_000 }).toBeDefined();
  const locked = await listen();
  await expect.poll(locked.text, { timeout: 10_000 }).toContain("event: reset");
  desk.write({ who: "川K·D12345" });
  desk.setLane("main", { barrier: "open" });
  await expect.poll(locked.text, { timeout: 10_000 }).toMatch(/"barrier":"open"/);
  expect(locked.text()).not.toContain("川K·D12345");
});

it("leaving ends the stream of that session alone", async () => {
  made(await accounts.add(guard));
  const first = inside(await accounts.enter(entry()));
  const second = inside(await accounts.enter(entry()));
  const [one, other] = [await listen(first.token), await listen(second.token)];
  await expect.poll(other.text, { timeout: 10_000 }).toContain("event: view");
  accounts.leave(first.session.id);
  await expect.poll(one.endedAt, { timeout: 10_000 }).toBeDefined();
  desk.setLane("main", { barrier: "opening" });
  await expect.poll(other.text, { timeout: 10_000 }).toMatch(/"barrier":"opening"/);
});
