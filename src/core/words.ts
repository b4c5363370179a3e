/**
 * Every reason, state and alarm as one plain sentence: Chinese a guard of sixty understands, and English.
 * A new word in `terms` that has no sentence here breaks the build.
 */
import type { AlarmKind, BarrierState, Decision, Denial, LaneMode, Note, Refusal, Staleness } from "./terms.ts";

export interface Words {
  readonly zh: string;
  readonly en: string;
}

type Sentences<Key extends string> = Readonly<Record<Key, Words>>;

export const DENIAL_WORDS: Sentences<Denial> = {
  "not-fresh": { zh: "这条记录不是现在的，不开门", en: "This record is not from this moment; it opens nothing." },
  "reader-unknown": { zh: "不认识这台设备，请找技术员", en: "This device is not known here; ask the technician." },
  "low-confidence": { zh: "看得不够清楚，请再试一次", en: "Not recognised clearly enough; please try again." },
  "no-liveness": {
    zh: "没有确认是真人，请正对镜头再试",
    en: "Not confirmed as a live person; face the camera and try again.",
  },
  "credential-not-found": { zh: "不是本小区登记的人或车", en: "Not a person or vehicle registered here." },
  blocklisted: { zh: "这个人或车被禁止进入，请留意", en: "This person or vehicle is barred; take care." },
  "credential-not-enabled": { zh: "这张卡、车牌或人脸已停用", en: "This card, plate or face has been switched off." },
  "clock-untrusted": {
    zh: "主机时间不准，没法核对有效期，请您来定",
    en: "The gate's clock is not set, so the dates can't be checked; please decide.",
  },
  "credential-not-active": { zh: "还没到开始使用的日子", en: "Not valid yet." },
  "credential-expired": { zh: "已经过期，请到物业办理延期", en: "Expired; it can be extended at the office." },
  "device-refused": {
    zh: "识别设备没有放行，请您看一下",
    en: "The reading device itself refused; please have a look.",
  },
  "locked-down": { zh: "这个门现在锁闭，谁都不放行", en: "This gate is locked down; nobody is let through." },
  unauthorized: { zh: "登记过，但没有走这个门的权限", en: "Registered, but not allowed through this gate." },
  "not-permitted-at-this-time": { zh: "现在不是允许进出的时间", en: "Not allowed at this time." },
  "needs-second-credential": {
    zh: "还要再刷一样，比如卡或密码",
    en: "A second credential is needed, such as a card or PIN.",
  },
  "antipassback-violation": {
    zh: "记录显示已经在里面了，不能重复进入",
    en: "Already inside by the records; can't enter twice.",
  },
  "lane-full": { zh: "里面车位已满", en: "No room for more vehicles inside." },
  "household-quota-used": { zh: "这户的车位已经停满", en: "This household's parking spaces are all taken." },
  "use-count-exhausted": { zh: "这个通行码的次数已经用完", en: "This pass has been used as often as it may be." },
};

export const STALENESS_WORDS: Sentences<Staleness> = {
  retained: { zh: "这是服务器留存的旧消息，不开门", en: "An old message kept by the broker; it opens nothing." },
  redelivered: { zh: "这是重复送来的消息，不开门", en: "A message delivered again; it opens nothing." },
  "device-says-stored": {
    zh: "这是设备补传的旧记录，不开门",
    en: "An old record sent later by the device; it opens nothing.",
  },
  "before-this-connection": {
    zh: "这是断线以前的记录，不开门",
    en: "A record from before the connection; it opens nothing.",
  },
  "already-used": {
    zh: "这条记录已经用过一次，不再开门",
    en: "This record has been used once; it opens nothing more.",
  },
  "device-clock-unknown": {
    zh: "设备时间还没核对好，请您看一下再开",
    en: "The device's clock isn't checked yet; please look and decide.",
  },
  "too-old": { zh: "这条记录来晚了，请再刷一次", en: "The record came too late; please try again." },
  "from-the-future": {
    zh: "设备时间走快了，请找技术员校时",
    en: "The device's clock runs ahead; ask the technician to set it.",
  },
};

export const NOTE_WORDS: Sentences<Note> = {
  "antipassback-soft": { zh: "记录显示本来就在里面", en: "already inside by the records" },
  "entrances-apart": {
    zh: "记录显示在里面，别的门联系不上，说不准",
    en: "already inside by the records, but another entrance can't be reached and may have seen them leave",
  },
  // Silent by design: whoever forces the resident may be reading the same screen.
  duress: { zh: "已记录", en: "noted" },
  "in-grace": { zh: "已过期，还在宽限期内", en: "expired, within the days of grace" },
  "clock-holdover": { zh: "主机时间暂时没有校准", en: "the gate's clock has not been checked lately" },
};

