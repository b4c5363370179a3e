// Levels: at once, on change, on a slow poll; unknown when they can't be read; debounced.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openGpio } from "../../src/adapters/gpio.ts";
import { errnoOf, type InputLine, type Lines, lineFault } from "../../src/adapters/gpio-lines.ts";
import { watchInput } from "../../src/adapters/gpio-watch.ts";
import { GateError } from "../../src/core/fault.ts";
import type { ContactLevel } from "../../src/core/terms.ts";
import type { GpioInputSettings } from "../../src/shell/ports.ts";
import { until } from "./support/keeper.ts";

const made: string[] = [];
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

function wires() {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-wires-"));
  made.push(dir);
  const faults: GateError[] = [];
  const gpio = openGpio({
    backend: "simulated",
    chip: dir,
    simulationAllowed: true,
    now: () => performance.now(),
    onFault: (fault) => void faults.push(fault),
  });
  ends.push(() => gpio.close());
  return {
    gpio,
    faults,
    wire(offset: number, voltage: string) {
      writeFileSync(join(dir, `${offset}.hand`), voltage);
      renameSync(join(dir, `${offset}.hand`), join(dir, String(offset)));
    },
    heard(settings: Partial<GpioInputSettings> & { readonly offset: number }) {
      const levels: ContactLevel[] = [];
      gpio.input({ activeLow: false, bias: "none", debounceMs: 0, ...settings }, (level) => void levels.push(level));
      return levels;
    },
  };
}

/** Levels without the poll's repetitions. */
const changes = (levels: readonly ContactLevel[]) => levels.filter((level, i) => level !== levels[i - 1]);

describe("the first level comes at once", () => {
  it.each<[string | undefined, boolean, "up" | "down" | "none", ContactLevel]>([
    ["1", false, "none", "on"],
    ["0", false, "none", "off"],
    ["1", true, "none", "off"],
    ["0", true, "none", "on"],
    [undefined, true, "up", "off"],
    [undefined, false, "up", "on"],
    [undefined, false, "down", "off"],
    ["?", false, "none", "unknown"],
  ])("voltage %s, active low %s, bias %s: %s", (voltage, activeLow, bias, level) => {
    const { wire, heard } = wires();
    if (voltage !== undefined) wire(3, voltage);
    expect(heard({ offset: 3, activeLow, bias })).toEqual([level]);
  });
});

describe("then", () => {
  it("every change is heard", async () => {
    const { wire, heard } = wires();
    wire(3, "0");
    const levels = heard({ offset: 3 });
    for (const [voltage, level] of [
      ["1", "on"],
      ["0", "off"],
      ["1", "on"],
    ]) {
      wire(3, voltage ?? "");
      await until(() => levels.at(-1) === level, `${level}`);
    }
    expect(changes(levels)).toEqual(["off", "on", "off", "on"]);
  });

  it("the poll repeats the level", async () => {
    const { wire, heard } = wires();
    wire(3, "1");
    const levels = heard({ offset: 3 });
    await until(() => levels.length >= 3, "two polls");
    expect(new Set(levels)).toEqual(new Set(["on"]));
  });

  it("a line that can't be read is unknown, with one fault, and comes back by itself", async () => {
    const { wire, heard, faults } = wires();
    wire(3, "1");
    const levels = heard({ offset: 3 });
    wire(3, "gone");
    await until(() => levels.filter((level) => level === "unknown").length >= 2, "unknown, repeated by the poll");
    expect(faults.map((fault) => fault.code)).toEqual(["GPIO_FAILED"]);
    wire(3, "0");
    await until(() => levels.at(-1) === "off", "off");
    expect(changes(levels)).toEqual(["on", "unknown", "off"]);
  });

  it("a line beyond the chip is refused", () => {
    const { heard, gpio } = wires();
    expect(() => heard({ offset: 64 })).toThrow("has lines 0..63, no line 64");
    expect(() => gpio.output({ offset: -1, activeLow: false })).toThrow(GateError);
  });
});

