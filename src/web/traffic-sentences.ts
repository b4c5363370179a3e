/** What the figures say in one plain sentence each. */
import { hourText } from "../core/traffic-table.ts";
import type { ParityVerdict, TrafficAnswer } from "../core/traffic-told.ts";
import type { Sentence } from "../shell/desk.ts";
import { s } from "./language.ts";

export const W = {
  title: s("客流", "Traffic"),
  simulated: s("模拟街道", "Simulated street"),
  booth: s("岗亭页", "Guard's page"),
  looks: s("字号和颜色", "Text and colours"),
  loading: s("正在读取…", "Reading…"),
  noGate: s("连不上主机，请刷新再试", "The gate doesn't answer; load the page again"),
  passages: s("进出人次", "Passages"),
  passagesChart: s(
    "图：每小时进出和平常的比较，数字在下面的表里",
    "Chart: passages by hour beside what is usual; its figures are in the table below",
  ),
  byHour: s("每小时进出", "Passages by hour"),
  counted: s("实际", "Counted"),
  usual: s("平常", "Usual"),
  times: s("次", "times"),
  groups: s("按通道、方向、类别", "By lane, direction and kind"),
  lanes: s("每条通道", "Each lane"),
  waits: s("等待和开门时间", "Waiting and opening"),
  waitsChart: s(
    "图：每小时平均等待和开启秒数，数字在下面的表里",
    "Chart: mean seconds by hour; its figures are in the table below",
  ),
  waiting: s("等待：放行到通过", "Waiting: let in until through"),
  opening: s("开启：开始动到开到位", "Opening: first move until open"),
  seconds: s("秒", "s"),
  open: s("门开着", "Gate open"),
  openChart: s(
    "图：每小时门开着几分钟，数字在下面的表里",
    "Chart: minutes open by hour; its figures are in the table below",
  ),
  minutes: s("分钟", "min"),
  timesTable: s("每小时等待、开启、开着", "Waiting, opening and open by hour"),
  notNarrowed: s("等待、开门和拒绝不分方向和类别。", "Times and refusals are not split by direction and kind."),
  parity: s("人脸和其他方式比", "Faces beside the other ways"),
  refusals: s("拒绝", "Refusals"),
  refusalsChart: s("图：每小时拒绝次数，数字在表里", "Chart: refusals by hour; its figures are in the tables"),
  refused: s("拒绝次数", "Refused"),
  reasons: s("拒绝的原因", "Reasons"),
  accuracy: s("人脸误认的机会", "Chance of a false face match"),
  devices: s("设备", "Devices"),
} as const;

export const NOTE = s(
  "平常 = 前 8 周同一星期几、同一小时的中位数，至少要有 4 周的数据；节假日没有单独分开。主机没开的时间算“没有数据”，不算 0。",
  "Usual = the median of the same weekday and hour in the 8 weeks before, 4 of them known at least; holidays are not set apart. While the gate was off nothing is known, which is not 0.",
);
export const PARITY_NOTE = s(
  "等待从放行算到通过；之前等保安的时间不知道。每条通道只和自己比，刷脸和其他方式各量到 20 次才下结论。",
  "Waiting is from being let in until through; what somebody waited for the guard before isn't known. Each lane is compared within itself, and only with 20 waits measured by face and 20 by other ways.",
);
export const UNTRUSTED = s(
  "主机时间不准，日期和小时可能不对",
  "The gate's clock isn't set: days and hours may be wrong",
);

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
const fixed = (value: number): string => String(Math.round(value * 10) / 10);

export function soFar({ hours, from, to }: TrafficAnswer): Sentence {
  const ins = sum(hours.map((one) => one.in));
  const out = sum(hours.map((one) => one.out));
  const unknown = sum(hours.map((one) => one.unknown));
  const when = from === to ? from : `${from} – ${to}`;
  return s(
    `${when}：进 ${ins}，出 ${out}${unknown === 0 ? "" : `，方向不明 ${unknown}`}`,
    `${when}: ${ins} in, ${out} out${unknown === 0 ? "" : `, ${unknown} unknown`}`,
  );
}

