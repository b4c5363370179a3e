/** One message of each kind as it is built from rows: the golden samples of docs/contract. */
import type { OpenRow } from "../../src/shell/ports.ts";
import type { Told } from "../../src/uplink/contract.ts";
import { type Codes, type Grant, NO_LINK, toldOf } from "../../src/uplink/records.ts";
import { healthTold, type Moment, resultTold, statusTold, trafficTold } from "../../src/uplink/summaries.ts";

export const CODES: Codes = {
  site: "330381001004",
  gate: "01",
  lane: (id) => id,
  device: (id) => id,
  isVehicleLane: (id) => id.startsWith("car"),
  utcOffsetMin: () => 480,
};
export const BOOT = "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f";
const WALL = Date.UTC(2026, 10, 25, 0, 3, 7, 250);
const hex = (digit: string) => digit.repeat(64);
export const GRANT_ID = "7f1d0c5e-2b1a-4c3d-8e9f-0a1b2c3d4e5f";

export function row(seq: number, kind: OpenRow["kind"], open: OpenRow["open"], more: Partial<OpenRow> = {}): OpenRow {
  return {
    seq,
    boot: BOOT,
    at: 81_234.5 + seq * 100,
    wallMs: WALL + seq * 100,
    trust: "trusted",
    kind,
    lane: "car-in",
    open,
    hash: hex((seq % 10).toString()),
    ...more,
  };
}

const grant: Grant = {
  way: "plate",
  personKind: "resident",
  device: "plate-in",
  boot: BOOT,
  at: 81_234.5,
  plate: "90a1b2c3d4e5f607",
};
const record = (of: OpenRow, before = NO_LINK, plate?: string): Told => {
  const told = toldOf(of, {
    codes: CODES,
    before,
    grant: of.kind === "passage" ? grant : undefined,
    plate,
    waited: false,
  });
  if (told === undefined) throw new Error(`row ${of.seq} is no message`);
  return told;
};

export const DECISION = row(
  41,
  "decision",
  {
    id: GRANT_ID,
    reader: "plate-in",
    type: "plate",
    outcome: "granted",
    accessPoint: "car-in",
    direction: "in",
    notes: [],
    eventId: "rec:51822",
    confidence: 0.96,
    holderKind: "resident",
  },
  { subject: "5f2c9a1b7e3d4c60" },
);
export const PASSAGE = row(44, "passage", { direction: "in", credit: GRANT_ID }, { subject: "5f2c9a1b7e3d4c60" });
export const ALARM = row(52, "alarm", { alarm: "tailgate", detail: "林秀兰 13800138000" });

const NOW: Moment = {
  wallMs: WALL + 60_000,
  trust: "trusted",
  at: 141_000,
  boot: BOOT,
  seq: 52,
  hash: hex("2"),
  chance: "00112233445566778899",
};

export const SAMPLES: readonly Told[] = [
  record(PASSAGE, { seq: 41, hash: hex("1") }),
  record(DECISION, NO_LINK, "90a1b2c3d4e5f607"),
  record(ALARM),
  {
    on: "traffic",
    message: trafficTold(
      {
        lane: "car-in",
        quarterMs: Date.UTC(2026, 10, 25, 0, 0),
        counts: {
          passages: { "in resident plate": 31, "in unknown none": 1 },
          refusals: { "credential-not-found": 2 },
          waiting: { count: 31, totalMs: 148_200 },
          // Stays at the gate: the contract has no field for it.
          waitingBy: { "in resident plate": { count: 31, totalMs: 148_200 } },
          opening: { count: 32, totalMs: 80_010 },
          openMs: 412_300,
        },
        revision: 44,
        hash: hex("4"),
        trust: "trusted",
        inside: { people: 12, vehicles: 214 },
      },
      CODES,
    ),
  },
  {
    on: "status",
    message: statusTold(NOW, CODES, {
      online: true,
      epoch: GRANT_ID,
      version: "0.1.0",
      listGeneration: 12,
      configSha256: hex("c"),
    }),
  },
  {
    on: "health",
    message: healthTold(NOW, CODES, {
      lanes: [{ lane: "car-in", barrier: "closed", mode: "controlled", emergency: false }],
      devices: [{ device: "plate-in", up: true, silentSeconds: 4 }],
      alarms: [{ alarm: "tailgate", lane: "car-in", acknowledged: false }],
      journal: "good",
      waiting: 0,
      credentials: 2_140,
      faces: { people: 1_630, filing: "below" },
      inside: { people: 12, vehicles: 214 },
      memoryMb: 92,
    }),
  },
  {
    on: "result",
    message: resultTold(NOW, CODES, GRANT_ID, {
      state: "done",
      code: "carried-out",
      command: "c0ffee00-0000-4000-8000-000000000001",
      kind: "remote-open",
      key: "county",
      counter: 7,
      recordSeq: 53,
    }),
  },
];
