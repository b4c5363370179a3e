/** A gate and a GA/T 1400 platform over real HTTP: registering, living, losing one another, and every half-answer. */
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openUpstream } from "../../src/adapters/journal-upstream.ts";
import { openViidLine } from "../../src/adapters/viid-http.ts";
import type { WebLine } from "../../src/shell/ports.ts";
import { random } from "../../src/simulator/random.ts";
import { BEGINNING, type Cursor } from "../../src/uplink/stream.ts";
import { openViid, type ViidDeps } from "../../src/uplink/viid.ts";
import type { GivenUp } from "../../src/uplink/viid-queue.ts";
import { durable, open, place } from "../keeping/journal-place.ts";
import { passageRows } from "../uplink/campaign.ts";
import { type Gatekeeping, listen, type Manners, openCounterpart } from "./counterpart.ts";

const DEVICE = "33038100001190000001";
const PASSWORD = "g4te-East";
const REGISTER = "/VIID/System/Register";
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

async function journalOf(passages: number) {
  const file = join(place(), "journal.sqlite");
  const journal = open(file, { boot: "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f" });
  onTestFinished(() => journal.close());
  const dice = random(7);
  let last = 0;
  for (let n = 0; n < passages; n++) last = journal.appendAll(passageRows(n, dice));
  await durable(journal, last);
  const passed = journal
    .after(0, 100_000)
    .filter(({ kind, lane }) => kind === "passage" && lane?.startsWith("car") === true);
  return { file, journal, passed };
}

interface Around {
  readonly url: string;
  readonly file: string;
  readonly durableSeq: () => number;
  readonly keepaliveMs?: number;
  readonly patienceMs?: number;
  readonly password?: string;
  readonly from?: Cursor;
  readonly batch?: number;
  readonly more?: Partial<ViidDeps>;
}

function openGate(around: Around) {
  const rows = openUpstream(around.file);
  const line: WebLine = openViidLine({
    url: around.url,
    deviceId: DEVICE,
    username: DEVICE,
    password: around.password ?? PASSWORD,
    patienceMs: around.patienceMs ?? 10_000,
  });
  const told: { cursor: Cursor; givenUp: GivenUp[]; aheads: number[] } = { cursor: BEGINNING, givenUp: [], aheads: [] };
  const session = openViid({
    settings: {
      deviceId: DEVICE,
      keepaliveMs: around.keepaliveMs ?? 60_000,
      batch: around.batch ?? 20,
      dialect: { flags: "json", numbers: "json" },
      farewellMs: 20_000,
    },
    codes: { deviceOf: () => DEVICE, isVehicleLane: (lane) => lane.startsWith("car"), persons: false, faces: false },
    rows,
    line,
    clock: {
      at: () => performance.now(),
      wakeAt(at, then) {
        const timer = setTimeout(then, Math.max(0, at - performance.now()));
        return () => clearTimeout(timer);
      },
    },
    wallMs: () => Date.UTC(2026, 10, 25, 0, 0, 10),
    random: () => 0.001,
    durableSeq: around.durableSeq,
    plateOf: () => undefined,
    datedMs: () => undefined,
    cursor: around.from ?? BEGINNING,
    keep: (cursor) => {
      told.cursor = cursor;
    },
    givenUp: (one) => void told.givenUp.push(one),
    timeTold: (aheadMs) => void told.aheads.push(aheadMs),
    changed: () => undefined,
    ...around.more,
  });
  let over = false;
  const end = async () => {
    if (over) return;
    over = true;
    await session.close();
    rows.close();
  };
  onTestFinished(end);
  return { session, told, end };
}

async function openBoth(
  passages: number,
  manners: Manners = {},
  gatekeeping: Partial<Gatekeeping> = {},
  around: Partial<Around> = {},
) {
  const kept = await journalOf(passages);
  let now = manners;
  const platform = openCounterpart(random(3), () => now, DEVICE);
  const server = await listen(platform, { realm: "viid", password: PASSWORD, ...gatekeeping });
  onTestFinished(server.close);
  const gate = openGate({ url: server.url, file: kept.file, durableSeq: () => kept.journal.durableSeq, ...around });
  return {
    ...kept,
    platform,
    server,
    gate,
    behave: (next: Manners) => {
      now = next;
    },
  };
}
const asked = (platform: { readonly asked: readonly string[] }, path: string) =>
  platform.asked.filter((one) => one.endsWith(path)).length;