export const ALARM_WORDS: Sentences<AlarmKind> = {
  tailgate: { zh: "有人或车跟在后面闯过去了", en: "Somebody followed through on another's opening." },
  "forced-open": { zh: "没有放行，门却被打开了", en: "The gate was opened without permission." },
  "held-open": { zh: "门一直开着没有关上", en: "The gate has been held open." },
  "held-open-soon": { zh: "门开得太久了，快要报警", en: "The gate has been open long; the alarm comes soon." },
  "did-not-open": { zh: "叫它开，门没有打开", en: "The gate did not open when told to." },
  "did-not-close": { zh: "叫它关，门没有关上", en: "The gate did not close when told to." },
  duress: { zh: "有人可能被胁迫，请悄悄报警", en: "Somebody may be under duress; call for help quietly." },
  blocklisted: { zh: "被禁止进入的人或车到了门口", en: "A barred person or vehicle is at the gate." },
  "sensor-stuck": { zh: "感应器一直有信号，可能坏了", en: "A sensor has been active too long; it may be faulty." },
  "sensor-jumping": {
    zh: "感应器信号乱跳，可能接触不良",
    en: "A sensor's signal keeps jumping; a wire may be loose.",
  },
  "command-failed": { zh: "开关门的命令没有执行成功", en: "A command to the gate failed." },
  "reader-dark": { zh: "识别设备很久没有认出人了", en: "A reader has recognised nobody for an unusual time." },
  "device-offline": { zh: "有设备断线了", en: "A device is offline." },
  "device-tampered": { zh: "有设备被人打开或拆下了", en: "A device has been opened or taken off the wall." },
  "reader-insecure": {
    zh: "有读卡器不能证明自己，它读的卡不算数",
    en: "A reader can't prove what it is; its cards don't count.",
  },
  "face-not-removed": {
    zh: "有终端里还留着该删的人脸，请找技术员",
    en: "A terminal still holds a face that it should not; ask the technician.",
  },
  "stale-event": { zh: "收到旧的识别记录，没有开门", en: "An old record arrived; nothing was opened." },
  "forged-event": {
    zh: "收到冒充设备的消息，没有开门",
    en: "A message came from somebody posing as a device; nothing was opened.",
  },
  "forged-command": {
    zh: "有人冒充平台下命令，没有执行",
    en: "Somebody posing as the platform sent a command; nothing was done.",
  },
  "clock-untrusted": { zh: "主机时间不准，请找技术员校时", en: "The gate's clock is not set; ask the technician." },
  "journal-failing": {
    zh: "记录写不进磁盘，门照常工作",
    en: "Records can't be written to the disk; the gate keeps working.",
  },
  "disk-low": { zh: "磁盘快满了，请找技术员", en: "The disk is nearly full; ask the technician." },
  "chain-broken": { zh: "通行记录被改动或缺失", en: "The records have been altered or are missing." },
  "platform-behind": {
    zh: "很久没能上报平台，门照常工作，记录都留着",
    en: "The platform hasn't been reached for long; the gate keeps working and the records are kept.",
  },
  "entrance-silent": {
    zh: "联系不上别的门，谁在里面可能不准",
    en: "Another entrance can't be reached; the gate keeps working, who counts as inside may be out of date.",
  },
  "config-broken": {
    zh: "配置文件有错，门照常工作，请通知技术员",
    en: "gate.yaml has errors; the gate works by the last good one. Tell the technician.",
  },
};

export const BARRIER_WORDS: Sentences<BarrierState> = {
  unknown: { zh: "状态未知", en: "State unknown" },
  closed: { zh: "已关", en: "Closed" },
  opening: { zh: "正在开", en: "Opening" },
  open: { zh: "已开", en: "Open" },
  closing: { zh: "正在关", en: "Closing" },
  stopped: { zh: "已停住", en: "Stopped" },
};

export const MODE_WORDS: Sentences<LaneMode> = {
  controlled: { zh: "正常管理", en: "Controlled" },
  "locked-open": { zh: "常开中", en: "Held open" },
  "locked-down": { zh: "锁闭", en: "Locked down" },
};

export const REFUSAL_WORDS: Sentences<Refusal> = {
  "not-clear": { zh: "杆下可能有人或车，不能关", en: "Somebody or something may be under the arm; it can't close." },
  interlocked: { zh: "另一道门还没关好，不能开", en: "The other gate of the pair is not closed yet; it can't open." },
  "locked-down": { zh: "这个门已锁闭，请先解除", en: "This gate is locked down; release it first." },
  "no-such-output": { zh: "这个门没有接这个功能", en: "This gate has no such function wired." },
  emergency: { zh: "应急全开中，请先结束应急", en: "The emergency opening is on; end it first." },
  "too-long": { zh: "常开时间太长，请选短一点", en: "That is longer than this gate may be held open." },
  "stop-pressed": { zh: "急停按钮还按着，请先松开", en: "The stop button is still pressed; release it first." },
};

const GRANTED: Words = { zh: "放行", en: "Let through" };

/** One plain sentence that explains a decision to the guard. */
export function sentence(decision: Decision): Words {
  switch (decision.is) {
    case "granted": {
      const notes = decision.notes.filter((note) => note !== "duress").map((note) => NOTE_WORDS[note]);
      return {
        zh: [GRANTED, ...notes].map((words) => words.zh).join("，"),
        en: `${[GRANTED, ...notes].map((words) => words.en).join("; ")}.`,
      };
    }
    case "waiting":
      return DENIAL_WORDS[decision.reason];
    case "denied":
      return decision.staleness === undefined ? DENIAL_WORDS[decision.reason] : STALENESS_WORDS[decision.staleness];
  }
}
