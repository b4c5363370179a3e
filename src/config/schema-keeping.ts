/** What is looked at beside the gate's work, in gate.yaml: the disk, the readers. */
import { z } from "zod";
import { note } from "./schema-words.ts";

const megabytes = z.int().min(10).max(10_000_000);

export const diskSchema = z.strictObject({
  lowMegabytes: note(megabytes, "Alarm under so much free room, MB.", "剩余不足多少 MB 报警").default(300),
  clearMegabytes: note(megabytes, "Over again above this, MB; not under lowMegabytes.", "回到多少 MB 以上解除").default(
    400,
  ),
});

export const retentionSchema = z.strictObject({
  strangerDays: note(
    z.int().min(1).max(3_650),
    "Days after which what was presented by people who aren't on the list can't be read any more.",
    "名单外的人和车的内容保留天数",
  ).default(30),
  usedEventDays: note(
    z.int().min(30).max(3_650),
    "Days for which a device's event id is known as used.",
    "设备记录编号防重复的天数",
  ).default(180),
});

export const readerDarkSchema = z.strictObject({
  enabled: note(z.boolean(), "false: nobody is told.", "false 为不报警").default(true),
  atLeast: note(
    z.int().min(1).max(10_000),
    "Recognised in that hour a week ago: from so many on, nobody at all is worth an alarm.",
    "上周同一小时认出多少次以上才比较",
  ).default(5),
});
