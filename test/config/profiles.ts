import type { ProfileBrief, ProfileDefaults } from "../../src/config/profiles.ts";

/** The device profiles these tests believe in. */
export const PROFILES: readonly ProfileBrief[] = [
  {
    id: "faceterm-mqtt",
    link: "mqtt",
    claims: ["face", "plate", "card", "code"],
    params: { deviceId: { required: true, type: "text" } },
    commands: { unlock: "open", configure: "none" },
    roster: true,
  },
  { id: "vzenith-mqtt", link: "mqtt", claims: ["plate"] },
  { id: "sense-uart", link: "serial", claims: ["face"], serial: { baud: 115_200 } },
  { id: "ascii-line-reader", link: "serial", claims: ["card", "code"], serial: { baud: 9600 }, framing: "lines" },
  {
    id: "waveshare-modbus-relay",
    link: "serial",
    claims: [],
    serial: { baud: 9600 },
    framing: "modbus",
    params: { unit: { required: false, type: "number" } },
    commands: { pulse: "none" },
  },
  { id: "dry-contact-barrier", claims: [] },
  { id: "dry-contact-pedestrian-gate", claims: [] },
  { id: "dry-contact-iron-gate", claims: [] },
];

export const BARRIER: ProfileDefaults = {
  times: { travelMs: 12_000, gapMs: 1500 },
  outputs: { open: { pulseMs: 400 }, close: { pulseMs: 600 }, stop: { pulseMs: 700 } },
  inputs: { photocell: { activeLow: true, debounceMs: 20 } },
};
