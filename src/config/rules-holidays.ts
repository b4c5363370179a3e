/** Holidays that nobody has published to us: told, never guessed. */
import { yearsUnpublished } from "../core/holidays.ts";
import { timeProfile } from "./plan.ts";
import { type Finding, warning, words } from "./problem.ts";
import type { GateConfig } from "./schema.ts";

/** @param today `YYYY-MM-DD` at the site, a day more or less */
export function holidayFindings(config: GateConfig, today: string): readonly Finding[] {
  return yearsUnpublished(config.timeProfiles.map(timeProfile), config.site.holidays, today).map((year) =>
    warning(
      "HOLIDAYS_UNPUBLISHED",
      ["site", "holidays"],
      words(
        `${year} 年的节假日未发布：有时间表要看节假日，名单里没有这一年，全部按平日算`,
        `Holidays of ${year} not published: a time profile asks for them and the list has none, so every day counts as an ordinary one`,
      ),
      words(
        "国务院办公厅每年 11 月前后公布次年安排，把放假日期逐日写进 site.holidays",
        "The State Council publishes each year's list about November before: write its days under site.holidays",
      ),
    ),
  );
}
