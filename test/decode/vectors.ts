/** Frames as the protocol documents print them, or computed from their layout; `good: false` must be refused. */
interface Vector {
  readonly family: "efaa" | "reply" | "request" | "rdm";
  readonly name: string;
  readonly hex: string;
  readonly good: boolean;
}

export const CHECKED: readonly Vector[] = [
  { family: "efaa", name: "reset", hex: "EF AA 10 00 00 10", good: true },
  { family: "efaa", name: "get-status", hex: "EF AA 11 00 00 11", good: true },
  { family: "efaa", name: "verify-10s-stay-on", hex: "EF AA 12 00 02 00 0A 1A", good: true },
  {
    family: "efaa",
    name: "enroll-single",
    hex: "EF AA 1D 00 23 00 52 2D 30 34 31 37 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0A 49",
    good: true,
  },
  {
    family: "efaa",
    name: "enroll-itg-no-duplicate",
    hex: "EF AA 26 00 28 00 52 2D 30 34 31 37 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 0A 00 00 00 78",
    good: true,
  },
  { family: "efaa", name: "delete-user-5", hex: "EF AA 20 00 02 00 05 27", good: true },
  { family: "efaa", name: "delete-all", hex: "EF AA 21 00 00 21", good: true },
  { family: "efaa", name: "get-all-user-ids", hex: "EF AA 24 00 00 24", good: true },
  { family: "efaa", name: "get-version", hex: "EF AA 30 00 00 30", good: true },
  { family: "efaa", name: "power-down", hex: "EF AA ED 00 00 ED", good: true },
  { family: "efaa", name: "note-ready", hex: "EF AA 01 00 01 00 00", good: true },
  {
    family: "efaa",
    name: "note-face-state-no-face",
    hex: "EF AA 01 00 11 01 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 10",
    good: true,
  },
  {
    family: "efaa",
    name: "note-face-state-too-far",
    hex: "EF AA 01 00 11 01 06 00 D2 00 60 00 4A 01 06 01 FC FF 07 00 01 00 EC",
    good: true,
  },
  { family: "efaa", name: "reply-status-standby", hex: "EF AA 00 00 03 11 00 00 12", good: true },
  {
    family: "efaa",
    name: "reply-verify-ok-user-7",
    hex: "EF AA 00 00 26 12 00 00 07 52 2D 30 34 31 37 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C8 86",
    good: true,
  },
  { family: "efaa", name: "reply-verify-rejected", hex: "EF AA 00 00 02 12 01 11", good: true },
  { family: "efaa", name: "reply-verify-unknown-user", hex: "EF AA 00 00 02 12 08 18", good: true },
  { family: "efaa", name: "reply-verify-liveness-failed", hex: "EF AA 00 00 02 12 0C 1C", good: true },
  { family: "efaa", name: "reply-verify-timeout", hex: "EF AA 00 00 02 12 0D 1D", good: true },
  { family: "efaa", name: "reply-enroll-ok-user-8", hex: "EF AA 00 00 05 1D 00 00 08 1F 0F", good: true },
  { family: "efaa", name: "reply-enroll-step-incomplete", hex: "EF AA 00 00 05 13 00 FF FF 05 13", good: true },
  { family: "efaa", name: "reply-all-user-ids", hex: "EF AA 00 00 09 24 00 03 00 01 00 07 00 08 20", good: true },
  {
    family: "efaa",
    name: "NEGATIVE bad checksum",
    hex: "EF AA 00 00 26 12 00 00 07 52 2D 30 34 31 37 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C8 87",
    good: false,
  },
  { family: "rdm", name: "tag 5913727", hex: "02 30 31 30 30 35 41 33 43 37 46 31 38 03", good: true },
  { family: "rdm", name: "tag 12648430", hex: "02 34 44 30 30 43 30 46 46 45 45 39 43 03", good: true },
  { family: "rdm", name: "NEGATIVE bad checksum", hex: "02 30 31 30 30 35 41 33 43 37 46 31 30 03", good: false },
  { family: "request", name: "relay1 on", hex: "01 05 00 00 FF 00 8C 3A", good: true },
  { family: "request", name: "relay1 off", hex: "01 05 00 00 00 00 CD CA", good: true },
  { family: "request", name: "relay2 on", hex: "01 05 00 01 FF 00 DD FA", good: true },
  { family: "request", name: "relay2 off", hex: "01 05 00 01 00 00 9C 0A", good: true },
  { family: "request", name: "relay1 toggle (0x5500, vendor extension)", hex: "01 05 00 00 55 00 F2 9A", good: true },
  { family: "request", name: "all relays on (coil 0x00FF)", hex: "01 05 00 FF FF 00 BC 0A", good: true },
  { family: "request", name: "all relays off (coil 0x00FF)", hex: "01 05 00 FF 00 00 FD FA", good: true },
  {
    family: "request",
    name: "Waveshare relay1 flash-on 700 ms (0x0200, value x100 ms)",
    hex: "01 05 02 00 00 07 8D B0",
    good: true,
  },
  { family: "request", name: "Waveshare relay3 flash-on 1.5 s", hex: "01 05 02 02 00 0F 2D B6", good: true },
  { family: "request", name: "read 8 coils", hex: "01 01 00 00 00 08 3D CC", good: true },
  { family: "reply", name: "read 8 coils reply, relay1+relay8 on", hex: "01 01 01 81 91 E8", good: true },
  { family: "request", name: "read 8 discrete inputs", hex: "01 02 00 00 00 08 79 CC", good: true },
  { family: "reply", name: "discrete inputs reply, DI1 and DI3 active", hex: "01 02 01 05 61 8B", good: true },
  { family: "request", name: "write all coils 0xFF", hex: "01 0F 00 00 00 08 01 FF BE D5", good: true },
  { family: "reply", name: "exception reply: illegal data address", hex: "01 85 02 C3 51", good: true },
  { family: "request", name: "LCTech default unit 255 relay1 on", hex: "FF 05 00 00 FF 00 99 E4", good: true },
  { family: "request", name: "LCTech relay1 off", hex: "FF 05 00 00 00 00 D8 14", good: true },
  { family: "request", name: "LCTech all on", hex: "FF 0F 00 00 00 08 01 FF 30 1D", good: true },
  { family: "reply", name: "LCTech all-on reply", hex: "FF 0F 00 00 00 08 41 D3", good: true },
  { family: "request", name: "LCTech read optocoupler inputs", hex: "FF 02 00 00 00 08 6C 12", good: true },
  { family: "reply", name: "LCTech read inputs reply DI1", hex: "FF 02 01 01 51 A0", good: true },
  {
    family: "request",
    name: "LCTech relay1 flash-on 2 s (FC16 addr 3: 0004,0014)",
    hex: "FF 10 00 03 00 02 04 00 04 00 14 C5 9F",
    good: true,
  },
  {
    family: "request",
    name: "R421-style relay1 momentary 1 s (FC06 0x0500)",
    hex: "01 06 00 01 05 00 DB 5A",
    good: true,
  },
  { family: "request", name: "R421-style relay1 open (FC06 0x0100)", hex: "01 06 00 01 01 00 D9 9A", good: true },
  { family: "request", name: "non-standard clone relay1 on uses 0x0100", hex: "01 05 00 01 01 00 9D 9A", good: true },
  { family: "reply", name: "relay1 on, echoed", hex: "01 05 00 00 FF 00 8C 3A", good: true },
  { family: "reply", name: "relay1 on, one bit wrong", hex: "01 05 00 00 FF 01 8C 3A", good: false },
];

export const SENSE = { timeout: "EF AA 00 00 02 12 0D 1D", rejected: "EF AA 00 00 02 12 01 11" } as const;
export const RDM6300 = "02 30 31 30 30 35 41 33 43 37 46 31 38 03";
