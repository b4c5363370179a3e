/** The gate's answer to a command. */
import { z } from "zod";
import { COMMAND_KINDS } from "../core/terms.ts";
import { code, count, headFields, note, timeFields, uuid } from "./contract-words.ts";

/** Why a command was not carried out, or how far it went. No text: a code for each. */
export const RESULT_CODES = [
  "carried-out",
  "partly-carried-out",
  "part-kept",
  "config-stored",
  // In the order in which it is checked.
  "oversized",
  "retained",
  "malformed",
  "unknown-key",
  "bad-signature",
  "kind-unknown",
  "invalid",
  "id-reused",
  "wrong-topic",
  "not-for-us",
  "not-allowed",
  "redelivered",
  "wrong-epoch",
  "expired",
  "too-far-ahead",
  "counter-used",
  "not-recorded",
  // By what is there.
  "lane-unknown",
  "not-clear",
  "interlocked",
  "locked-down",
  "no-such-output",
  "emergency",
  "too-long",
  "stop-pressed",
  "need-full",
  "level-unknown",
  "plate-invalid",
  "listed-twice",
  "credential-taken",
  "id-taken",
  "person-unknown",
  "too-many-removals",
  "upload-unknown",
  "list-unavailable",
  "config-invalid",
  "not-kept",
  "seq-unknown",
  // Begun, and nobody knows.
  "interrupted",
] as const;
export type ResultCode = (typeof RESULT_CODES)[number];

/** People told in one answer; their places, for no id goes up. */
export const MOST_HELD = 100;
const place = z
  .string()
  .regex(/^[A-Za-z0-9/_.-]*$/)
  .max(64);

export const resultSchema = z
  .strictObject({
    ...headFields,
    ...timeFields,
    epoch: note(uuid, "This connection.", "本次连接的编号"),
    state: note(
      z.enum(["done", "refused", "uncertain"]),
      "`refused` = nothing was done. `uncertain` = it had begun when the gate stopped; it is not done again.",
      "done 已执行；refused 没有执行；uncertain 执行中断电，不会再执行",
    ),
    code: note(z.enum(RESULT_CODES), "Which.", "代码"),
    command: note(uuid, "The command's id, where it could be read and its signature was good.", "命令编号").optional(),
    kind: note(z.enum(COMMAND_KINDS), "Its kind.", "命令类别").optional(),
    key: note(code, "The key that it was signed by.", "签名密钥").optional(),
    counter: note(count, "The highest counter used with this key.", "该密钥已用的最大计数").optional(),
    at: note(place, "Where in the command the fault is; of a configuration the line.", "出错的位置").optional(),
    generation: note(count, "The list's generation now.", "名单现在的版本").optional(),
    stillSuspended: note(
      z.array(place).max(MOST_HELD),
      "Where in the command people stand whom somebody at the gate has suspended: they were changed as told, and stay suspended. With `partly-carried-out`; the first hundred.",
      "门岗本地停用、仍保持停用的人在命令中的位置（其余内容已按命令更改），最多列 100 个",
    ).optional(),
    recordSeq: note(z.int().min(1), "The record of it in the gate's journal.", "门岗记录号").optional(),
  })
  .meta({ title: "result", description: "What became of a command. 命令结果" });
export type ResultTold = z.infer<typeof resultSchema>;
