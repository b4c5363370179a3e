/** One sentence for a change of the resident list: who did what. */
import type { Words } from "../core/words.ts";

const DONE: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  import: ["导入了名单", "imported the list"],
  save: ["修改了住户资料", "changed a resident's data"],
  suspend: ["停用了住户", "suspended residents"],
  resume: ["恢复了住户", "made residents active again"],
  "extend-validity": ["延长了有效期", "extended validities"],
  "extend-parking": ["登记了停车费", "entered parking fees"],
  undo: ["撤销了一次名单更改", "undid a change of the list"],
  pass: ["开了一张访客码", "made a visitor pass"],
  "pass-end": ["作废了一张访客码", "ended a visitor pass"],
  bar: ["加了一条黑名单", "put an entry on the blocklist"],
  unbar: ["移出了一条黑名单", "took an entry off the blocklist"],
  consent: ["登记了人脸同意", "recorded a consent"],
  "consent-withdrawn": ["登记了撤回人脸同意", "recorded the withdrawal of a consent"],
  assessment: ["保存了一份影响评估", "recorded an impact assessment"],
  "assessment-signed": ["登记了影响评估已签字", "noted that an impact assessment was signed"],
};

export function listWords(open: Readonly<Record<string, unknown>>): Words {
  const done = typeof open.what === "string" ? DONE[open.what] : undefined;
  if (done === undefined || typeof open.by !== "string") return { zh: "名单已更新", en: "The whitelist has changed" };
  const many = typeof open.people === "number" && open.people > 1 ? open.people : undefined;
  const [zh, en] = done;
  return {
    zh: `${open.by}${zh}${many === undefined ? "" : `（${many} 人）`}`,
    en: `${open.by} ${en}${many === undefined ? "" : ` (${many} people)`}`,
  };
}
