// What Home Assistant is told: its own form, and nothing that names anybody.
import { expect, it } from "vitest";
import type { SiteView } from "../../src/shell/desk.ts";
import { homeDiscovery, homePresenceTopic, homeState, homeStateTopic } from "../../src/shell/home.ts";

const PLANTED = "林秀兰13800138000浙C12345";
const VIEW = {
  site: { id: "xinghe", name: "星河小区" },
  gate: { id: "main", name: "正门" },
  lanes: [
    {
      id: "car-in",
      name: "进口车道",
      kind: "vehicle",
      barrier: "open",
      since: 1,
      mode: "locked-open",
      emergency: false,
      by: PLANTED,
      inputs: [],
      credits: [],
      abilities: [],
    },
  ],
  devices: [{ id: "face-in", name: "人脸终端", link: { is: "up", since: 1, why: PLANTED } }],
  alarms: [
    { id: "a", lane: "car-in", kind: "tailgate", sinceWallMs: 1, count: 1, detail: PLANTED, acknowledgedBy: PLANTED },
    { id: "b", lane: "car-in", kind: "duress", sinceWallMs: 1, count: 1, detail: PLANTED },
  ],
  today: { in: 4, out: 3, granted: 5, denied: 1, byHand: 0 },
  platform: { up: false, waiting: 12 },
} as const satisfies Partial<SiteView>;
const PLACE = { prefix: "homeassistant", version: "0.1.0" };
const found = (view: Parameters<typeof homeDiscovery>[0]) =>
  new Map(homeDiscovery(view, PLACE).map(({ topic, payload }) => [topic, JSON.parse(payload)]));

it("announces each state under Home Assistant's own topics, one entity each", () => {
  const told = found(VIEW);
  const own = "gatepost_xinghe_main";
  expect([...told.keys()]).toEqual([
    `homeassistant/sensor/${own}_lane_car-in_barrier/config`,
    `homeassistant/sensor/${own}_lane_car-in_mode/config`,
    `homeassistant/binary_sensor/${own}_device_face-in_link/config`,
    `homeassistant/binary_sensor/${own}_alarm/config`,
    `homeassistant/sensor/${own}_alarms/config`,
    `homeassistant/sensor/${own}_passages_in/config`,
    `homeassistant/sensor/${own}_passages_out/config`,
    `homeassistant/binary_sensor/${own}_uplink/config`,
    `homeassistant/sensor/${own}_uplink_waiting/config`,
    `homeassistant/binary_sensor/${own}_ready/config`,
  ]);
  expect(told.get(`homeassistant/sensor/${own}_lane_car-in_barrier/config`)).toEqual({
    unique_id: `${own}_lane_car-in_barrier`,
    name: "进口车道 状态 barrier",
    state_topic: "gatepost/home/xinghe/main/state",
    value_template: "{{ value_json.lanes['car-in'].barrier }}",
    availability_topic: "gatepost/home/xinghe/main/availability",
    device_class: "enum",
    options: ["unknown", "closed", "opening", "open", "closing", "stopped"],
    device: {
      identifiers: [own],
      name: "星河小区 正门",
      manufacturer: "gatepost",
      model: "门岗 gatepost",
      sw_version: "0.1.0",
    },
    origin: { name: "gatepost", sw_version: "0.1.0" },
  });
});

it("offers nothing that can be ordered", () => {
  for (const [topic, payload] of found(VIEW)) {
    expect(topic).toMatch(/^homeassistant\/(sensor|binary_sensor)\/[A-Za-z0-9_-]+\/config$/);
    expect(Object.keys(payload).filter((field) => /command|set_|payload_(open|close|press)/.test(field))).toEqual([]);
    expect(payload.state_topic).toBe(homeStateTopic(VIEW));
    expect(payload.availability_topic).toBe(homePresenceTopic(VIEW));
  }
});

it("tells how it stands, in the words of the configuration and counts; duress and names stay here", () => {
  const devices = [
    { id: "face-in", up: true },
    { id: "relays", up: false },
  ];
  const told = homeState({ view: VIEW, devices, ready: true });
  expect(JSON.parse(told)).toEqual({
    lanes: { "car-in": { barrier: "open", mode: "locked-open" } },
    devices: { "face-in": "ON", relays: "OFF" },
    alarm: "ON",
    alarms: 1,
    in: 4,
    out: 3,
    uplink: "OFF",
    waiting: 12,
    ready: "ON",
  });
  const all = told + homeDiscovery(VIEW, PLACE).map(({ payload }) => payload);
  expect(all).not.toContain(PLANTED);
  expect(all).not.toContain("duress");
});

it("has no word of a platform where there is none, and every value that it announces", () => {
  const { platform: _none, ...bare } = VIEW;
  const told = homeState({ view: { ...bare, alarms: [] }, devices: [], ready: false });
  expect(JSON.parse(told)).toMatchObject({ alarm: "OFF", alarms: 0, ready: "OFF" });
  expect(told).not.toContain("waiting");
  expect([...found(bare).keys()].join()).not.toContain("uplink");
  const state = JSON.parse(homeState({ view: VIEW, devices: [{ id: "face-in", up: true }], ready: true }));
  for (const { value_template: template } of found(VIEW).values()) {
    const steps = String(template)
      .replace(/^\{\{ value_json|\['|'\]| \}\}$/g, ".")
      .split(".")
      .filter((step) => step !== "");
    const value = steps.reduce<unknown>((at, step) => new Map(Object.entries(Object(at))).get(step), state);
    expect(["string", "number"], String(template)).toContain(typeof value);
  }
});
