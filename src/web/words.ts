/** Every word of the guard page in both languages. zh-CN first; the guard reads Chinese. */
import type { AlarmKind, BarrierState, ClockTrust, InputRole } from "../core/terms.ts";
import type { OrderName, Sentence } from "../shell/desk.ts";
import { s } from "./language.ts";

export const BARRIER: Readonly<Record<BarrierState, Sentence>> = {
  unknown: s("未知", "Unknown"),
  closed: s("已关", "Closed"),
  opening: s("正在开", "Opening"),
  open: s("已开", "Open"),
  closing: s("正在关", "Closing"),
  stopped: s("已停", "Stopped"),
};

/** Shape beside the word: colour never stands alone. */
export const BARRIER_SHAPE: Readonly<Record<BarrierState, string>> = {
  unknown: "?",
  closed: "▬",
  opening: "▲",
  open: "▮",
  closing: "▼",
  stopped: "■",
};

export const INPUT: Readonly<Record<InputRole, Sentence>> = {
  "limit-closed": s("关到位", "Closed limit"),
  "limit-open": s("开到位", "Open limit"),
  "loop-outer": s("外圈", "Outer loop"),
  "loop-inner": s("内圈", "Inner loop"),
  "safety-loop": s("杆下地感", "Loop"),
  photocell: s("光电", "Beam"),
  radar: s("雷达", "Radar"),
  "door-contact": s("门磁", "Contact"),
  "request-to-exit": s("出门按钮", "Exit button"),
  fire: s("消防", "Fire"),
  stop: s("急停", "Stop"),
};

export const ALARM: Readonly<Record<AlarmKind, Sentence>> = {
  tailgate: s("跟车闯入", "Tailgating"),
  "forced-open": s("强行打开", "Forced open"),
  "held-open": s("开着没关", "Held open"),
  "held-open-soon": s("开得太久", "Open for long"),
  "did-not-open": s("没有打开", "Did not open"),
  "did-not-close": s("没有关上", "Did not close"),
  duress: s("请留意", "Take note"),
  blocklisted: s("黑名单", "Blocked person or car"),
  "sensor-stuck": s("传感器异常", "Sensor stuck"),
  "sensor-jumping": s("传感器信号乱跳", "Sensor jumping"),
  "command-failed": s("道闸没有执行", "Barrier did not obey"),
  "reader-dark": s("识别设备认不出人了", "Reader gone dark"),
  "device-offline": s("设备离线", "Device offline"),
  "device-tampered": s("设备被拆", "Device tampered with"),
  "reader-insecure": s("读卡器不可信", "Reader insecure"),
  "face-not-removed": s("人脸没删掉", "Face not removed"),
  "stale-event": s("过期的识别", "Stale event"),
  "forged-event": s("有人冒充设备", "Forged event"),
  "forged-command": s("有人冒充平台", "Forged command"),
  "clock-untrusted": s("时间不可信", "Clock not trusted"),
  "journal-failing": s("记录写不进", "Journal failing"),
  "disk-low": s("磁盘快满", "Disk nearly full"),
  "chain-broken": s("记录被改动", "Journal altered"),
  "platform-behind": s("平台久未上报", "Platform behind"),
  "entrance-silent": s("别的门联系不上", "Entrance silent"),
  "config-broken": s("配置文件有错", "Broken configuration"),
};

export const ORDER: Readonly<Record<OrderName, Sentence>> = {
  open: s("开门", "Open"),
  close: s("关门", "Close"),
  stop: s("停", "Stop"),
  "lock-open": s("常开…", "Keep open…"),
  "lock-down": s("锁闭", "Lock down"),
  release: s("恢复正常", "Back to normal"),
  emergency: s("应急全开", "Emergency open"),
  "emergency-end": s("结束应急", "End emergency"),
};

export const TRUST: Readonly<Record<ClockTrust, Sentence>> = {
  trusted: s("已对时", "in sync"),
  holdover: s("自走时", "on its own"),
  untrusted: s("时间不准", "not set"),
};

export const VERDICT = {
  granted: s("放行", "Let in"),
  denied: s("拒绝", "Refused"),
  waiting: s("再验一项", "One more"),
  ask: s("等待确认", "Your call"),
  override: s("手动", "By hand"),
  alarm: s("报警", "Alarm"),
  refusal: s("未执行", "Not done"),
} as const;

