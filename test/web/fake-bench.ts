import type { Bench, BenchView } from "../../src/shell/bench.ts";
import type { Workshop } from "../../src/shell/workshop.ts";

/** A bench without a gate behind it, with the longest of everything. */
export const BENCH: BenchView = {
  at: 100_000,
  inputs: [
    {
      lane: "main",
      laneName: "北侧消防通道入口",
      role: "limit-closed",
      where: "relays DI1",
      activeLow: true,
      debounceMs: 20,
      level: "on",
      since: 1,
      edges: 1204,
      bounces: 17,
    },
    {
      lane: "main",
      laneName: "北侧消防通道入口",
      role: "safety-loop",
      where: "GPIO 17",
      activeLow: false,
      debounceMs: 50,
      level: "unknown",
      edges: 0,
      bounces: 0,
    },
    {
      lane: "main",
      laneName: "北侧消防通道入口",
      role: "request-to-exit",
      where: "relays DI8",
      activeLow: false,
      debounceMs: 50,
      level: "off",
      since: 5,
      edges: 2,
      bounces: 0,
    },
  ],
  outputs: [
    {
      lane: "main",
      laneName: "北侧消防通道入口",
      command: "open",
      where: "relays DO1",
      pulseMs: 500,
      last: { wallMs: 0, outcome: "uncertain" },
    },
    { lane: "main", laneName: "北侧消防通道入口", command: "close", where: "face-in closeTheBarrier" },
  ],
  devices: [
    {
      id: "face-in",
      name: "face-in 百胜人脸识别终端（带测温）",
      profile: "faceterm-mqtt",
      link: { is: "down", since: 0, why: "its MQTT connection is gone" },
      heard: 5_000,
      offline: true,
      counts: { heard: 120_412, faults: 31, skippedBytes: 0 },
      reads: true,
      kept: 1,
    },
  ],
  travels: [
    {
      lane: "main",
      laneName: "北侧消防通道入口",
      travelMs: 10_000,
      told: { open: true, closed: true },
      openMs: 2_913,
      closeMs: 3_104,
      proposedMs: 5_000,
    },
  ],
  tried: [{ lane: "main", command: "open", by: "李工", wallMs: 0 }],
  trial: {
    reader: "face-in",
    by: "李工",
    until: 110_000,
    is: "heard",
    steps: [
      { is: "heard", afterMs: 0, good: true, says: { zh: "收到了设备的数据", en: "The device was heard" } },
      { is: "decided", afterMs: 1, good: false, says: { zh: "不放行：已经过期", en: "Refused: expired" } },
    ],
  },
};

export function fakeBench(): Bench {
  return {
    view: () => BENCH,
    heard: (device) =>
      device === "face-in"
        ? [
            {
              at: 99_000,
              via: "message",
              where: "mqtt/face/2107466/Rec",
              bytes: 182_000,
              raw: '{"operator":"RecPush","info":{"personName":"▒▒(3)","pic":"▒▒(181000)"}}',
              kind: "rec",
              fields: [["report", "presented"]],
              notes: [],
            },
            {
              at: 98_000,
              via: "bytes",
              where: "",
              bytes: 9,
              raw: "EF AA 01 00 ▒▒(3) 00 0B",
              fields: [],
              fault: { code: "bad-checksum", where: "8", message: "the sum is wrong" },
              notes: [{ at: 8, found: "0B", expected: "0C", fits: false, zh: "校验", en: "sum" }],
            },
          ]
        : undefined,
    present: (reader, { who }) =>
      reader === "face-in" ? { reader, by: who, until: 130_000, is: "waiting", steps: [] } : undefined,
    isAtRest: (lane) => lane !== "moving",
  };
}

export function fakeWorkshop(): Workshop {
  const finding = {
    severity: "error",
    line: 12,
    column: 7,
    code: "LANE_UNKNOWN",
    path: "lanes.0",
    message: { zh: "没有这条通道", en: "There is no such lane" },
    hint: { zh: "检查名字", en: "Check the name" },
  } as const;
  const judge = (text: string) =>
    text.includes("wrong") ? { sound: false, findings: [finding] } : { sound: true, findings: [] };
  return {
    config: () => ({
      file: "/etc/gatepost/gate.yaml",
      text: "site: { id: test }\n",
      findings: [{ ...finding, severity: "warning" }],
      offered: { file: "/var/lib/gatepost/gate.yaml.offered", wallMs: 0 },
      good: { file: "/var/lib/gatepost/gate.yaml.good", wallMs: 0, same: false },
      apply: ["sudo gatepost config apply /var/lib/gatepost/gate.yaml.offered"],
      back: ["sudo gatepost config apply /var/lib/gatepost/gate.yaml.good"],
    }),
    check: judge,
    offer: async (text) => judge(text),
    log: () => ['{"level":"info","msg":"gatepost is ready"}'],
    about: async () => ({
      version: "0.1.0",
      node: "v20.19.0",
      system: "Debian GNU/Linux 13 (trixie)",
      machine: "arm64 6.12",
      dataDir: "/var/lib/gatepost",
      freeBytes: 9_000_000_000,
      credentials: 1_204,
      fingerprint: "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89",
      accounts: [{ who: "陈主任", role: "admin", disabled: false }],
    }),
  };
}
