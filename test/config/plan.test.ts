import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Loaded, loadConfig } from "../../src/config/load.ts";
import { sitePlan, USUAL_TIMES } from "../../src/config/plan.ts";
import { minuteOf, weekdaysOf } from "../../src/config/schema-access.ts";
import { wiring } from "../../src/config/wiring.ts";
import { BARRIER, PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function sound(path: string, readSecrets = false): Loaded {
  const loaded = loadConfig(path, {}, { profiles: PROFILES, readSecrets });
  if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
  return loaded;
}
function soundText(yaml: string): Loaded {
  const site = siteFolder(yaml);
  try {
    return sound(site.file);
  } finally {
    site.remove();
  }
}
const example = (): Loaded => sound(fileURLToPath(new URL("../../config/example.yaml", import.meta.url)));
const defaults = (id: string) => (id === "dry-contact-barrier" ? BARRIER : undefined);

describe("the plan of the example", () => {
  const plan = sitePlan(example().config, defaults);

  it("knows what may close, and what must be clear before", () => {
    expect(plan.lanes.map(({ id, canClose, canStop, guards }) => [id, canClose, canStop, guards])).toEqual([
      ["car-in", true, true, ["safety-loop", "photocell"]],
      ["car-out", true, true, ["safety-loop", "photocell"]],
      ["walk", false, false, []],
      ["iron-east", false, false, []],
      ["iron-north", false, false, []],
    ]);
  });

  it("takes times from gate.yaml, then the barrier's profile, then the usual ones", () => {
    expect(plan.lanes[0]?.times).toEqual({ ...USUAL_TIMES.vehicle, travelMs: 6000, accessMs: 15_000, gapMs: 1500 });
    expect(plan.lanes[3]?.times.heldMs).toBe(120_000);
  });

  it("turns seconds, minutes and times of day into the core's units", () => {
    expect(plan.accessPoints[0]).toEqual({
      id: "car-in",
      lane: "car-in",
      direction: "in",
      readers: ["plate-in"],
      to: "inside",
      minConfidence: 0.8,
      liveness: "unless-silent",
      freshMs: 3000,
      plateQuietMs: 300,
      plateMaxMs: 900,
    });
    expect(plan.lanes[0]?.maxLockedOpenMs).toBe(3_600_000);
    expect(plan.timeProfiles[1]?.windows[0]).toEqual({
      weekdays: [1, 2, 3, 4, 5],
      holidays: "never",
      from: 450,
      until: 1140,
    });
    expect(plan.accessLevels[0]?.accessPoints).toEqual(["car-in", "car-out", "walk-in", "walk-out"]);
    expect(plan.areas).toEqual([
      { id: "inside", name: "小区内", antiPassback: "soft", timedMs: 0, capacity: 320, resetMinute: 240 },
    ]);
  });

  it("no usual times contradict each other", () => {
    for (const times of Object.values(USUAL_TIMES)) {
      expect(times.preAlarmMs).toBeLessThan(times.heldMs);
      expect(times.longAccessMs).toBeGreaterThanOrEqual(times.accessMs);
    }
  });
});

describe("the wiring of the example", () => {
  const wired = wiring(example().config, defaults);

  it("leads every command to its own relay", () => {
    expect(wired.lanes.get("car-in")?.outputs).toEqual({
      open: { via: "board", device: "relays-a", channel: 1, pulseMs: 500 },
      close: { via: "board", device: "relays-a", channel: 2, pulseMs: 500 },
      stop: { via: "board", device: "relays-a", channel: 3, pulseMs: 500 },
    });
  });

  it("leads one fire contact to every lane that names it", () => {
    const fire = wired.boardInputs.get("relays-a")?.filter((wire) => wire.role === "fire");
    expect(fire?.map((wire) => wire.lane)).toEqual(["car-in", "car-out", "walk"]);
  });

  it("puts both boards on one line, and gives each MQTT device its user name", () => {
    expect(wired.serialBuses.map((bus) => bus.devices)).toEqual([
      ["face-module"],
      ["card-reader"],
      ["relays-a", "relays-b"],
    ]);
    expect(wired.serialBuses[1]?.overrides).toEqual({ baud: 9600 });
    expect(wired.mqttDevices.map((device) => device.username)).toEqual([
      "face-in",
      "face-out",
      "plate-in",
      "plate-out",
    ]);
    expect(wired.readers.get("face-module")).toEqual(["walk-in"]);
  });

  it("names simulated lines by their bus", () => {
    const demo = wiring(sound(fileURLToPath(new URL("../../config/demo.yaml", import.meta.url))).config, defaults);
    expect(demo.serialBuses.map((bus) => [bus.key, bus.simulated])).toEqual([
      ["simulated:face-module", true],
      ["simulated:card-reader", true],
      ["simulated:rs485", true],
    ]);
  });
});

describe("the barrier's profile fills what gate.yaml leaves open", () => {
  const { config } = soundText(
    SOUND.replace(", activeLow: true", "").replace("      fire:", "      radar: { gpio: 5 }\n      fire:"),
  );
  const usual = {
    ...BARRIER,
    inputs: { ...BARRIER.inputs, photocell: { activeLow: false }, radar: { activeLow: false, bias: "up" as const } },
  };
  const lane = wiring(config, () => usual).lanes.get("car-in");

  it("pulses and debounce", () => {
    expect(lane?.outputs.open).toEqual({ via: "board", device: "relays", channel: 1, pulseMs: 400 });
    expect(lane?.outputs.close).toMatchObject({ pulseMs: 600 });
  });

  it("a cut cable of a normally-closed contact reads as on, at a pin and at a board alike", () => {
    const radar = lane?.inputs.find((wire) => wire.role === "radar");
    // Open line, pulled up: high. Not active-low: high is on.
    expect(radar).toMatchObject({ activeLow: false, source: { via: "gpio", offset: 5, bias: "up" } });
    const photocell = lane?.inputs.find((wire) => wire.role === "photocell");
    // Open line at a board: input off. Active-low: off is on.
    expect(photocell).toMatchObject({ activeLow: true, source: { via: "board", device: "relays", channel: 2 } });
  });
});

it.each([
  ["daily", [1, 2, 3, 4, 5, 6, 7]],
  ["mon-fri", [1, 2, 3, 4, 5]],
  ["sat-mon", [1, 6, 7]],
  ["sun", [7]],
])("days %s are %j", (days, expected) => {
  expect(weekdaysOf(days)).toEqual(expected);
});

it("days as a list are sorted and single; times are minutes", () => {
  expect(weekdaysOf(["wed", "mon", "wed"])).toEqual([1, 3]);
  expect(["00:00", "06:30", "24:00"].map(minuteOf)).toEqual([0, 390, 1440]);
});