/** All directions of the whole hours against what is usual for just these. */
export function compared({ groups, hours, now }: TrafficAnswer): Sentence {
  const towards = groups.filter(({ by }) => by === "direction");
  const whole = sum(towards.map((one) => one.whole));
  const usual = sumOfUsual(hours);
  if (usual === undefined) return s("和平常比：数据还不够 4 周。", "Against the usual week: not yet 4 known weeks.");
  const until = hours.some(({ state }) => state === "running") ? hourText(now.hour) : "24:00";
  return s(
    `到 ${until} 的完整小时：${whole} 次，平常约 ${fixed(usual)} 次。`,
    `Whole hours until ${until}: ${whole}; usually about ${fixed(usual)}.`,
  );
}

/** Undefined unless something is usual for every whole hour. */
function sumOfUsual(hours: TrafficAnswer["hours"]): number | undefined {
  const whole = hours.filter(({ state }) => state === "whole");
  if (whole.length === 0 || whole.some(({ usual }) => usual === undefined)) return undefined;
  return sum(whole.map(({ usual }) => usual?.median ?? 0));
}

export function means({ lanes }: TrafficAnswer): Sentence {
  const mean = (which: "waiting" | "opening"): string => {
    const count = sum(lanes.map((one) => one[which].count));
    return count === 0 ? "—" : fixed(sum(lanes.map((one) => one[which].totalMs)) / count / 1000);
  };
  const open = fixed(sum(lanes.map(({ openMs }) => openMs)) / 60_000);
  return s(
    `平均等待 ${mean("waiting")} 秒，平均开启 ${mean("opening")} 秒，门一共开着 ${open} 分钟。`,
    `Mean waiting ${mean("waiting")} s, mean opening ${mean("opening")} s, gates open for ${open} min altogether.`,
  );
}

/** One sentence for each lane that somebody passed by face. */
export function parityTold({ parityVerdicts: verdicts, lanes }: TrafficAnswer): readonly Sentence[] {
  if (verdicts.length === 0) return [s("这段时间没有人刷脸通过。", "Nobody passed by face in this time.")];
  return verdicts.map((verdict) => {
    const name = lanes.find(({ lane }) => lane === verdict.lane)?.name ?? verdict.lane;
    const { zh, en } = parityOfLane(verdict);
    return s(`${name}：${zh}`, `${name}: ${en}`);
  });
}

function parityOfLane(verdict: ParityVerdict): Sentence {
  if (verdict.is === "few") return s("量到的次数太少，还说不准。", "too few waits measured to say.");
  const face = fixed(verdict.faceMs / 1000);
  const others = fixed(verdict.othersMs / 1000);
  const zh = `（刷脸 ${face} 秒，其他 ${others} 秒）。`;
  const en = ` (${face} s by face, ${others} s otherwise).`;
  switch (verdict.is) {
    case "alike":
      return s(`● 刷脸和其他方式等得差不多${zh}`, `● faces and the other ways wait about as long${en}`);
    case "others-longer":
      return s(`✕ 不刷脸的人等得更久${zh}`, `✕ whoever doesn't show a face waits longer${en}`);
    case "faces-longer":
      return s(`● 不刷脸的人等得更短${zh}`, `● whoever doesn't show a face waits less${en}`);
  }
}

export function chance({ accuracy: { faces, rates } }: TrafficAnswer): Sentence {
  const formula = s(
    `名单上 ${faces} 张脸，陌生人每试一次就有 ${faces} 次被认错的机会：1 − (1 − 单次误识率)^${faces}。`,
    `${faces} faces on the list are ${faces} chances to be taken for one of them: 1 − (1 − rate)^${faces}.`,
  );
  const known = rates.some(({ name }) => name !== undefined);
  const rest = known
    ? s(
        "写着“厂家给出”的来自配置；其余是假设。",
        "The maker's figures are from the configuration; the others are assumptions.",
      )
    : s(
        "还没有填厂家的误识率（设备的 falseAcceptRate），下面只是按假设算的，不是这台设备的数字。",
        "No maker's rate is written down (a device's falseAcceptRate): what follows is computed from assumptions and is no terminal's figure.",
      );
  return s(`${formula.zh}${rest.zh}`, `${formula.en} ${rest.en}`);
}

export function devicesTold({ devices }: TrafficAnswer): Sentence {
  const off = devices.filter(({ link }) => link !== "up");
  if (devices.length === 0) return s("没有配置设备。", "No devices are configured.");
  if (off.length === 0) return s(`● ${devices.length} 台全部正常。`, `● All ${devices.length} work.`);
  const names = off.map(({ name }) => name);
  return s(`✕ ${off.length} 台不正常：${names.join("、")}。`, `✕ ${off.length} don't work: ${names.join(", ")}.`);
}
