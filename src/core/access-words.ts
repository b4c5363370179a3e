/** Access levels, time profiles and holidays in plain words, as the clerk's page shows them. */
import { dateBefore } from "./schedule.ts";
import type { Direction, TimeProfile, TimeWindow } from "./terms.ts";
import type { Words } from "./words.ts";

/** What a level opens, and when. */
export interface LevelTold {
  /** Every access point of the site. */
  readonly everywhere: boolean;
  readonly lanes: readonly { readonly name: string; readonly only?: Direction }[];
  /** Absent = always. */
  readonly times?: TimeProfile;
}

const words = (zh: string, en: string): Words => ({ zh, en });
const joined = (all: readonly Words[], zh: string, en: string): Words =>
  words(all.map((one) => one.zh).join(zh), all.map((one) => one.en).join(en));

/** One line for each span of time, and one for the dates within which they hold. @param times absent = always */
export function timesLines(times: TimeProfile | undefined): readonly Words[] {
  if (times === undefined) return [words("每天全天", "Every day, all day")];
  const windows = times.windows.length === 0 ? [words("从不", "Never")] : times.windows.map(windowLine);
  const dates = datesLine(times);
  return dates === undefined ? windows : [...windows, dates];
}

function windowLine({ weekdays, from, until, holidays }: TimeWindow): Words {
  const days = daysWords(weekdays);
  const hours = hoursWords(from, until);
  const every = weekdays.length === 7;
  const plain = words(`${days.zh} ${hours.zh}`, `${days.en}, ${hours.en}`);
  switch (holidays) {
    case "only":
      return every
        ? words(`只在节假日 ${hours.zh}`, `Holidays alone, ${hours.en}`)
        : words(`只在落在${days.zh}的节假日 ${hours.zh}`, `Only holidays that fall on ${days.en}, ${hours.en}`);
    case "never":
      return words(`${plain.zh}，节假日除外`, `${plain.en}, but not on holidays`);
    case "also":
      return every ? plain : words(`${days.zh}和节假日 ${hours.zh}`, `${days.en} and holidays, ${hours.en}`);
    case "as-weekday":
      return every ? plain : words(`${plain.zh}，节假日也按星期算`, `${plain.en}; a holiday counts as its weekday`);
  }
}

const dayWords = (day: number): Words =>
  words(`周${"一二三四五六日".charAt(day - 1)}`, "MonTueWedThuFriSatSun".slice(day * 3 - 3, day * 3));

/** 周一至周五, 周六、周日. */
function daysWords(weekdays: readonly number[]): Words {
  if (weekdays.length === 7) return words("每天", "Every day");
  const spans = spansOf(weekdays, (day, before) => day === before + 1);
  const named = spans.map(({ first, last, count }) => {
    const ends = (first === last ? [first] : [first, last]).map(dayWords);
    return count > 2 ? joined(ends, "至", "–") : joined(ends, "、", ", ");
  });
  return joined(named, "、", ", ");
}

function hoursWords(from: number, until: number): Words {
  if (from === 0 && until === 1440) return words("全天", "all day");
  const [begin, end] = [clock(from), clock(until)];
  if (until > from) return words(`${begin}–${end}`, `${begin}–${end}`);
  return words(`${begin}–次日 ${end}`, `${begin}–${end} the next day`);
}

const clock = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
const two = (n: number): string => String(n).padStart(2, "0");

function datesLine({ firstDate, lastDate }: TimeProfile): Words | undefined {
  if (firstDate !== undefined && lastDate !== undefined)
    return words(`${firstDate} 到 ${lastDate} 之间`, `From ${firstDate} to ${lastDate}`);
  if (firstDate !== undefined) return words(`${firstDate} 起`, `From ${firstDate} on`);
  return lastDate === undefined ? undefined : words(`到 ${lastDate} 为止`, `Until ${lastDate}`);
}

const ONLY: Readonly<Record<Direction, Words>> = {
  in: words("（只进）", " (in only)"),
  out: words("（只出）", " (out only)"),
};

/** The lanes that a level opens, by their names. */
export function lanesWords({ everywhere, lanes }: Omit<LevelTold, "times">): Words {
  if (everywhere) return words("所有门", "Every gate");
  if (lanes.length === 0) return words("没有门", "No gate");
  const named = lanes.map(({ name, only }) =>
    only === undefined ? words(name, name) : words(name + ONLY[only].zh, name + ONLY[only].en),
  );
  return joined(named, "、", ", ");
}

/** A level in one line, beside its name. */
export function levelWords(level: LevelTold): Words {
  return joined([lanesWords(level), joined(timesLines(level.times), "；", "; ")], "：", ": ");
}

/** The holidays of each year that has some, days that follow each other together. @param dates `YYYY-MM-DD` */
export function holidayLines(dates: readonly string[]): readonly Words[] {
  const sorted = [...new Set(dates)].sort();
  const yearOf = (date: string): string => date.slice(0, 4);
  const sameYear = (date: string, before: string): boolean => yearOf(date) === yearOf(before);
  const spans = spansOf(sorted, (date, before) => sameYear(date, before) && dateBefore(date) === before);
  return spansOf(sorted, sameYear).map(({ first: newYear, count }) => {
    const its = spans.filter(({ first }) => sameYear(first, newYear)).map(({ first, last }) => spanWords(first, last));
    const { zh, en } = joined(its, "、", ", ");
    return words(`${yearOf(newYear)} 年 ${count} 天：${zh}`, `${yearOf(newYear)}, days: ${count} (${en})`);
  });
}

function spanWords(first: string, last: string): Words {
  const ends = (first === last ? [first] : [first, last]).map((date) =>
    words(`${Number(date.slice(5, 7))}月${Number(date.slice(8))}日`, date.slice(5)),
  );
  return joined(ends, "至", " to ");
}

interface Span<T> {
  readonly first: T;
  last: T;
  count: number;
}

/** What follows each other, in spans. */
function spansOf<T>(all: readonly T[], follows: (one: T, before: T) => boolean): readonly Readonly<Span<T>>[] {
  const spans: Span<T>[] = [];
  let open: Span<T> | undefined;
  for (const one of all) {
    if (open !== undefined && follows(one, open.last)) {
      open.last = one;
      open.count++;
    } else {
      open = { first: one, last: one, count: 1 };
      spans.push(open);
    }
  }
  return spans;
}

/**
 * What somebody new is given: `residents` where there is such a level, else the only one, else the one that most have.
 * Empty = nobody can tell, the clerk chooses.
 */
export function presetLevel(levels: readonly { readonly id: string; readonly holders: number }[]): string {
  const usual = levels.find(({ id }) => id === "residents");
  if (usual !== undefined) return usual.id;
  const [first, second] = [...levels].sort((a, b) => b.holders - a.holders);
  if (first === undefined) return "";
  return second === undefined || first.holders > second.holders ? first.id : "";
}
