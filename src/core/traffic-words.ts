/** The words of the traffic page and of its tables, in both languages. */
import type { Kind, Way } from "./traffic-terms.ts";
import type { GroupTold, HourState, Table } from "./traffic-told.ts";

interface Said {
  readonly zh: string;
  readonly en: string;
}
const s = (zh: string, en: string): Said => ({ zh, en });

export const TOWARD: Readonly<Record<"in" | "out" | "unknown", Said>> = {
  in: s("进", "In"),
  out: s("出", "Out"),
  unknown: s("方向不明", "Unknown"),
};
export const KIND: Readonly<Record<Kind, Said>> = {
  resident: s("住户", "Resident"),
  visitor: s("访客", "Visitor"),
  staff: s("工作人员", "Staff"),
  courier: s("快递外卖", "Courier"),
  vehicle: s("登记车辆", "Registered car"),
  unknown: s("不明", "Unknown"),
};
export const WAY: Readonly<Record<Way, Said>> = {
  face: s("人脸", "Face"),
  card: s("刷卡", "Card"),
  pin: s("密码", "PIN"),
  code: s("通行码", "Code"),
  plate: s("车牌", "Plate"),
  guard: s("保安开门", "Guard"),
  remote: s("远程", "Remote"),
  button: s("按钮", "Button"),
  fire: s("消防", "Fire"),
  none: s("没有放行就过", "Not let in"),
  unknown: s("不明", "Unknown"),
};
export const STATE: Readonly<Record<HourState, Said>> = {
  whole: s("完整", "Whole"),
  part: s("不全", "In part"),
  off: s("没有数据", "Not known"),
  running: s("进行中", "Running"),
  ahead: s("未到", "Ahead"),
};
export const BY: Readonly<Record<GroupTold["by"], Said>> = {
  lane: s("通道", "Lane"),
  direction: s("方向", "Direction"),
  kind: s("人员类别", "Kind"),
  way: s("开门方式", "Way"),
};
export const LINK: Readonly<Record<"up" | "down" | "starting" | "closed", Said>> = {
  up: s("正常", "Working"),
  down: s("断线", "Off"),
  starting: s("正在连接", "Connecting"),
  closed: s("已停用", "Closed"),
};
export const BASIS = { maker: s("厂家给出", "The maker's figure"), assumed: s("假设", "Assumption") } as const;

/** A table's columns, in their order. */
export const COLUMNS: Readonly<Record<Table, readonly Said[]>> = {
  hours: [
    s("日期", "Date"),
    s("小时", "Hour"),
    s("数据", "Known"),
    s("进", "In"),
    s("出", "Out"),
    s("方向不明", "Unknown"),
    s("合计", "Together"),
    s("平常", "Usual"),
    s("平常取自几周", "Usual of weeks"),
  ],
  times: [
    s("日期", "Date"),
    s("小时", "Hour"),
    s("数据", "Known"),
    s("拒绝", "Refused"),
    s("平均等待（秒）", "Mean wait (s)"),
    s("平均开启（秒）", "Mean opening (s)"),
    s("开着（分钟）", "Open (min)"),
  ],
  groups: [
    s("分类", "By"),
    s("项目", "Which"),
    s("到现在", "So far"),
    s("完整小时合计", "Whole hours"),
    s("平常同时段", "Usual for these"),
    s("平常取自几周", "Usual of weeks"),
  ],
  lanes: [
    s("通道", "Lane"),
    s("进", "In"),
    s("出", "Out"),
    s("方向不明", "Unknown"),
    s("拒绝", "Refused"),
    s("平均等待（秒）", "Mean wait (s)"),
    s("平均开启（秒）", "Mean opening (s)"),
    s("开着（分钟）", "Open (min)"),
  ],
  parity: [
    s("通道", "Lane"),
    s("开门方式", "Way"),
    s("次数", "Times"),
    s("占本通道", "Share of the lane"),
    s("量到等待的次数", "Waits measured"),
    s("平均等待（秒）", "Mean wait (s)"),
  ],
  refusals: [s("原因", "Reason"), s("代码", "Code"), s("次数", "Times")],
  passages: [
    s("日期", "Date"),
    s("小时", "Hour"),
    s("通道", "Lane"),
    s("方向", "Direction"),
    s("人员类别", "Kind"),
    s("开门方式", "Way"),
    s("次数", "Times"),
  ],
  accuracy: [
    s("依据", "Basis"),
    s("终端", "Terminal"),
    s("单次比对误识率", "Rate of one comparison"),
    s("名单人脸数", "Faces on the list"),
    s("实际误识率", "Effective rate"),
    s("约多少次出一次", "About one in"),
  ],
  devices: [s("设备", "Device"), s("状态", "State"), s("多久没有消息（秒）", "Silent for (s)"), s("说明", "Why")],
};