describe("a platform that is well", () => {
  it("registers with digest, sends every passage of a vehicle once, and takes its leave", async () => {
    const { gate, platform, server, passed, journal } = await openBoth(40);
    await until(() => expect(gate.session.state()).toMatchObject({ up: true, waiting: 0 }));
    expect(platform.stored.size).toBe(passed.length);
    expect(platform.arrived).toHaveLength(passed.length);
    expect(passed.length).toBeGreaterThan(15);
    expect(gate.told.cursor.upTo).toBe(journal.durableSeq);
    // The first question is the only one that was met with a challenge.
    expect(server.refused).toEqual([REGISTER]);
    expect(server.headers.every((one) => one["user-identify"] === DEVICE)).toBe(true);
    expect(
      server.headers.filter((one) => one["content-type"] !== undefined).map((one) => one["content-type"]),
    ).toContain("application/VIID+JSON;charset=UTF-8");
    expect(JSON.stringify(server.headers)).not.toContain(PASSWORD);
    await gate.end();
    expect(platform.asked.at(-1)).toBe("POST /VIID/System/UnRegister");
    expect(platform.registered()).toBe(false);
  });

  it("asks the time, and makes nothing of it but a word", async () => {
    const { gate, platform } = await openBoth(1);
    await until(() => expect(gate.told.aheads).toHaveLength(1));
    // 08:00:00 in China against our 00:00:10 UTC.
    expect(gate.told.aheads[0]).toBeGreaterThanOrEqual(-10_000);
    expect(gate.told.aheads[0]).toBeLessThan(0);
    expect(asked(platform, "/VIID/System/Time")).toBe(1);
  });

  it("keeps alive, and sends what comes later", async () => {
    const { gate, platform, journal } = await openBoth(2, {}, {}, { keepaliveMs: 40 });
    await until(() => expect(asked(platform, "Keepalive")).toBeGreaterThan(3));
    const before = platform.stored.size;
    const last = journal.appendAll(Array.from({ length: 30 }, (_, n) => passageRows(100 + n, random(n))).flat());
    await durable(journal, last);
    gate.session.wake();
    await until(() => expect(platform.stored.size).toBeGreaterThan(before + 5));
    await until(() => expect(gate.session.state().waiting).toBe(0));
    expect(asked(platform, REGISTER)).toBe(1);
  });

  it.each([
    ["whose nonce serves once", { uses: 1, all: true }],
    ["that wants each request signed", { all: true }],
    ["that asks for SHA-256", { algorithm: "SHA-256" }],
  ])("%s", async (_, gatekeeping) => {
    const { gate, platform, passed } = await openBoth(30, {}, gatekeeping, { batch: 3 });
    await until(() => expect(gate.session.state().waiting).toBe(0));
    expect(platform.stored.size).toBe(passed.length);
    expect(platform.arrived).toHaveLength(passed.length);
  });
});

describe("a platform that loses us", () => {
  it("forgets us: it is registered again, and nothing is missing or stored twice", async () => {
    const { gate, platform, passed, journal } = await openBoth(5, {}, {}, { keepaliveMs: 40 });
    await until(() => expect(gate.session.state().waiting).toBe(0));
    for (let round = 2; round < 5; round++) {
      platform.forget();
      await until(() => expect(asked(platform, REGISTER)).toBe(round));
      await until(() => expect(gate.session.state().up).toBe(true));
    }
    await durable(journal, journal.appendAll(passageRows(500, random(2))));
    gate.session.wake();
    await until(() => expect(gate.session.state().waiting).toBe(0));
    expect(platform.stored.size).toBeGreaterThanOrEqual(passed.length);
  });

  it("is gone and comes back at the same place", async () => {
    const { gate, platform, server, passed, journal } = await openBoth(5, {}, {}, { keepaliveMs: 40 });
    await until(() => expect(gate.session.state().waiting).toBe(0));
    await server.close();
    await until(() => expect(gate.session.state().up).toBe(false));
    const more = Array.from({ length: 20 }, (_, n) => passageRows(200 + n, random(n))).flat();
    await durable(journal, journal.appendAll(more));
    const again = await listen(platform, { realm: "viid", password: PASSWORD }, server.port);
    onTestFinished(again.close);
    await until(() => expect(gate.session.state()).toMatchObject({ up: true, waiting: 0 }));
    expect(platform.stored.size).toBeGreaterThan(passed.length);
    expect(new Set(platform.arrived).size).toBe(platform.stored.size);
  });

  it("a gate that starts anew goes on from its cursor", async () => {
    const { gate, platform, server, file, journal, passed } = await openBoth(40);
    await until(() => expect(gate.session.state().waiting).toBe(0));
    await gate.end();
    const next = openGate({ url: server.url, file, durableSeq: () => journal.durableSeq, from: gate.told.cursor });
    await until(() => expect(next.session.state()).toMatchObject({ up: true, waiting: 0 }));
    expect(platform.arrived).toHaveLength(passed.length);
    expect(asked(platform, REGISTER)).toBe(2);
  });
});

