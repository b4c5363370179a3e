/** What the gates of one site tell each other, in gate.yaml. */
import { z } from "zod";
import { externalSchema } from "./schema-broker.ts";
import { id, note, path } from "./schema-words.ts";

export const sharingSchema = z
  .strictObject({
    keyFile: note(
      path,
      "File with a secret that every gate of the site has, and nobody else; at least 32 characters.",
      "全小区各门相同的密钥文件，至少 32 个字符",
    ),
    gates: note(
      z.array(id).min(1).max(16),
      "The site's other entrances, by their gate.id.",
      "小区其他出入口的 gate.id",
    ),
    broker: note(externalSchema, "The site's broker; mqtt.external if absent.", "小区的 MQTT 服务器").optional(),
    whenApart: note(
      z.enum(["hard", "soft"]),
      "Hard anti-passback while another entrance is silent: hard refuses and asks the guard; soft lets in with a note.",
      "别的门联系不上时，hard 反传：hard 不放行并请保安决定，soft 放行并记录",
    ).default("hard"),
    silentSeconds: note(
      z.int().min(15).max(3_600),
      "An entrance not heard for so long counts as silent.",
      "多少秒没有消息算联系不上",
    ).default(60),
  })
  .meta({ description: "Anti-passback, room and spaces hold across the site's entrances. 各门共享谁在里面" });
