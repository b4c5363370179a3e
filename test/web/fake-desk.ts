import type { TrafficDeps } from "../../src/adapters/http-traffic.ts";
import type { RegisterDeps } from "../../src/adapters/register.ts";
import type { LaneMode } from "../../src/core/terms.ts";
import { NO_HOURS } from "../../src/core/traffic-hours.ts";
import type {
  Desk,
  DeskAmnesty,
  DeskHandOver,
  DeskOrder,
  DeskReason,
  LaneView,
  OrderAnswer,
  RowView,
  SiteView,
} from "../../src/shell/desk.ts";
import { openReasons, type Reasons, type ReasonsDeps } from "../../src/shell/reasons.ts";
import { SOMEBODY } from "../../src/simulator/somebody.ts";
import { handClock } from "../shell/hand-clock.ts";

type Change = Partial<Omit<SiteView, "at" | "clock">>;

/** A desk without a gate behind it: the tests set what it shows and see what it was told. */
export interface FakeDesk extends Desk {
  readonly orders: readonly DeskOrder[];
  readonly acknowledged: readonly string[];
  readonly amnesties: readonly DeskAmnesty[];
  readonly reasons: readonly DeskReason[];
  readonly handOvers: readonly DeskHandOver[];
  set(change: Change): void;
  setLane(id: string, change: Partial<LaneView>): void;
  write(row: Partial<RowView>): RowView;
  answer: (order: DeskOrder) => Promise<OrderAnswer>;
  ready: boolean;
}

/** A gate at which nothing has been counted. */
export const UNCOUNTED: TrafficDeps = {
  book: { hours: () => Promise.resolve(NO_HOURS) },
  offsetMin: () => 480,
  faces: () => 0,
  rates: [],
};

/** As a new gate has them. */
export const REASONS = [
  { zh: "访客", en: "Visitor" },
  { zh: "快递外卖", en: "Delivery" },
  { zh: "业主未登记", en: "Resident" },
  { zh: "识别错误", en: "Misread" },
  { zh: "急救消防", en: "Rescue" },
  { zh: "施工搬家", en: "Movers" },
  { zh: "设备故障", en: "Fault" },
  { zh: "其他", en: "Other" },
];
/** Of a site with two levels and a year without holidays. */
export const ACCESS: RegisterDeps["access"] = () => ({
  levels: [
    { id: "households", name: "住户", everywhere: true, lanes: [{ id: "main", name: "主入口车道" }] },
    {
      id: "staff",
      everywhere: false,
      lanes: [{ id: "door", name: "东侧人行门", only: "in" }],
      times: { id: "work", windows: [{ weekdays: [1, 2, 3, 4, 5], holidays: "never", from: 480, until: 1080 }] },
    },
  ],
  holidays: ["2026-10-01", "2026-10-02", "2026-10-03"],
  unpublished: [2027],
});
/** The clerk's list in memory: every row is durable at once. */
export function unkeptReasons(deps: Partial<ReasonsDeps> = {}): Reasons {
  return openReasons({
    first: { edition: 0, reasons: REASONS, retired: [] },
    now: () => WALL,
    keep: async () => undefined,
    note: async () => undefined,
    clock: handClock(),
    changed: () => undefined,
    ...deps,
  });
}
const WALL = Date.UTC(2026, 10, 24, 0, 32, 5);

function lane(id: string, name: string, kind: LaneView["kind"], abilities: LaneView["abilities"]): LaneView {
  return {
    id,
    name,
    kind,
    abilities,
    barrier: "closed",
    since: 0,
    mode: "controlled" satisfies LaneMode,
    emergency: false,
    inputs: [],
    credits: [],
  };
}

export function firstView(): Omit<SiteView, "at" | "clock"> {
  const main = lane("main", "主入口车道", "vehicle", [
    "open",
    "close",
    "stop",
    "lock-open",
    "lock-down",
    "release",
    "emergency",
    "emergency-end",
  ]);
  const door = lane("door", "东侧人行门", "pedestrian", ["open", "lock-open", "lock-down", "release", "emergency"]);
  return {
    site: { id: "xinghe", name: "星河小区" },
    gate: { id: "east", name: "东门" },
    boot: "01KB0TB00T",
    simulation: true,
    lanes: [
      {
        ...main,
        inputs: [
          { role: "safety-loop", level: "off", since: 0 },
          { role: "photocell", level: "off", since: 0 },
          { role: "limit-closed", level: "on", since: 0 },
        ],
      },
      { ...door, inputs: [{ role: "door-contact", level: "off", since: 0 }] },
      { ...lane("iron-n", "北铁门", "monitored", []), inputs: [{ role: "door-contact", level: "off", since: 0 }] },
    ],
    areas: [{ id: "inside", name: "小区内", people: 214, vehicles: 96, capacity: 320 }],
    alarms: [],
    devices: [
      { id: "face-1", name: "人脸机 主入口", lane: "main", link: { is: "up", since: 0 }, heard: 0 },
      { id: "plate-1", name: "车牌相机", lane: "main", link: { is: "up", since: 0 }, heard: 0 },
      { id: "face-2", name: "人脸机 人行门", lane: "door", link: { is: "down", since: 0, why: "没有心跳" } },
    ],
    journal: { is: "good", waiting: 0 },
    platform: { up: false, waiting: 1204 },
    today: { in: 128, out: 96, granted: 211, denied: 7, byHand: 5 },
    shift: {
      guard: "张建国",
      sinceWallMs: WALL - 7_200_000,
      automatic: 211,
      manual: 5,
      denied: 7,
      alarms: 2,
      unreasoned: 1,
      openings: [],
    },
    reasons: REASONS,
  };
}