describe("a platform that isn't well: it is said plainly, and nothing moves", () => {
  it("a wrong password", async () => {
    const { gate, platform } = await openBoth(5, {}, {}, { password: "wrong" });
    await until(() => expect(gate.session.state().trouble).toContain("refuses our name or password"));
    expect(platform.asked).toEqual([]);
    expect(gate.session.state().up).toBe(false);
  });
  it("nobody there", async () => {
    const { file, journal } = await journalOf(2);
    const gate = openGate({ url: "http://127.0.0.1:1", file, durableSeq: () => journal.durableSeq });
    await until(() => expect(gate.session.state().trouble).toContain("nobody listens"));
  });
  it("something else lives there", async () => {
    const server = await rawServer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const { file, journal } = await journalOf(2);
    const gate = openGate({ url: server, file, durableSeq: () => journal.durableSeq });
    await until(() => expect(gate.session.state().trouble).toContain("no GA/T 1400 at this address"));
  });
  it.each([
    [
      "hangs up in the middle of an answer",
      'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"Resp',
      true,
      /hung up|aborted|ECONNRESET/,
    ],
    ["speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", false, /Parse Error|HTTP/],
    ["never ends", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1_100_000)}`, false, /longer than 1048576 bytes/],
  ])("%s", async (_, bytes, ends, says) => {
    const server = await rawServer(bytes, ends);
    const { file, journal } = await journalOf(2);
    const gate = openGate({ url: server, file, durableSeq: () => journal.durableSeq });
    await until(() => expect(gate.session.state().trouble).toMatch(says));
    expect(gate.session.state().up).toBe(false);
  });
  it("slower than our patience, and then well again", async () => {
    let slowMs = 5_000;
    const { gate, platform, passed } = await openBoth(5, {}, { slowMs: () => slowMs }, { patienceMs: 300 });
    await until(() => expect(gate.session.state().trouble).toContain("no answer within 300 ms"));
    slowMs = 0;
    await until(() => expect(gate.session.state()).toMatchObject({ up: true, waiting: 0 }));
    expect(platform.stored.size).toBe(passed.length);
  });
  it.each<[string, Manners, string]>([
    ["breaks with HTTP 500", { broken: 1 }, "HTTP 500"],
    ["is busy", { busy: 1 }, "status 2 设备忙"],
    ["answers without a status", { garbage: 1 }, "no status that could be read"],
    ["says that something went wrong", { unsure: 1 }, "status 1"],
  ])("one that %s, and then mends itself", async (_, manners, says) => {
    const both = await openBoth(20, manners);
    await until(() => expect(both.gate.session.state().trouble).toContain(says));
    expect(both.gate.told.cursor.upTo).toBeLessThan(both.journal.durableSeq);
    both.behave({});
    await until(() => expect(both.gate.session.state()).toMatchObject({ up: true, waiting: 0, aside: 0 }));
    expect(both.platform.stored.size).toBe(both.passed.length);
    expect(both.gate.told.givenUp).toEqual([]);
  });
});

describe("a batch of which some fail", () => {
  it.each([
    ["by a status for each", undefined, { code: 8, says: "JSON 内容无效" }],
    ["by one word against all of them", "word", { code: 8, says: "JSON 内容无效" }],
    ["by an error of the server", "error", undefined],
    ["by the end of the line", "end", undefined],
  ] as const)("%s: the others go up, and the one is given up by name, last of all", async (_, spoils, status) => {
    const { passed } = await journalOf(60);
    const bad = passed[3]?.seq ?? 0;
    const hates = (id: string) => id.endsWith(String(bad).padStart(5, "0"));
    const { gate, platform, journal } = await openBoth(60, { hates, ...(spoils === undefined ? {} : { spoils }) });
    await until(() => expect(gate.session.state()).toMatchObject({ waiting: 0, aside: 0 }));
    expect(platform.stored.size).toBe(passed.length - 1);
    expect(gate.told.givenUp.map(({ seq }) => seq)).toEqual([bad]);
    expect(gate.told.givenUp[0]?.status).toEqual(status);
    expect(gate.told.cursor.upTo).toBe(journal.durableSeq);
  });

  it("a platform that refuses everything loses nothing", async () => {
    const { gate, platform, passed, behave } = await openBoth(120, { hates: () => true });
    await until(() => expect(gate.session.state().aside).toBeGreaterThanOrEqual(32));
    await until(() => expect(platform.asked.filter((one) => one.endsWith("MotorVehicles")).length).toBeGreaterThan(4));
    expect(gate.told.givenUp).toEqual([]);
    expect(gate.told.cursor.upTo).toBeLessThan(passed[0]?.seq ?? 0);
    behave({});
    await until(() => expect(gate.session.state()).toMatchObject({ waiting: 0, aside: 0 }));
    expect(platform.stored.size).toBe(passed.length);
    expect(gate.told.givenUp).toEqual([]);
  });
});

async function rawServer(bytes: string, ends = true): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => (ends ? socket.end(bytes) : socket.write(bytes)));
  });
  const open_ = new Set<Socket>();
  server.on("connection", (socket) => open_.add(socket));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of open_) socket.destroy();
      }),
  );
  const at = server.address();
  return `http://127.0.0.1:${typeof at === "object" ? at?.port : 0}`;
}
