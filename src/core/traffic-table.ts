/** What is told of traffic as tables: the same figures for the page, for screen readers, and for spreadsheets. */

import type { Denial } from "./terms.ts";
import type { Spent } from "./traffic-terms.ts";
import type { GroupTold, HourTold, LaneTold, Table, TrafficAnswer } from "./traffic-told.ts";
import type { Usual } from "./traffic-usual.ts";
import { BASIS, BY, COLUMNS, KIND, LINK, STATE, TOWARD, WAY } from "./traffic-words.ts";

export type Tongue = "zh" | "en";
/** Reasons in plain words, for whoever has them. */
export type Reasons = Readonly<Record<Denial, { readonly zh: string; readonly en: string }>>;

/** The header and the rows below it; nothing known is an empty cell, never 0. */
export function tableOf(
  table: Table,
  told: TrafficAnswer,
  tongue: Tongue,
  reasons: Reasons,
): readonly (readonly string[])[] {
  return [COLUMNS[table].map((column) => column[tongue]), ...rowsOf(table, told, tongue, reasons)];
}

function rowsOf(table: Table, told: TrafficAnswer, tongue: Tongue, reasons: Reasons): readonly (readonly string[])[] {
  const laneName = (id: string): string => told.lanes.find(({ lane }) => lane === id)?.name ?? id;
  switch (table) {
    case "hours":
      return told.hours.map(({ in: ins, out, unknown, usual, ...hour }) => [
        ...whenCells(hour, tongue),
        ...(isKnown(hour) ? [ins, out, unknown, ins + out + unknown].map(String) : ["", "", "", ""]),
        ...usualCells(usual),
      ]);
    case "times":
      return told.hours.map((hour) => [
        ...whenCells(hour, tongue),
        ...(isKnown(hour) ? [String(hour.refused), ...spentCells(hour)] : ["", "", "", ""]),
      ]);
    case "groups":
      return told.groups.map((group) => [
        BY[group.by][tongue],
        groupName(group, tongue, laneName),
        String(group.count),
        String(group.whole),
        ...usualCells(group.usual),
      ]);
    case "lanes":
      return told.lanes.map((lane) => [
        lane.name,
        ...[lane.in, lane.out, lane.unknown, lane.refused].map(String),
        ...spentCells(lane),
      ]);
    case "parity":
      return told.parity.map(({ lane, way, count, share, waiting }) => [
        laneName(lane),
        WAY[way][tongue],
        String(count),
        `${(share * 100).toFixed(1)}%`,
        String(waiting.count),
        meanSeconds(waiting),
      ]);
    case "refusals":
      return told.refusals.map(({ reason, count }) => [reasons[reason][tongue], reason, String(count)]);
    case "passages":
      return told.passages.map(({ date, hour, lane, direction, kind, way, count }) => [
        date,
        hourText(hour),
        laneName(lane),
        TOWARD[direction][tongue],
        KIND[kind][tongue],
        WAY[way][tongue],
        String(count),
      ]);
    case "accuracy":
      return told.accuracy.rates.map(({ name, rate, effective, oneIn }) => [
        (name === undefined ? BASIS.assumed : BASIS.maker)[tongue],
        name ?? "",
        String(rate),
        String(told.accuracy.faces),
        rounded(effective),
        oneIn === undefined ? "" : String(oneIn),
      ]);
    case "devices":
      return told.devices.map(({ name, link, silentSeconds, why }) => [
        name,
        LINK[link][tongue],
        silentSeconds === undefined ? "" : String(silentSeconds),
        why ?? "",
      ]);
  }
}

type When = Pick<HourTold, "date" | "hour" | "state">;
const whenCells = ({ date, hour, state }: When, tongue: Tongue) => [date, hourText(hour), STATE[state][tongue]];

/** Whether there are figures at all. */
export const isKnown = ({ state }: Pick<When, "state">): boolean => state !== "ahead" && state !== "off";

/** `08:00`. */
export const hourText = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** As people read it. A key that isn't in the list of its kind is shown as it is. */
export function groupName({ by, key }: GroupTold, tongue: Tongue, laneName: (id: string) => string): string {
  if (by === "lane") return laneName(key);
  const words: Readonly<Record<string, { readonly zh: string; readonly en: string }>> =
    by === "direction" ? TOWARD : by === "kind" ? KIND : WAY;
  return words[key]?.[tongue] ?? key;
}

const usualCells = (usual: Usual | undefined): readonly string[] =>
  usual === undefined ? ["", ""] : [String(usual.median), String(usual.weeks)];

const spentCells = ({ waiting, opening, openMs }: Pick<LaneTold, "waiting" | "opening" | "openMs">) => [
  meanSeconds(waiting),
  meanSeconds(opening),
  (openMs / 60_000).toFixed(1),
];

/** One decimal; nothing, when there was none. */
export const meanSeconds = ({ count, totalMs }: Spent): string =>
  count === 0 ? "" : (totalMs / count / 1000).toFixed(1);

/** Three digits that count: no list is known better than that. */
const rounded = (rate: number): string => String(Number(rate.toPrecision(3)));
