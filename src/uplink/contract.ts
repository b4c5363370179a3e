/**
 * What leaves the gate for the county platform, all of it. The one place where it is written down: types, the JSON
 * Schemas, the AsyncAPI document and the field tables in docs/contract are made from it.
 */
import { z } from "zod";
import { FILINGS } from "../core/face-filing.ts";
import { type ResultTold, resultSchema } from "./command-result.ts";
import {
  alarmKind,
  checkpointFields,
  code,
  count,
  direction,
  hash,
  headFields,
  lane,
  MAJOR,
  note,
  personKind,
  plate,
  reason,
  recordFields,
  SCHEMA_VERSION,
  seconds,
  subject,
  TRUSTS,
  timeFields,
  uuid,
  way,
} from "./contract-words.ts";

const storedOffline = note(
  z.boolean(),
  "It waited: the line was down, or the device kept it and told it later.",
  "是否离线存储后补传",
);
const device = note(code, "Device that read it.", "设备编码");
const recordId = note(uuid, "Record id of the decision or order that it traces to.", "对应的放行记录编号");

export const passageSchema = z
  .strictObject({
    ...recordFields,
    lane,
    device: device.optional(),
    direction,
    way,
    personKind,
    vehicle: note(z.boolean(), "Through a lane for vehicles.", "是否车辆通道"),
    result: note(
      z.enum(["passed", "unmatched"]),
      "`unmatched` = it went through and nothing had been granted.",
      "passed 正常通过；unmatched 没有放行却通过了",
    ),
    recordId: recordId.optional(),
    waitedMs: note(
      z.number().min(0),
      "From being let through to having passed, ms.",
      "从放行到通过的毫秒数",
    ).optional(),
    subject: subject.optional(),
    plate: plate.optional(),
    storedOffline,
  })
  .meta({ title: "passage", description: "Somebody or something went through, as loops and contacts saw it. 通行" });

export const STALENESSES = [
  "retained",
  "redelivered",
  "device-says-stored",
  "before-this-connection",
  "already-used",
  "device-clock-unknown",
  "too-old",
  "from-the-future",
] as const;
export const ORDERS = [
  "open",
  "close",
  "stop",
  "lock-open",
  "lock-down",
  "release",
  "emergency",
  "emergency-end",
] as const;

export const decisionSchema = z
  .strictObject({
    ...recordFields,
    lane: lane.optional(),
    device: device.optional(),
    direction: direction.optional(),
    way,
    personKind,
    result: note(
      z.enum(["granted", "denied", "waiting", "history", "ordered"]),
      "`history` = an old record, told later; it opened nothing. `ordered` = a person's or input's order.",
      "granted 放行；denied 未放行；waiting 等第二种凭证；history 补传的旧记录；ordered 人工或消防指令",
    ),
    reason: reason.optional(),
    staleness: note(z.enum(STALENESSES), "Why it counts as old.", "判为旧记录的原因").optional(),
    order: note(z.enum(ORDERS), "What was ordered.", "指令").optional(),
    recordId: recordId.optional(),
    deviceTimeMs: note(z.int(), "The device's own clock, ms since 1970 UTC.", "设备自己的时间").optional(),
    confidence: note(z.number().min(0).max(1), "As the device says.", "识别置信度").optional(),
    subject: subject.optional(),
    plate: plate.optional(),
    storedOffline,
  })
  .meta({ title: "decision", description: "What was decided at the gate, and why. 判断" });

export const alarmSchema = z
  .strictObject({
    ...recordFields,
    lane: lane.optional(),
    alarm: alarmKind,
    state: note(
      z.enum(["raised", "acknowledged", "resolved", "overdue"]),
      "Where it is in its life.",
      "raised 发生；acknowledged 已确认；resolved 已恢复；overdue 超时未处理",
    ),
    card: note(
      z.enum(["yellow", "red"]),
      "Overdue: past its deadline, past twice its deadline.",
      "超时挂牌：yellow 黄牌，red 红牌",
    ).optional(),
    deadlineMs: note(
      z.int().min(0),
      "How long it may stand unseen before it is overdue, ms.",
      "处理时限（毫秒）",
    ).optional(),
    raisedSeq: note(z.int().min(1), "Record that raised it.", "发生时的记录号").optional(),
    storedOffline,
  })
  .meta({ title: "alarm", description: "An alarm's life. 告警" });

const tally = z.strictObject({ direction, personKind, way, count });
const spent = (en: string, zh: string) => note(z.strictObject({ count, totalMs: z.number().min(0) }), en, zh);

export const trafficSchema = z
  .strictObject({
    ...headFields,
    ...checkpointFields,
    lane,
    quarter: note(
      z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:(?:00|15|30|45)Z$/)
        .length(17),
      "Begin of the quarter of an hour, UTC.",
      "一刻钟的开始（UTC）",
    ),
    revision: note(
      z.int().min(1),
      "Newest record counted. A higher one replaces what was told of this lane and quarter; never add the two.",
      "已计入的最新记录号。更大的替换之前的数，绝不能相加",
    ),
    clockTrust: note(z.enum(TRUSTS), "The least trusted time among what was counted.", "计入记录中最低的时钟可信度"),
    passages: note(z.array(tally).max(512), "Passages that the loops saw.", "通行计数"),
    refusals: note(z.array(z.strictObject({ reason, count })).max(64), "Refusals by reason.", "未放行计数"),
    waiting: spent("From being let through to having passed.", "从放行到通过"),
    opening: spent(
      "From the command to the open position, where a contact tells it.",
      "从指令到开到位（有限位信号时）",
    ),
    openSeconds: note(seconds.max(900), "How long the lane stood open in this quarter.", "本刻钟内开启的秒数"),
    inside: note(
      z.strictObject({ people: count, vehicles: count }),
      "In minus out at this gate when the quarter's last record was counted.",
      "计入最后一条记录时，经本门岗进入而未出的人数和车数",
    ),
  })
  .meta({ title: "traffic", description: "Counts of one lane and quarter of an hour. 流量" });

