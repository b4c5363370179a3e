/** Counted traffic as JSON and as CSV. Counted days are read, never the journal; nothing here is on the way to a relay. */
import { z } from "zod";
import { csvFile } from "../core/csv.ts";
import { accuracyOf } from "../core/false-accept.ts";
import { may, type Rank } from "../core/roles.ts";
import { DENIALS } from "../core/terms.ts";
import { dateText, dayOf, dayOfText, type LocalDay, localHour, type OffsetMin } from "../core/traffic-hours.ts";
import { tableOf } from "../core/traffic-table.ts";
import { KINDS, WAYS } from "../core/traffic-terms.ts";
import { type DeviceTold, TABLES, type TrafficAnswer } from "../core/traffic-told.ts";
import { LEAST_WEEKS, WEEKS } from "../core/traffic-usual.ts";
import { daysNeeded, trafficView } from "../core/traffic-view.ts";
import { DENIAL_WORDS } from "../core/words.ts";
import type { Desk } from "../shell/desk.ts";
import type { TrafficBook } from "../shell/ports.ts";
import type { Problem } from "./http-problem.ts";
import type { Mount } from "./http-route.ts";

export interface TrafficDeps {
  readonly book: TrafficBook;
  readonly offsetMin: OffsetMin;
  /** Faces on the list now. */
  readonly faces: () => number;
  /** What the makers say of the terminals on the wall; empty where nobody has written it down. */
  readonly rates: readonly { readonly device: string; readonly rate: number }[];
}

/** What is asked for at once; the weeks before it are read too. */
const MOST_DAYS = 31;
const DIRECTIONS = ["in", "out", "unknown"] as const;
const date = z.string().transform((text, context) => {
  const day = dayOfText(text);
  if (day !== undefined) return day;
  context.addIssue("a date of the calendar, YYYY-MM-DD");
  return z.NEVER;
});
const asked = z.strictObject({
  from: date.pipe(z.number()).optional(),
  to: date.pipe(z.number()).optional(),
  lane: z.string().min(1).max(64).optional(),
  direction: z.enum(DIRECTIONS).optional(),
  kind: z.enum(KINDS).optional(),
});
const askedTable = asked.extend({
  table: z.enum(TABLES).default("hours"),
  language: z.enum(["zh", "en"]).default("zh"),
});
type Asked = z.output<typeof asked>;

const many = z.number().int().min(0);
const spent = z.object({ count: many, totalMs: z.number() });
const usual = z.object({ median: z.number(), weeks: many }).optional();
const place = { date: z.string(), hour: z.number().int() };
const sums = { refused: many, waiting: spent, opening: spent, openMs: z.number() };
const towards = { in: many, out: many, unknown: many };
const answer = z.object({
  place: z.string(),
  simulation: z.boolean(),
  from: z.string(),
  to: z.string(),
  now: z.object({ ...place, trust: z.enum(["trusted", "holdover", "untrusted"]) }),
  weeks: many,
  leastWeeks: many,
  hours: z.array(
    z.object({
      ...place,
      state: z.enum(["whole", "part", "off", "running", "ahead"]),
      ...towards,
      usual,
      ...sums,
    }),
  ),
  groups: z.array(
    z.object({ by: z.enum(["lane", "direction", "kind", "way"]), key: z.string(), count: many, whole: many, usual }),
  ),
  lanes: z.array(z.object({ lane: z.string(), name: z.string(), kind: z.string(), ...towards, ...sums })),
  refusals: z.array(z.object({ reason: z.enum(DENIALS), count: many })),
  passages: z.array(
    z.object({
      ...place,
      lane: z.string(),
      direction: z.enum(DIRECTIONS),
      kind: z.enum(KINDS),
      way: z.enum(WAYS),
      count: many,
    }),
  ),
  accuracy: z.object({
    faces: many,
    rates: z.array(
      z.object({
        device: z.string().optional(),
        name: z.string().optional(),
        rate: z.number(),
        effective: z.number(),
        oneIn: many.optional(),
      }),
    ),
  }),
  devices: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      lane: z.string().optional(),
      link: z.enum(["up", "down", "starting", "closed"]),
      why: z.string().optional(),
      silentSeconds: many.optional(),
    }),
  ),
});