export function openFakeDesk(boot = "01KB0TB00T"): FakeDesk {
  const startedAt = performance.now();
  let shown = { ...firstView(), boot };
  const rows: RowView[] = [];
  const orders: DeskOrder[] = [];
  const acknowledged: string[] = [];
  const amnesties: DeskAmnesty[] = [];
  const reasons: DeskReason[] = [];
  const handOvers: DeskHandOver[] = [];
  const viewHearers: (() => void)[] = [];
  const rowHearers: ((row: () => RowView) => void)[] = [];

  function view(): SiteView {
    const at = performance.now();
    return {
      ...shown,
      at,
      clock: { trust: "holdover", wallMs: WALL + (at - startedAt), utcOffsetMin: 480 },
    };
  }
  function set(change: Change): void {
    shown = { ...shown, ...change };
    for (const hear of viewHearers) hear();
  }

  return {
    orders,
    acknowledged,
    amnesties,
    reasons,
    handOvers,
    ready: true,
    set,
    setLane(id, change) {
      set({ lanes: shown.lanes.map((one) => (one.id === id ? { ...one, ...change } : one)) });
    },
    write(row) {
      const seq = rows.length + 1;
      const written: RowView = {
        seq,
        boot,
        at: performance.now(),
        wallMs: WALL - 1_200_000 + seq * 47_000,
        trust: "trusted",
        kind: "decision",
        open: {},
        hash: "",
        sentence: { zh: `第 ${seq} 条记录。`, en: `Row number ${seq}.` },
        ...row,
      };
      rows.push(written);
      for (const hear of rowHearers) hear(() => written);
      return written;
    },
    answer: async () => ({ ok: true, seq: rows.length + 1 }),
    view,
    onChange: (hear) => viewHearers.push(hear),
    rows: (count) => rows.slice(-count),
    rowsAfter: (seq, count) => rows.filter((row) => row.seq > seq).slice(0, count),
    onRow: (hear) => rowHearers.push(hear),
    snapshot: (seq) => (rows[seq - 1]?.snapshot === undefined ? undefined : { base64: SOMEBODY }),
    order(order) {
      orders.push(order);
      return this.answer(order);
    },
    async amnesty(amnesty) {
      if (amnesty.area !== "inside") return { ok: false, why: "area-unknown" };
      amnesties.push(amnesty);
      set({ areas: shown.areas.map((area) => ({ ...area, people: 0, vehicles: 0 })) });
      return { ok: true, seq: rows.length + 1 };
    },
    async reason(told) {
      const openings = shown.shift.openings.filter(({ id }) => id !== told.opening);
      if (openings.length === shown.shift.openings.length) return { ok: false, why: "opening-unknown" };
      reasons.push(told);
      set({ shift: { ...shown.shift, openings, unreasoned: shown.shift.unreasoned - 1 } });
      return { ok: true, seq: rows.length + 1 };
    },
    async handOver(told) {
      handOvers.push(told);
      set({ shift: { ...shown.shift, guard: told.to, automatic: 0, manual: 0, denied: 0, alarms: 0, unreasoned: 0 } });
      return { ok: true, seq: rows.length + 1 };
    },
    acknowledge(alarm) {
      if (!shown.alarms.some((one) => one.id === alarm)) return false;
      acknowledged.push(alarm);
      set({ alarms: shown.alarms.map((one) => (one.id === alarm ? { ...one, acknowledgedBy: "岗亭" } : one)) });
      return true;
    },
    health() {
      return { alive: true, ready: this.ready, why: this.ready ? [] : ["道闸继电器没有响应"] };
    },
  };
}

/** A morning at the gate, for the pictures. */
export function writeMorning(desk: FakeDesk): void {
  desk.write({
    lane: "main",
    verdict: "granted",
    who: "川K·D12345",
    sentence: { zh: "3-2-501 的车，在有效期内，进。", en: "Car of 3-2-501, valid, in." },
  });
  desk.write({
    lane: "door",
    verdict: "granted",
    who: "陈秀英",
    sentence: { zh: "住户 1-1-302，人脸认出，进。", en: "Resident of 1-1-302, face known, in." },
  });
  desk.write({
    kind: "override",
    lane: "main",
    sentence: { zh: "岗亭按了开门。", en: "The booth opened the gate." },
  });
  desk.write({
    lane: "door",
    verdict: "denied",
    who: "刷卡 …4471",
    sentence: { zh: "名单里没有这张卡。", en: "This card isn't on the list." },
  });
  desk.write({
    kind: "passage",
    lane: "main",
    sentence: { zh: "一辆车进，与放行相符。", en: "One car in, as granted." },
  });
  desk.write({
    lane: "main",
    verdict: "denied",
    who: "川K·F8B230",
    sentence: { zh: "通行证 11 月 20 日到期，请到物业办理。", en: "The pass ended on 20 November." },
  });
  desk.write({
    lane: "door",
    verdict: "granted",
    who: "王小雨",
    sentence: { zh: "住户 2-1-101，人脸认出，出。", en: "Resident of 2-1-101, face known, out." },
  });
}
