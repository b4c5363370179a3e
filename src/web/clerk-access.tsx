/** Access levels, times and holidays as the configuration has them: a table to read, and a resident's choice of them. */
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { holidayLines, lanesWords, levelWords, timesLines } from "../core/access-words.ts";
import type { AccessView, LevelView } from "../shell/register.ts";
import { ask, tellTrouble } from "./ask.ts";
import { s, say } from "./language.ts";

const W = {
  what: s(
    "权限组在配置文件 gate.yaml 里，由技术员修改；这里只能看。",
    "Access levels stand in gate.yaml and are the technician's to change; here they are shown.",
  ),
  level: s("权限组", "Access level"),
  lanes: s("哪些门", "Which gates"),
  times: s("什么时间", "When"),
  people: s("有多少人", "How many have it"),
  many: (count: number) => s(`${count} 人`, `${count} people`),
  none: s("配置里没有权限组，谁都不能自己进；请找技术员。", "No access level is configured; ask the technician."),
  holidays: s("节假日", "Holidays"),
  noHolidays: s("没有录入节假日，都按平日算。", "None are entered: every day counts by its weekday."),
  unpublished: (years: string) =>
    s(
      `${years} 年节假日未发布：看节假日的权限组全部按平日算。国务院公布后（每年 11 月前后），请技术员录入 site.holidays。`,
      `Holidays of ${years} not published: levels that ask for them count every day by its weekday. Once the State Council has published them (about November), ask the technician to enter them (site.holidays).`,
    ),
  choose: s("权限组（一个都不选，哪个门都不放行）", "Access levels (without one, no gate opens)"),
  unknown: s("配置里没有这个权限组，请取消", "Not configured any more; take it away"),
} as const;

const access = signal<AccessView | undefined>(undefined);
/** Those of the configuration; empty until the gate has told them. */
export const levels = computed<readonly LevelView[]>(() => access.value?.levels ?? []);

export async function lookAccess(): Promise<void> {
  const told = await ask<AccessView>("GET", "/access");
  if ("ok" in told) access.value = told.ok;
  else tellTrouble(told.trouble);
}

/** Stands over every tab until the list is there. */
export function Unpublished(): JSX.Element | null {
  const years = access.value?.unpublished ?? [];
  if (years.length === 0) return null;
  return <p class="warn unpublished">! {say(W.unpublished(years.join("、")))}</p>;
}

export function AccessTab(): JSX.Element {
  const told = access.value;
  if (told === undefined) return <p>…</p>;
  const holidays = holidayLines(told.holidays);
  return (
    <section class="tab">
      <p>{say(W.what)}</p>
      {told.levels.length === 0 ? <p class="warn">! {say(W.none)}</p> : <Table all={told.levels} />}
      <h2>{say(W.holidays)}</h2>
      {holidays.length === 0 ? <p>{say(W.noHolidays)}</p> : null}
      <ul>
        {holidays.map((line) => (
          <li key={line.zh}>{say(line)}</li>
        ))}
      </ul>
    </section>
  );
}

function Table({ all }: { readonly all: readonly LevelView[] }): JSX.Element {
  return (
    <table class="access">
      <thead>
        <tr>
          {[W.level, W.lanes, W.times, W.people].map((title) => (
            <th key={title.zh} scope="col">
              {say(title)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {all.map((level) => (
          <tr key={level.id} data-level={level.id}>
            <th scope="row">
              {level.name ?? ""} <small>{level.id}</small>
            </th>
            <td>{say(lanesWords(level))}</td>
            <td>
              {timesLines(level.times).map((line) => (
                <span key={line.zh}>{say(line)}</span>
              ))}
            </td>
            <td>{say(W.many(level.holders))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** @param held ids as in a file's cell */
export function LevelsField({ held }: { readonly held: string }): JSX.Element {
  const has = held.split(/[;；、]/).map((one) => one.trim());
  const known = levels.value;
  const others = has.filter((id) => id !== "" && !known.some((level) => level.id === id));
  return (
    <fieldset class="levels">
      <legend>{say(W.choose)}</legend>
      {known.map((level) => (
        <label key={level.id} class="pick">
          <input type="checkbox" name="权限组" value={level.id} defaultChecked={has.includes(level.id)} />
          <span>
            <b>{level.name ?? level.id}</b> {say(levelWords(level))}
          </span>
        </label>
      ))}
      {others.map((id) => (
        <label key={id} class="pick">
          <input type="checkbox" name="权限组" value={id} defaultChecked />
          <span class="warn">
            ! <b>{id}</b> {say(W.unknown)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