/** Lines under our hand: what the kernel would tell, told by the test. */
function hand(notifies = true, debounces = false) {
  const state = {
    level: false,
    broken: "",
    opened: 0,
    closed: 0,
    changed: (_levels: readonly boolean[]): void => undefined,
  };
  const lines: Lines = {
    backend: "character-device",
    place: "hand",
    count: 4,
    output: () => {
      throw new GateError("GPIO_UNAVAILABLE", "inputs only");
    },
    input(_settings, changed): InputLine {
      if (state.broken !== "") throw lineFault(state.broken, "hand", "take the line");
      state.opened += 1;
      state.changed = changed;
      return {
        notifies,
        debounces,
        read() {
          if (state.broken !== "") throw lineFault(state.broken, "hand", "read the line");
          return state.level;
        },
        close() {
          state.closed += 1;
        },
      };
    },
  };
  return { state, lines };
}

function watched(lines: Lines, debounceMs: number) {
  const levels: ContactLevel[] = [];
  const faults: GateError[] = [];
  const deps = { now: () => performance.now(), onFault: (fault: GateError) => void faults.push(fault) };
  const settings = { offset: 1, activeLow: false, bias: "none", debounceMs } as const;
  const end = watchInput(lines, settings, (level) => void levels.push(level), deps);
  ends.push(end);
  return { levels, faults, end };
}

describe("what the kernel tells", () => {
  it("levels passed through between two looks are heard in order", () => {
    const { state, lines } = hand(true, true);
    const { levels } = watched(lines, 0);
    state.changed([true, false]);
    expect(levels).toEqual(["off", "on", "off"]);
  });

  it("the line's own level has the last word over lost events", () => {
    const { state, lines } = hand(true, true);
    const { levels } = watched(lines, 0);
    state.level = true;
    state.changed([true, false]);
    expect(levels).toEqual(["off", "on", "off", "on"]);
  });

  it("a level shorter than the debounce time isn't heard", async () => {
    const { state, lines } = hand();
    const { levels } = watched(lines, 60);
    state.level = true;
    state.changed([true]);
    state.level = false;
    state.changed([false]);
    state.level = true;
    state.changed([true]);
    expect(levels).toEqual(["off"]);
    await until(() => levels.length > 1, "the level that stays");
    expect(levels).toEqual(["off", "on"]);
  });

  it("a contact that never comes to rest is unknown", async () => {
    const { state, lines } = hand();
    const { levels } = watched(lines, 50);
    const chatter = setInterval(() => {
      state.level = !state.level;
      state.changed([state.level]);
    }, 4);
    await until(() => levels.includes("unknown"), "unknown");
    clearInterval(chatter);
    expect(levels).toEqual(["off", "unknown"]);
    await until(() => levels.at(-1) !== "unknown", "rest");
  });

  it("a line without interrupts is asked often", async () => {
    const { state, lines } = hand(false);
    const { levels } = watched(lines, 30);
    state.level = true;
    const from = performance.now();
    await until(() => levels.at(-1) === "on", "on", 900);
    expect(performance.now() - from).toBeLessThan(900);
  });

  it("an expander that is pulled out: closed, unknown, one fault, taken again when it is back", async () => {
    const { state, lines } = hand(true, true);
    const { levels, faults } = watched(lines, 0);
    state.broken = "ENODEV";
    state.changed([]);
    expect(levels).toEqual(["off", "unknown"]);
    expect(state.closed).toBe(1);
    await until(() => levels.filter((level) => level === "unknown").length >= 2, "a poll in vain");
    state.broken = "";
    state.level = true;
    await until(() => levels.at(-1) === "on", "back");
    expect(state.opened).toBe(2);
    expect(faults.map((fault) => fault.message)).toEqual([
      "GPIO_FAILED: hand: can't read the line: ENODEV",
      "GPIO_FAILED: hand: can't take the line: ENODEV",
    ]);
  });

  it("a line that is busy at the start is unknown until it is free", async () => {
    const { state, lines } = hand();
    state.broken = "EBUSY";
    const { levels, faults, end } = watched(lines, 0);
    expect(levels).toEqual(["unknown"]);
    expect(faults.map((fault) => fault.code)).toEqual(["GPIO_BUSY"]);
    state.broken = "";
    await until(() => levels.at(-1) === "off", "free");
    end();
    expect(state.closed).toBe(1);
  });

  it("a thing that is no system error has a name too", () => {
    expect([errnoOf(new Error("odd")), errnoOf("text")]).toEqual(["odd", "text"]);
  });
});
