/** The driver between a serial line and the loop: the line, the clock and the reader are simulated, the rest is real. */
import { describe, expect, it } from "vitest";
import shipped from "../../device-profiles/osdp-reader.json" with { type: "json" };
import { aes128 } from "../../src/adapters/aes.ts";
import { GateError } from "../../src/core/fault.ts";
import type { Millis, Now } from "../../src/core/terms.ts";
import { osdpProfileSchema } from "../../src/decode/profile.ts";
import { openOsdpBus } from "../../src/shell/osdp.ts";
import type { Clock, LinkState, SerialLine } from "../../src/shell/ports.ts";
import { openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { wiegand26 } from "../../src/simulator/osdp-wire.ts";
import { random } from "../../src/simulator/random.ts";
import { KEY, plan } from "./wire.ts";

const CARD = wiegand26(123, 4567);
const VALUE = "0008065495";
const ADDRESS = 3;

/** A clock that is moved by hand, and a line whose other end is a reader. */
function openBench(more: { readonly key?: Uint8Array } = { key: KEY }, profile: object = {}) {
  let at: Millis = 1_000;
  let timers: { readonly at: Millis; readonly then: () => void }[] = [];
  let state: LinkState = { is: "up", since: 0 };
  const hearers: ((bytes: Uint8Array) => void)[] = [];
  const states: ((state: LinkState) => void)[] = [];
  const told: string[] = [];
  let lost = false;
  const clock: Clock = {
    at: () => at,
    now: (): Now => ({ at, wall: { epochMs: 0, trust: "trusted", date: "2026-11-24", weekday: 2, minute: 0 } }),
    wakeAt(due, then) {
      const timer = { at: due, then };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  };
  const dice = random(3);
  const draw = (bytes: number) => Uint8Array.from({ length: bytes }, () => dice.below(256));
  const pulses: string[] = [];
  const reader = openOsdpReader({
    address: ADDRESS,
    random: draw,
    now: () => at,
    output: (channel, ms) => pulses.push(`${channel} ${ms}`),
    ...more,
  });
  const line: SerialLine = {
    onBytes: (hear) => void hearers.push(hear),
    onState: (hear) => void states.push(hear),
    state: () => state,
    write(bytes) {
      if (state.is !== "up") return Promise.reject(new GateError("SERIAL_LOST", "down"));
      const reply = reader.hear(bytes);
      if (reply !== undefined && !lost) clock.wakeAt(at + 5, () => hearers.forEach((hear) => void hear(reply)));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const bus = openOsdpBus({
    line,
    baud: 9600,
    readers: [{ plan: plan(ADDRESS), profile: osdpProfileSchema.parse({ ...shipped, ...profile }) }],
    clock,
    cipher: aes128,
    draw,
    hear(origin, report) {
      if (report.is !== "presented") return;
      told.push(`${report.claim.value} epoch ${origin.epoch}${origin.beforeConnection ? " before" : ""}`);
      // As the loop does: the decision is shown in the same turn.
      bus.show(origin.device, report.claim.value === VALUE ? "granted" : "denied");
    },
    inputs: (_, levels) => told.push(`inputs ${levels.length} ${levels[0]?.level}`),
    onFault: (_, code) => told.push(`fault ${code}`),
    onOffline: (device, offline, why) => told.push(`${device} ${offline ? "offline" : "back"}: ${why}`),
    onInsecure: (device, why) => told.push(`${device} insecure: ${why ?? "no more"}`),
    onTamper: (device, tampered) => told.push(`${device} tampered ${tampered}`),
    onPower: (device, failing) => told.push(`${device} power ${failing ? "fails" : "good"}`),
    onInstalled: (device) => told.push(`${device} installed`),
    onIdentity: (device, identity) => told.push(`${device} is ${identity.serial}`),
  });

  return {
    bus,
    reader,
    told,
    pulses,
    lose: (is: boolean) => {
      lost = is;
    },
    plug(is: LinkState["is"], why?: string) {
      state = { is, since: at, ...(why === undefined ? {} : { why }) };
      for (const hear of states) hear(state);
    },
    run(ms: number) {
      const end = at + ms;
      for (;;) {
        const next = timers.toSorted((one, other) => one.at - other.at)[0];
        if (next === undefined || next.at > end) break;
        timers = timers.filter((one) => one !== next);
        at = Math.max(at, next.at);
        next.then();
      }
      at = end;
    },
    news: () => told.splice(0),
  };
}

describe("what the loop is told", () => {
  it("a card, with its connection; held on it counts once; the reader shows green", () => {
    const bench = openBench();
    bench.run(1_000);
    expect(bench.news()).toEqual(["r3 is 305419896", "inputs 4 off"]);
    for (let i = 0; i < 5; i += 1) {
      bench.reader.card(CARD);
      bench.run(500);
    }
    expect(bench.news()).toEqual([`${VALUE} epoch 0`]);
    expect(bench.reader.shown).toEqual(["69 0000021e0002001e000000000000", "6a 0002020101"]);
    bench.run(3_000);
    bench.reader.card(CARD);
    bench.run(500);
    expect(bench.news()).toEqual([`${VALUE} epoch 0`]);
    expect(bench.bus.states()[0]).toMatchObject({ id: "r3", offline: false, counts: { heard: 6, faults: 0 } });
  });

  it("plugged in again: a new epoch, what waited is history and silences nobody", () => {
    const bench = openBench();
    bench.run(1_000);
    bench.plug("down", "unplugged");
    bench.reader.card(CARD);
    bench.run(10_000);
    bench.plug("up");
    bench.run(200);
    expect(bench.news().slice(2)).toEqual([
      "inputs 64 unknown",
      "r3 offline: unplugged",
      "r3 back: secure channel established",
      "inputs 4 off",
      `${VALUE} epoch 1 before`,
    ]);
    bench.reader.card(CARD);
    bench.run(500);
    expect(bench.news()).toEqual([`${VALUE} epoch 1`]);
  });

  it("opened and closed, each once", () => {
    const bench = openBench();
    bench.run(1_000);
    bench.news();
    bench.reader.tamper(true);
    bench.run(130_000);
    bench.reader.tamper(false);
    bench.run(1_000);
    expect(bench.news().filter((one) => one.startsWith("r3"))).toEqual(["r3 tampered true", "r3 tampered false"]);
  });

  it("its supply fails and is good again, each once; nobody has opened it", () => {
    const bench = openBench();
    bench.run(1_000);
    bench.news();
    bench.reader.power(true);
    bench.run(130_000);
    bench.reader.power(false);
    bench.run(1_000);
    expect(bench.news().filter((one) => one.startsWith("r3"))).toEqual(["r3 power fails", "r3 power good"]);
  });

  it("a wrong key: insecure and offline", () => {
    const bench = openBench({ key: KEY.map((byte) => byte ^ 7) });
    bench.reader.card(CARD);
    bench.run(5_000);
    expect(bench.news().slice(1)).toEqual([
      "r3 insecure: it does not hold the key of this reader",
      "inputs 64 unknown",
      "r3 offline: it does not hold the key of this reader",
    ]);
    expect(bench.bus.states()[0]).toMatchObject({ offline: true });
    expect(bench.bus.states()[0]).not.toHaveProperty("heardAt");
  });
});

describe("commands", () => {
  it("a pulse of its relay, timed by the reader", async () => {
    const bench = openBench();
    bench.run(1_000);
    const done = bench.bus.command("r3", "pulse", { channel: 1, ms: 700 });
    bench.run(200);
    expect(await done).toBe("done");
    expect(bench.pulses).toEqual(["1 700"]);
  });

  it("its answer lost: uncertain, and not a second pulse", async () => {
    const bench = openBench();
    bench.run(1_000);
    bench.lose(true);
    const done = bench.bus.command("r3", "pulse", { channel: 1, ms: 700 });
    bench.run(500);
    bench.lose(false);
    bench.run(20_000);
    expect(await done).toBe("uncertain");
    expect(bench.pulses).toEqual(["1 700"]);
  });

  it("to a reader that isn't there, or never was: failed at once", async () => {
    const bench = openBench();
    bench.plug("down");
    expect(await bench.bus.command("r3", "pulse", { channel: 1, ms: 700 })).toBe("failed");
    expect(await bench.bus.command("other", "pulse", { channel: 1, ms: 700 })).toBe("failed");
    expect([bench.bus.has("r3"), bench.bus.has("other")]).toEqual([true, false]);
  });

  it("at the end of the program nothing is left open", async () => {
    const bench = openBench();
    bench.run(1_000);
    bench.lose(true);
    const done = bench.bus.command("r3", "pulse", { channel: 1, ms: 700 });
    bench.bus.close();
    expect(await done).toBe("failed");
    bench.reader.card(CARD);
    bench.run(1_000);
    expect(bench.news().filter((one) => one.startsWith(VALUE))).toEqual([]);
  });

  it.each<[string, string, Readonly<Record<string, number | string>>, RegExp]>([
    ["a command it doesn't have", "close", {}, /COMMAND_UNKNOWN/],
    ["a relay it doesn't have", "pulse", { channel: 2, ms: 500 }, /INPUT_INVALID.*channel/],
    ["relay 0", "pulse", { channel: 0, ms: 500 }, /INPUT_INVALID.*channel/],
    ["no relay", "pulse", { ms: 500 }, /INPUT_INVALID.*channel/],
    ["for ever", "pulse", { channel: 1, ms: 60_000 }, /INPUT_INVALID.*ms/],
    ["for no number", "pulse", { channel: 1, ms: "x" }, /INPUT_INVALID.*ms/],
  ])("%s", async (_, name, args, error) => {
    await expect(openBench().bus.command("r3", name, args)).rejects.toThrow(error);
  });

  const SHOWS = { display: { seconds: 5 } };
  it("a text on its display, for so long", async () => {
    const bench = openBench({ key: KEY }, SHOWS);
    bench.run(1_000);
    const done = bench.bus.say("r3", "say", { text: "Welcome 302" });
    bench.run(500);
    expect(await done).toBe("done");
    // Reader 0, for a while and wrapped, 5 s, row 1, column 1, 11 characters.
    expect(bench.reader.shown).toEqual([`6b 00040501010b${Buffer.from("Welcome 302").toString("hex")}`]);
    expect(await bench.bus.say("other", "say", { text: "x" })).toBe("failed");
  });

  it.each<[string, object, string, Readonly<Record<string, number | string>>, RegExp]>([
    ["no display", {}, "say", { text: "x" }, /COMMAND_UNKNOWN/],
    ["another command", SHOWS, "pulse", { text: "x" }, /COMMAND_UNKNOWN/],
    ["characters that it hasn't", SHOWS, "say", { text: "请进" }, /INPUT_INVALID.*text/],
    ["nothing", SHOWS, "say", { text: "" }, /INPUT_INVALID.*text/],
    ["no text", SHOWS, "say", {}, /INPUT_INVALID.*text/],
    ["too long", SHOWS, "say", { text: "x".repeat(33) }, /INPUT_INVALID.*text/],
    ["something else too", SHOWS, "say", { text: "x", row: 1 }, /INPUT_INVALID.*text/],
  ])("a text, %s", async (_, profile, name, args, error) => {
    await expect(openBench({ key: KEY }, profile).bus.say("r3", name, args)).rejects.toThrow(error);
  });
});
