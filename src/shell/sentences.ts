/** One plain sentence for each row of the journal, in both languages. */
import {
  ALARMS,
  type AlarmKind,
  DENIALS,
  type Decision,
  type Denial,
  type LaneMode,
  type Note,
  type Staleness,
} from "../core/terms.ts";
import { MODE_WORDS, REFUSAL_WORDS, type Words } from "../core/words.ts";
import { ACCOUNT_DEEDS as ACCOUNT_DEEDS_LIST, type AccountDeed } from "./accounts.ts";
import { TECHNICIAN_PAGE } from "./bench.ts";
import type { Verdict } from "./desk.ts";
import { listWords } from "./list-words.ts";
import type { Row } from "./ports.ts";

export interface RowWords {
  readonly sentence: Words;
  readonly verdict?: Verdict;
  readonly who?: string;
  readonly household?: string;
  readonly almost?: { readonly plate: string; readonly name: string };
}

interface Vocabulary {
  readonly alarms: Readonly<Record<AlarmKind, Words>>;
  readonly decided: (decision: Decision) => Words;
}

const words = (zh: string, en: string): Words => ({ zh, en });
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number => (typeof value === "number" ? value : 0);
const DIRECTIONS: Readonly<Record<string, Words>> = { in: words("进", "in"), out: words("出", "out") };
const COMMANDS: Readonly<Record<string, Words>> = {
  open: words("开", "open"),
  close: words("关", "close"),
  stop: words("停", "stop"),
};
const ORDERS: Readonly<Record<string, Words>> = {
  open: words("开门", "open"),
  close: words("关门", "close"),
  stop: words("停", "stop"),
  "lock-open": words("常开", "hold open"),
  "lock-down": words("锁闭", "lock down"),
  release: words("恢复正常", "release"),
  emergency: words("应急全开", "emergency opening"),
  "emergency-end": words("结束应急", "end of emergency"),
};
const UNKNOWN = words("？", "?");

function commandWords(open: Row["open"]): Words {
  const who = text(open.who);
  const what = text(open.command);
  switch (open.state) {
    case "taken":
      return words(`平台命令（${who}）：${what}`, `The platform asks (${who}): ${what}`);
    case "done":
      return words(`平台命令已执行：${what}`, `Done as the platform asked: ${what}`);
    default:
      return words(
        `平台命令没有执行：${text(open.code)}`,
        `Not done, though asked by the platform: ${text(open.code)}`,
      );
  }
}