export const statusSchema = z
  .strictObject({
    ...headFields,
    ...timeFields,
    ...checkpointFields,
    online: note(
      z.boolean(),
      "false: the gate has stopped, or its line broke (last will).",
      "是否在线；断线由遗嘱消息置为 false",
    ),
    epoch: note(uuid, "This connection; random. A command names it.", "本次连接的编号（随机），下发命令时要写"),
    listGeneration: note(
      count,
      "The resident list's generation, where the gate takes commands.",
      "名单版本（接受平台命令的门岗）",
    ).optional(),
    configSha256: note(
      hash,
      "SHA-256 of the configuration in force: a `config` command's, once a person at the gate has put it in force.",
      "正在用的配置的 SHA-256；`config` 命令下发的配置启用后就是命令里的那个",
    ).optional(),
    version: note(
      z
        .string()
        .regex(/^\d+\.\d+\.\d+$/)
        .max(16),
      "Version of the program.",
      "程序版本",
    ),
  })
  .meta({ title: "status", description: "Whether the gate is there (retained, last will). 在线状态" });

export const healthSchema = z
  .strictObject({
    ...headFields,
    ...timeFields,
    ...checkpointFields,
    lanes: note(
      z
        .array(
          z.strictObject({
            lane,
            barrier: z.enum(["unknown", "closed", "opening", "open", "closing", "stopped"]),
            mode: z.enum(["controlled", "locked-open", "locked-down"]),
            emergency: z.boolean(),
          }),
        )
        .max(32),
      "Every lane.",
      "各通道",
    ),
    devices: note(
      z.array(z.strictObject({ device, up: z.boolean(), silentSeconds: seconds.optional() })).max(200),
      "Every device on the wall.",
      "各设备",
    ),
    alarms: note(
      z.array(z.strictObject({ alarm: alarmKind, lane: lane.optional(), acknowledged: z.boolean() })).max(256),
      "Alarms that stand.",
      "未恢复的告警",
    ),
    journal: note(z.enum(["good", "failing"]), "Whether records reach the disk.", "记录能否落盘"),
    waiting: note(count, "Records not yet acknowledged by the platform.", "平台尚未确认的记录数"),
    credentials: note(count, "Credentials on the list.", "名单凭证数"),
    faces: note(
      z.strictObject({ people: count, filing: z.enum(FILINGS) }),
      "People with a face on this gate's list, and whether that is to be filed (Order 19 of 2025, art. 15): `near` from 80,000, `due` from 100,000. Gates of a site with one list count the same people: take the largest.",
      "名单上存有人脸的人数；near 满八万，due 满十万应备案（管理办法第十五条）；同一小区各门岗用同一份名单时取最大值，不要相加",
    ).optional(),
    inside: note(
      z.strictObject({ people: count, vehicles: count }),
      "In minus out at this gate.",
      "经本门岗进入而未出",
    ),
    memoryMb: note(seconds, "Memory in use.", "占用内存"),
  })
  .meta({ title: "health", description: "How the gate is doing. 健康状况" });

/** From the platform, where the site asks for it: what it has stored, by stream. */
export const receiptSchema = z
  .strictObject({
    schemaVersion: note(
      z
        .string()
        .regex(/^1\.\d{1,3}$/)
        .max(8),
      "Version of this message's form.",
      "消息格式版本",
    ),
    stream: note(z.enum(["alarm", "event"]), "Which stream.", "哪个流"),
    storedSeq: note(
      z.int().min(0),
      "Stored durably: this message and every one before it in the stream.",
      "本条及之前各条均已可靠保存",
    ),
  })
  .meta({ title: "receipt", description: "What the platform has stored. 平台回执" });

export type Passage = z.infer<typeof passageSchema>;
export type DecisionTold = z.infer<typeof decisionSchema>;
export type AlarmTold = z.infer<typeof alarmSchema>;
export type Traffic = z.infer<typeof trafficSchema>;
export type Status = z.infer<typeof statusSchema>;
export type HealthTold = z.infer<typeof healthSchema>;
export type Receipt = z.infer<typeof receiptSchema>;

/** What may be published, and nothing else: the publisher takes only these. */
export type Told =
  | { readonly on: "passage"; readonly message: Passage }
  | { readonly on: "decision"; readonly message: DecisionTold }
  | { readonly on: "alarm"; readonly message: AlarmTold }
  | { readonly on: "traffic"; readonly message: Traffic }
  | { readonly on: "status"; readonly message: Status }
  | { readonly on: "health"; readonly message: HealthTold }
  | { readonly on: "result"; readonly message: ResultTold };
export type Channel = Told["on"];

export const CONTRACT = {
  passage: passageSchema,
  decision: decisionSchema,
  alarm: alarmSchema,
  traffic: trafficSchema,
  status: statusSchema,
  health: healthSchema,
  result: resultSchema,
} as const satisfies Readonly<Record<Channel, z.ZodType>>;

export const topicOf = (site: string, gate: string, on: Channel): string =>
  `gatepost/v${MAJOR}/${site}/${gate}/${on === "result" ? "cmd/result" : on}`;
/** Commands come on `…/cmd/{kind}`. */
export const commandTopicOf = (site: string, gate: string): string => `gatepost/v${MAJOR}/${site}/${gate}/cmd`;
export { MAJOR, SCHEMA_VERSION };
