/**
 * The small shapes of the contract. There is no free text among them: every string is a code, a number in letters, a
 * pseudonym or one of a list, so that no name, phone number, picture or feature has a field to leave by.
 */
import { z } from "zod";
import { ALARMS, DENIALS } from "../core/terms.ts";
import { KINDS, WAYS } from "../core/traffic-terms.ts";

/** Of the messages; the topic carries its first number. A change that breaks a reader is a new first number. */
export const SCHEMA_VERSION = "1.0";
export const MAJOR = 1;

export const note = <Shape extends z.ZodType>(shape: Shape, en: string, zh: string): Shape =>
  shape.meta({ description: `${en} ${zh}` });

/** Codes that the platform gives out, or our short names of site, gate, lane and device. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/)
  .max(48);
const ulid = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  .length(26);
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .length(36);
export const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .length(64);
export const pseudonym = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .length(16);
/** A plate as it stands on a car: one province, one letter, five or six letters and digits. */
export const PLAIN_PLATE =
  /^[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新][A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳]$/;
const plainPlate = z.string().regex(PLAIN_PLATE).max(8);
/** ISO 8601 with the site's offset, to the millisecond. */
const isoTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{2}:\d{2}$/)
  .length(29);
export const count = z.int().min(0);
const seq = z.int().min(0);

export const DIRECTIONS = ["in", "out", "unknown"] as const;
export const TRUSTS = ["trusted", "holdover", "untrusted"] as const;

export const direction = note(z.enum(DIRECTIONS), "Way through the lane.", "方向：进、出、不明");
export const way = note(z.enum(WAYS), "How it was opened.", "开门方式");
export const personKind = note(z.enum(KINDS), "Kind of person or vehicle.", "人员（车辆）类别");
export const reason = note(z.enum(DENIALS), "Why not.", "未放行的原因");
export const alarmKind = note(z.enum(ALARMS), "Kind of alarm.", "告警类别");
export const lane = note(code, "Lane.", "通道编码");
export const subject = note(pseudonym, "Who: a pseudonym of this site alone.", "人员代号：本小区专用的假名，不能还原");
export const plate = note(
  z.union([pseudonym, plainPlate]),
  "Plate: a pseudonym of this site; in clear only where the site has a recorded legal ground.",
  "车牌：默认是本小区专用的假名；只有记录了法律依据的小区才发明文",
);
export const seconds = z.number().min(0);

/** When: by the gate's own clock, with what it is worth; and by its ticks, which nobody can set. */
export const timeFields = {
  time: note(isoTime, "When it happened, site time.", "发生时间（小区当地时间）"),
  epochMs: note(z.int(), "The same, ms since 1970 UTC.", "同上，1970 年以来的毫秒数"),
  clockTrust: note(z.enum(TRUSTS), "What the clock was worth; untrusted times are guesses.", "时钟可信度"),
  monotonicMs: note(z.number().min(0), "Ticks since this start of the gate, ms.", "本次启动以来的毫秒数"),
  boot: note(uuid, "This start of the gate's program.", "本次启动的编号"),
};

export const headFields = {
  schemaVersion: note(z.literal(SCHEMA_VERSION), "Version of this message's form.", "消息格式版本"),
  id: note(ulid, "ULID; the same whenever the same message is sent again.", "消息编号（ULID），重发时不变"),
  site: note(code, "Community code.", "小区编码"),
  gate: note(code, "Gate code.", "门岗编码"),
};

/** A record of the journal: its place in the gate's own numbering and chain, and in its stream. */
export const recordFields = {
  ...headFields,
  ...timeFields,
  stream: note(
    z.enum(["alarm", "event"]),
    "The ordered stream it belongs to; alarms go first.",
    "所属的有序流；告警优先",
  ),
  seq: note(seq.min(1), "Number of the record at the gate: gapless there, rising here.", "记录号：门岗内连续递增"),
  previousSeq: note(
    seq,
    "Number of the message before it in its stream; 0 = the first. None missing while each is there.",
    "同一流中上一条的记录号；0 为第一条。逐条相接即无缺失",
  ),
  hash: note(hash, "Hash of the record in the gate's chain.", "本记录在门岗记录链中的哈希"),
  previousHash: note(hash, "Hash of the message before it in its stream.", "同一流中上一条的哈希"),
};

/** A newest record, as a checkpoint: later, a shorter or other chain has been cut or changed. */
export const checkpointFields = {
  seq: note(seq, "Newest durable record at the gate.", "门岗最新的已落盘记录号"),
  hash: note(hash, "Its hash: a checkpoint of the gate's chain.", "其哈希：记录链检查点"),
};
