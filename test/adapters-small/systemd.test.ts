import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSystemd } from "../../src/adapters/systemd.ts";
import { type NotifySocket, openNotifySocket } from "./notify-socket.ts";

const folder = mkdtempSync(join(tmpdir(), "gatepost-notify-"));
const until = <T>(check: () => T) => vi.waitFor(check, { timeout: 4_000, interval: 5 });

describe.each([
  ["a path", join(folder, "notify")],
  ["an abstract name", `@gatepost-notify-${process.pid}`],
])("told through %s", (_name, socket) => {
  let receiver: NotifySocket;
  beforeEach(() => {
    receiver = openNotifySocket(socket);
  });
  afterEach(() => {
    receiver.close();
    rmSync(socket, { force: true });
  });

  it("ready, status in one line, stopping", () => {
    const systemd = openSystemd({ socket });
    expect(systemd.asked).toBe(true);
    systemd.ready();
    systemd.status("2 条通道\n正常");
    systemd.stopping();
    expect([receiver.read(), receiver.read(), receiver.read()]).toEqual([
      "READY=1",
      "STATUS=2 条通道 正常",
      "STOPPING=1",
    ]);
    expect(receiver.read()).toBeUndefined();
  });

  it("the watchdog is fed while the canary lives, and starves with it", async () => {
    let alive = true;
    let asked = 0;
    const end = openSystemd({ socket, watchdogUs: "60000" }).watchdog(async () => {
      asked += 1;
      return alive;
    });
    await until(() => expect(receiver.read()).toBe("WATCHDOG=1"));
    await until(() => expect(receiver.read()).toBe("WATCHDOG=1"));
    alive = false;
    const since = asked;
    await until(() => expect(asked).toBeGreaterThan(since + 1));
    while (receiver.read() !== undefined) alive = false;
    const later = asked;
    await until(() => expect(asked).toBeGreaterThan(later + 2));
    expect(receiver.read()).toBeUndefined();
    end();
  });

  it.each([
    ["throws", () => Promise.reject(new Error("dead"))],
    ["never answers", () => new Promise<boolean>(() => undefined)],
  ])("a canary that %s feeds nothing", async (_how, canary) => {
    const end = openSystemd({ socket, watchdogUs: "30000" }).watchdog(canary);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 10);
    await until(() => expect(turns).toBeGreaterThan(6));
    clearInterval(timer);
    end();
    expect(receiver.read()).toBeUndefined();
  });

  it("a watchdog meant for another process isn't ours to feed", () => {
    const systemd = openSystemd({ socket, watchdogUs: "30000", watchdogPid: String(process.pid + 1) });
    let asked = 0;
    systemd.watchdog(() => {
      asked += 1;
      return true;
    })();
    expect(asked).toBe(0);
    expect(receiver.read()).toBeUndefined();
  });
});

it("nobody asked: nothing is told and nothing fails", () => {
  const systemd = openSystemd({ socket: undefined });
  systemd.ready();
  systemd.watchdog(() => true)();
  expect(systemd.asked).toBe(false);
});

it("a socket that has gone is no reason to fall over", () => {
  const systemd = openSystemd({ socket: join(folder, "nobody") });
  expect(() => systemd.ready()).not.toThrow();
});