export function trafficRoutes(mount: Mount, desk: Desk, deps: TrafficDeps): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/traffic",
      access: "watch",
      says: {
        zh: "客流：每小时的进出，和平常同一天比；保安只能看今天",
        en: "Traffic by the hour against the usual week; of other days than today for clerks and above",
      },
      query: asked,
      answers: { 200: answer },
    },
    async ({ query, asker }) => {
      const told = await tell(query, asker.rank);
      return "code" in told ? told : { status: 200, body: told };
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/traffic.csv",
      access: "watch",
      says: { zh: "同样的数字，给 Excel", en: "The same figures as a table for spreadsheets" },
      query: askedTable,
      answers: { 200: "text/csv; charset=utf-8" },
    },
    async ({ query: { table, language, ...rest }, asker }) => {
      const told = await tell(rest, asker.rank);
      if ("code" in told) return told;
      const name = `traffic-${table}-${told.from}${told.to === told.from ? "" : `-${told.to}`}.csv`;
      return {
        status: 200,
        body: csvFile(tableOf(table, told, language, DENIAL_WORDS)),
        type: "text/csv; charset=utf-8",
        headers: { "content-disposition": `attachment; filename="${name}"` },
      };
    },
  );

  async function tell({ from, to, ...selection }: Asked, rank: Rank): Promise<TrafficAnswer | Problem> {
    const view = desk.view();
    const now = localHour(view.clock.wallMs, deps.offsetMin);
    const range = rangeOf(from, to, dayOf(now));
    if ("code" in range) return range;
    const othersDays = range.from !== dayOf(now) || range.to !== dayOf(now);
    if (othersDays && !may(rank, "figures")) return { code: "not-allowed" };
    if (selection.lane !== undefined && !view.lanes.some(({ id }) => id === selection.lane))
      return { code: "lane-unknown" };
    const hours = await deps.book.hours(daysNeeded(range));
    const names = new Map(view.devices.map(({ id, name }) => [id, name]));
    const stated = deps.rates.map(({ device, rate }) => ({ device, rate, name: names.get(device) ?? device }));
    return {
      ...trafficView(hours, range, now, view.lanes, definedOf(selection)),
      place: `${view.site.name} ${view.gate.name}`,
      simulation: view.simulation,
      now: { date: dateText(dayOf(now)), hour: now - dayOf(now) * 24, trust: view.clock.trust },
      weeks: WEEKS,
      leastWeeks: LEAST_WEEKS,
      accuracy: accuracyOf(deps.faces(), stated),
      devices: view.devices.map(
        (one): DeviceTold => ({
          id: one.id,
          name: one.name,
          ...(one.lane === undefined ? {} : { lane: one.lane }),
          link: one.link.is,
          ...(one.link.why === undefined ? {} : { why: one.link.why }),
          ...(one.heard === undefined ? {} : { silentSeconds: Math.max(0, Math.round((view.at - one.heard) / 1000)) }),
        }),
      ),
    };
  }
}

function rangeOf(
  from: LocalDay | undefined,
  to: LocalDay | undefined,
  today: LocalDay,
): { readonly from: LocalDay; readonly to: LocalDay } | Problem {
  const begin = from ?? to ?? today;
  const end = to ?? begin;
  if (end < begin) return { code: "INPUT_INVALID", place: "$.to", detail: "before `from`" };
  if (end - begin >= MOST_DAYS) return { code: "INPUT_INVALID", place: "$.to", detail: `more than ${MOST_DAYS} days` };
  return { from: begin, to: end };
}

/** What wasn't asked for isn't there. */
const definedOf = ({ lane, direction, kind }: Omit<Asked, "from" | "to">) => ({
  ...(lane === undefined ? {} : { lane }),
  ...(direction === undefined ? {} : { direction }),
  ...(kind === undefined ? {} : { kind }),
});
