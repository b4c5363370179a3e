/** The words of the clerk's list of reasons. */
import { REASON_BOUNDS } from "../core/reasons.ts";
import { s } from "./language.ts";

const { fewest, most, zh, en } = REASON_BOUNDS;

export const R = {
  what: s(
    `门卫手动开门以后点的原因，${fewest} 到 ${most} 个，每个最多 ${zh} 个字。保存后门卫的屏幕马上换成新的；以前的记录不变。`,
    `What a guard taps after an opening by hand: ${fewest} to ${most}, up to ${zh} characters each (${en} letters in English). In force at once; earlier records stay as they are.`,
  ),
  chinese: s("原因", "In Chinese"),
  english: s("英文（可不填）", "In English (optional)"),
  up: s("上移", "Up"),
  down: s("下移", "Down"),
  add: s("加一个", "Add one"),
  retire: s("停用", "Retire"),
  retired: s("停用的", "Retired"),
  bringBack: s("恢复", "Bring back"),
  save: s("保存", "Save"),
  undo: s("不改了", "As it was"),
  saved: s("已保存，门卫的屏幕已换成新的。", "Saved; the guard's screen shows the new ones."),
  full: s(`已有 ${most} 个，要加先停用一个。`, `There are ${most}: retire one before another is added.`),
  empty: s("有一个原因是空的。", "One reason is empty."),
  twice: s("有两个原因一样（停用的也算），请改一个。", "Two reasons are the same (the retired ones count too)."),
  configured: s("现在用的是配置里的，还没有改过。", "These are the configuration's; nobody has changed them yet."),
  lastSaved: s("上次保存：", "Last saved:"),
};