export const W = {
  loading: s("正在连接主机…", "Connecting to the gate…"),
  simulated: s("模拟街道", "Simulated street"),
  linked: s("主机已连", "Gate linked"),
  unlinked: s("主机断开", "Gate lost"),
  gateWorks: s("，门照常工作", ", gates work"),
  platformUp: s("平台在线", "Platform up"),
  emergencyOn: s("应急全开中", "Emergency open"),
  lockedOpen: s("常开中", "Held"),
  lockedDown: s("锁闭中", "Locked down"),
  left: s("剩", ""),
  snapshot: s("抓拍", "Snapshot"),
  quiet: s("还没有人经过", "Nobody has passed yet"),
  more: s("更多", "More"),
  until: s("到…", "Until…"),
  to: s("到", "Until"),
  min: s("分", "min"),
  almost: s("放行", "Let in"),
  why: s("为什么开门？", "Why opened?"),
  whyTab: s("原因", "Why"),
  skip: s("不填", "Skip"),
  lanes: s("通道", "Lanes"),
  menu: s("菜单", "Menu"),
  handOver: s("交接班", "Hand over"),
  handOverNow: s("交班", "Hand over"),
  lock: s("锁屏", "Lock"),
  clerk: s("住户管理", "Residents"),
  traffic: s("客流统计", "Traffic"),
  tech: s("技术员页", "Technician"),
  lockedScreen: s("已锁屏", "Locked"),
  unlock: s("解锁", "Unlock"),
  enterTitle: s("请登录上岗", "Enter to work"),
  automatic: s("自动放行", "Automatic"),
  manual: s("手动", "By hand"),
  deniedCount: s("拒绝", "Refused"),
  unreasoned: s("未填原因", "No reason"),
  notes: s("留言", "Notes"),
  back: s("返回", "Back"),
  sure: s("确定？再点", "Sure? Tap"),
  vehicles: s("车", "cars"),
  people: s("人", "people"),
  clear: s("清零", "Clear"),
  clearSure: s("确定清零", "Yes, clear"),
  clearMeans: s(
    "清零：里面的车和人都记成不在里面，车位重新数。门不会动，记录不会删。",
    "Clear: cars and people inside are noted as outside, spaces are counted anew. No gate moves, no record goes.",
  ),
  clearWhy: s("里面的数不对", "the count was wrong"),
  soundOff: s("声音已关", "Sound off"),
  acknowledge: s("知道了", "Got it"),
  moreAlarms: s("还有", "and"),
  today: s("今日", "Day"),
  in: s("进", "in"),
  out: s("出", "out"),
  denied: s("拒", "no"),
  byHand: s("手动", "hand"),
  journal: s("记录", "Journal"),
  journalBad: s("记录暂存内存", "Rows kept in memory"),
  devices: s("设备", "Devices"),
  allGood: s("全部正常", "all well"),
  off: s("断线", "off"),
  readerOff: s("识别断线", "Reader off"),
  never: s("未收到", "never"),
  all: s("全部", "All"),
  refused: s("拒绝", "No"),
  hand: s("手动", "Hand"),
  alarms: s("报警", "Alarm"),
  sending: s("正在执行…", "Doing it…"),
  recorded: s("已执行，已记录", "Done and recorded"),
  unrecorded: s("已执行，等待写入记录", "Done, not yet on the disk"),
  notSent: s("没有送到，请用手动按钮", "Not delivered; use the manual button"),
  tokenTitle: s("请输入操作口令", "Enter the operator token"),
  enter: s("进入", "Enter"),
} as const;

export const minutes = (count: number): Sentence =>
  count % 60 === 0 ? s(`${count / 60} 小时`, `${count / 60} h`) : s(`${count} 分钟`, `${count} min`);

/** An age in its largest whole unit, at least minutes. */
export function ago(ms: number): Sentence {
  const count = Math.floor(ms / 60_000);
  if (count < 60) return minutes(count);
  return count < 1440
    ? s(`${Math.floor(count / 60)} 小时`, `${Math.floor(count / 60)} h`)
    : s(`${Math.floor(count / 1440)} 天`, `${Math.floor(count / 1440)} d`);
}

export const lostFor = (seconds: number): Sentence =>
  s(`与主机断开 ${seconds} 秒，请用手动按钮`, `Gate lost for ${seconds} s: use the manual button`);

export const platformDown = (rows: string): Sentence => s(`平台离线，已存 ${rows} 条`, `Platform off, ${rows} kept`);