export function rowWords(row: Row, vocabulary: Vocabulary): RowWords {
  const { open } = row;
  switch (row.kind) {
    case "decision":
    case "history":
      return decisionWords(row, vocabulary);
    case "override": {
      if (open.about !== undefined) return letInWords(row);
      const order = ORDERS[text(open.order)] ?? UNKNOWN;
      if (open.from === TECHNICIAN_PAGE)
        return {
          sentence: words(`${text(open.by)}试输出：${order.zh}`, `${text(open.by)} tried an output: ${order.en}`),
        };
      return { sentence: words(`${text(open.by)}操作：${order.zh}`, `${text(open.by)} ordered: ${order.en}`) };
    }
    case "move": {
      const command = COMMANDS[text(open.command)] ?? UNKNOWN;
      return { sentence: words(`向道闸发出“${command.zh}”`, `Sent “${command.en}” to the barrier`) };
    }
    case "outcome": {
      const command = COMMANDS[text(open.command)] ?? UNKNOWN;
      return {
        sentence: words(
          `“${command.zh}”的结果：${text(open.outcome)}`,
          `Outcome of “${command.en}”: ${text(open.outcome)}`,
        ),
      };
    }
    case "passage": {
      const direction = DIRECTIONS[text(open.direction)] ?? words("方向不明", "direction unknown");
      const matched = open.credit !== undefined;
      return {
        sentence: matched
          ? words(`已通过（${direction.zh}）`, `Passed (${direction.en})`)
          : words(`有通过，没有对应的放行（${direction.zh}）`, `Something passed without a grant (${direction.en})`),
      };
    }
    case "lapsed":
      return { sentence: words("放行后没有人通过，已收回", "Nobody came through; the grant has lapsed") };
    case "alarm":
      return { sentence: alarmWords(text(open.alarm), vocabulary) };
    case "calm": {
      if (open.acknowledged !== undefined)
        return { sentence: words(`${text(open.by)}已确认报警`, `${text(open.by)} has seen the alarm`) };
      const alarm = alarmWords(text(open.alarm), vocabulary);
      return { sentence: words(`已恢复：${alarm.zh}`, `Over: ${alarm.en}`) };
    }
    case "mode": {
      const mode = modeWords(text(open.mode));
      if (open.still === true)
        return {
          sentence: words(
            `${mode.zh}，主机时间不准，记下剩余时间`,
            `${mode.en}; the clock is not set, the time left is noted`,
          ),
        };
      return { sentence: words(`${mode.zh}（${text(open.by)}）`, `${mode.en} (${text(open.by)})`) };
    }
    case "refusal": {
      const why = Object.entries(REFUSAL_WORDS).find(([code]) => code === open.why)?.[1] ?? UNKNOWN;
      return { sentence: why };
    }
    case "start":
      return { sentence: words("门岗程序已启动", "gatepost has started") };
    case "stop":
      return { sentence: words("门岗程序已停止", "gatepost has stopped") };
    case "device":
      if (typeof open.face === "string") return { sentence: faceWords(text(open.device), open.face, text(open.code)) };
      return {
        sentence:
          open.offline === true
            ? words(`设备 ${text(open.device)} 断线了`, `Device ${text(open.device)} has gone silent`)
            : words(`设备 ${text(open.device)} 已恢复`, `Device ${text(open.device)} is back`),
      };
    case "clock":
      if (open.believed === true)
        return { sentence: words("主机时间已经准了", "The clock can be believed from now on") };
      return { sentence: words("时钟有变化", "The clock has changed") };
    case "account":
      return { sentence: accountWords(open) };
    case "config":
      if (open.offered === true)
        return {
          sentence: words(
            `${text(open.by)}交来一份新配置，还没有启用`,
            `${text(open.by)} handed in a configuration; it is not in force yet`,
          ),
        };
      if (open.inForce === true)
        return { sentence: words("交来的新配置已经启用", "The configuration that was handed in is in force") };
      if (typeof open.reasons === "string")
        return {
          sentence: words(
            `${text(open.by)}改了开门原因，现在是：${open.reasons}`,
            `${text(open.by)} changed the reasons for an opening; they are now: ${text(open.en)}`,
          ),
        };
      return { sentence: words("配置已载入", "The configuration was loaded") };
    case "whitelist":
      return { sentence: listWords(open) };
    case "command":
      return { sentence: commandWords(open) };
    case "amnesty":
      return {
        sentence: words(
          `${text(open.by)}清零：里面的 ${count(open.vehicles)} 辆车、${count(open.people)} 个人不再算在里面（${text(open.why)}）`,
          `${text(open.by)} cleared the area: ${count(open.vehicles)} vehicles and ${count(open.people)} people count as outside (${text(open.why)})`,
        ),
      };
    case "retention":
      return {
        sentence: words(
          `按保留期限清理：${text(open.before)} 以前名单外的人和车不再能读出`,
          `Retention: what strangers presented before ${text(open.before)} can't be read any more`,
        ),
      };
    case "reason":
      return {
        sentence: words(
          `开门原因：${text(open.reason)}（${text(open.by)}）`,
          `Reason for opening: ${text(open.en)} (${text(open.by)})`,
        ),
      };
    case "shift":
      return { sentence: shiftWords(row) };
    case "shared":
      return {
        sentence:
          open.erased === undefined
            ? words(
                `别的门（${text(open.gate)}）报来 ${count(open.records)} 条进出，已记入谁在里面`,
                `${count(open.records)} passages seen at ${text(open.gate)}, another entrance, now count here`,
              )
            : words(
                "有人被删除，别的门也不再记得在哪里",
                "Somebody was erased; the other entrances forget where they are",
              ),
      };
    case "fault":
      return { sentence: words(`故障：${text(open.code)}`, `Fault: ${text(open.code)}`) };
  }
}

/** A refused plate that was let in as the one it nearly is. */
function letInWords({ open, sealed }: Row): RowWords {
  const name = text(sealed?.name);
  const value = text(sealed?.value);
  return {
    sentence: words(
      `${text(open.by)}放行：按 ${value} 放行，相机认成 ${text(sealed?.seen)}`,
      `${text(open.by)} let it in as ${value}; the camera read ${text(sealed?.seen)}`,
    ),
    ...(value === "" ? {} : { who: `${name} ${value}`.trim() }),
    ...(text(sealed?.household) === "" ? {} : { household: text(sealed?.household) }),
  };
}

function shiftWords({ open, sealed }: Row): Words {
  const notes = text(sealed?.notes);
  const zh = `${text(open.by)}交班给${text(open.to)}：自动 ${count(open.automatic)}、手动 ${count(open.manual)}、拒绝 ${count(open.denied)}、报警 ${count(open.alarms)}、未填写原因 ${count(open.unreasoned)}`;
  const en = `${text(open.by)} handed over to ${text(open.to)}: ${count(open.automatic)} automatic, ${count(open.manual)} by hand, ${count(open.denied)} refused, ${count(open.alarms)} alarms, ${count(open.unreasoned)} without a reason`;
  return notes === "" ? words(zh, en) : words(`${zh}。留言：${notes}`, `${en}. Notes: ${notes}`);
}

function faceWords(device: string, what: string, code: string): Words {
  const why = code === "" ? "" : ` (${code})`;
  switch (what) {
    case "added":
      return words(`终端 ${device} 已登记一张人脸`, `Terminal ${device} now holds a face`);
    case "changed":
      return words(`终端 ${device} 已更新一张人脸`, `Terminal ${device} has changed a face`);
    case "removed":
      return words(`终端 ${device} 已删除一张人脸`, `Terminal ${device} has removed a face`);
    case "missing":
      return words(`终端 ${device} 少了一张人脸`, `Terminal ${device} has lost a face`);
    case "found":
      return words(`终端 ${device} 有一张不该有的人脸，正在删除`, `Terminal ${device} holds a face it should not`);
    default:
      return words(`终端 ${device} 没有接受一张人脸${why}`, `Terminal ${device} refused a face${why}`);
  }
}

const alarmWords = (kind: string, vocabulary: Vocabulary): Words => {
  const known = ALARMS.find((alarm) => alarm === kind);
  return known === undefined ? UNKNOWN : vocabulary.alarms[known];
};

function modeWords(mode: string): Words {
  const modes: readonly LaneMode[] = ["controlled", "locked-open", "locked-down"];
  const known = modes.find((one) => one === mode);
  return known === undefined ? UNKNOWN : MODE_WORDS[known];
}

const STALENESSES: readonly Staleness[] = [
  "retained",
  "redelivered",
  "device-says-stored",
  "before-this-connection",
  "already-used",
  "device-clock-unknown",
  "too-old",
  "from-the-future",
];
const NOTES: readonly Note[] = ["antipassback-soft", "duress", "in-grace", "clock-holdover"];

function decisionWords(row: Row, vocabulary: Vocabulary): RowWords {
  const { open, sealed } = row;
  const name = text(sealed?.name);
  const value = text(sealed?.value);
  const who = name !== "" ? `${name}${open.type === "plate" ? ` ${value}` : ""}` : value;
  const household = text(sealed?.household);
  const named = { ...(who === "" ? {} : { who }), ...(household === "" ? {} : { household }) };
  const plate = text(sealed?.almost);
  if (open.placed !== undefined) return { sentence: words("已记下所在区域", "Noted where they are"), ...named };
  if (open.outcome === "merged")
    return { sentence: words("同一辆车的又一次识别", "One more read of the same vehicle"), ...named };
  const decision = decisionOf(open);
  const ask = decision.is === "denied" && decision.ask;
  const verdict: Verdict = ask ? "ask" : decision.is;
  const almost = ask && plate !== "" ? { almost: { plate, name: text(sealed?.almostName) } } : {};
  return { sentence: vocabulary.decided(decision), verdict, ...named, ...almost };
}

function decisionOf(open: Row["open"]): Decision {
  if (open.outcome === "granted") {
    const notes = open.notes;
    return { is: "granted", notes: NOTES.filter((note) => Array.isArray(notes) && notes.includes(note)) };
  }
  if (open.outcome === "waiting") return { is: "waiting", reason: "needs-second-credential", until: 0 };
  const reason: Denial = DENIALS.find((one) => one === open.reason) ?? "credential-not-found";
  const staleness = STALENESSES.find((one) => one === open.staleness);
  return { is: "denied", reason, ask: open.ask === true, ...(staleness === undefined ? {} : { staleness }) };
}

const ACCOUNT_DEEDS: Readonly<Record<AccountDeed, (whose: string, by: string) => Words>> = {
  "set-up": (whose) => words(`${whose}用初装码建了第一个管理员`, `${whose} made the first admin with the set-up code`),
  entered: (whose) => words(`${whose}登录`, `${whose} entered`),
  left: (whose) => words(`${whose}退出`, `${whose} left`),
  added: (whose, by) => words(`${by}新建账号：${whose}`, `${by} made an account for ${whose}`),
  changed: (whose, by) => words(`${by}改了账号：${whose}`, `${by} changed the account of ${whose}`),
  disabled: (whose, by) => words(`${by}停用账号：${whose}`, `${by} disabled the account of ${whose}`),
  enabled: (whose, by) => words(`${by}启用账号：${whose}`, `${by} enabled the account of ${whose}`),
  secret: (whose, by) => words(`${by}换了口令：${whose}`, `${by} gave ${whose} a new secret`),
  "totp-on": (whose) => words(`${whose}启用了动态码`, `${whose} uses one-time codes from now on`),
  "totp-off": (whose, by) => words(`${by}停用了动态码：${whose}`, `${by} ended the one-time codes of ${whose}`),
};

function accountWords(open: Row["open"]): Words {
  const deed = ACCOUNT_DEEDS_LIST.find((one) => one === open.deed);
  if (deed === undefined) return UNKNOWN;
  const whose = text(open.whose);
  const by = text(open.by);
  if (open.from !== "console") return ACCOUNT_DEEDS[deed](whose, by);
  const { zh } = ACCOUNT_DEEDS[deed](whose, `${by}（在主机上）`);
  return words(zh, ACCOUNT_DEEDS[deed](whose, `${by} (at the console)`).en);
}
