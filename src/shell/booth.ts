/** The desk as the loop provides it: what the page shows, and its verbs. */
import * as lane from "../core/lane.ts";
import type { SiteEffect } from "../core/site.ts";
import type { Author, Decision, InputRole, LaneId, LanePlan, Millis, SitePlan } from "../core/terms.ts";
import { ALARM_WORDS, sentence } from "../core/words.ts";
import { type Almost, openOffers } from "./almost.ts";
import type {
  Desk,
  DeskHandOver,
  DeskReason,
  DeviceView,
  Health,
  LaneView,
  OrderAnswer,
  OrderName,
  RowView,
  Sentence,
  SiteView,
  TerminalView,
} from "./desk.ts";
import type { LetIn, Loop } from "./loop.ts";
import type { Clock, Journal, Row, Whitelist } from "./ports.ts";
import { rowWords } from "./sentences.ts";
import type { Sharing } from "./sharing.ts";
import { openShift } from "./shift.ts";
import type { Snapshots } from "./snapshots.ts";
import { type DayRow, openToday } from "./today.ts";
import type { DeviceState } from "./wall.ts";

export interface BoothDeps {
  readonly plan: SitePlan;
  readonly gate: { readonly id: string; readonly name: string };
  readonly simulation: boolean;
  readonly loop: Loop;
  readonly journal: Journal;
  /** The day's rows at the start, newest first. */
  readonly dayRows: readonly DayRow[];
  readonly clock: Clock;
  readonly whitelist: () => Pick<Whitelist, "find">;
  /** What a guard may give as one, in the order of the tiles. */
  readonly reasons: () => readonly Sentence[];
  readonly utcOffsetMin: () => number;
  readonly devices: () => readonly DeviceState[];
  /** As the guard reads them. */
  readonly deviceNames: ReadonlyMap<string, { readonly name: string; readonly lane?: LaneId }>;
  readonly health: () => Health;
  /** The line to the platform, where there is one. */
  readonly platform?: () => SiteView["platform"];
  /** The terminals that our list is carried out in. */
  readonly terminals?: () => readonly Omit<TerminalView, "name">[];
  /** The site's other entrances, where there are any, and who is where by what all of them saw. */
  readonly sharing?: Pick<Sharing, "view" | "places">;
  /** Pictures that came with what was recognised; absent = none are shown. */
  readonly snapshots?: Pick<Snapshots, "until" | "of">;
}

export interface Booth extends Desk {
  /** Something changed: the view is made anew when it is asked for, and told. */
  changed(): void;
  /** A row was written; it is told once it is durable. */
  written(row: Row): void;
  stepped(effects: readonly SiteEffect[], at: Millis): void;
}

/** A busy shift's rows at the most. */
const SCANNED_ROWS = 20_000;

export function openBooth(deps: BoothDeps): Booth {
  const { loop, journal, clock } = deps;
  const viewHearers: (() => void)[] = [];
  const rowHearers: ((row: () => RowView) => void)[] = [];
  const since = new Map<string, { readonly is: string; readonly at: Millis }>();
  const dateOf = (wallMs: number) => new Date(wallMs + deps.utcOffsetMin() * 60_000).toISOString().slice(0, 10);
  const today = openToday(dateOf, () => clock.now().wall.date);
  for (const row of deps.dayRows) today.count(row);
  let begun = false;
  // Up to and with the row that began the shift.
  const shift = openShift(
    journal.newest(SCANNED_ROWS, ({ kind }) => {
      const wanted = !begun;
      begun = kind === "shift";
      return wanted;
    }),
  );
  const offers = openOffers();

  /** Since when a thing has been what it is; kept here because only the page asks. */
  function held(key: string, is: string, at: Millis): Millis {
    const known = since.get(key);
    if (known?.is === is) return known.at;
    since.set(key, { is, at });
    return at;
  }

  function laneView(plan: LanePlan, at: Millis): LaneView | undefined {
    const one = loop.state().lanes.get(plan.id);
    if (one === undefined) return undefined;
    const barrier = lane.barrier(one);
    const mode = lane.modeBefore(one);
    const by = lane.emergency(one) ?? (mode.is === "controlled" ? undefined : mode.by);
    return {
      id: plan.id,
      name: plan.name,
      kind: plan.kind,
      barrier,
      since: held(plan.id, barrier, at),
      mode: lane.mode(one),
      emergency: lane.emergency(one) !== undefined,
      ...(mode.is === "locked-open" && lane.emergency(one) === undefined ? { until: mode.until } : {}),
      ...(by === undefined ? {} : { by: by.who }),
      inputs: plan.inputs.map((role: InputRole) => {
        const level = lane.inputLevel(one, role);
        return { role, level, since: held(`${plan.id} ${role}`, level, at) };
      }),
      credits: lane.credits(one).map(({ direction }) => ({ direction })),
      abilities: abilitiesOf(plan),
    };
  }

  function view(): SiteView {
    const now = clock.now();
    return {
      site: { id: deps.plan.id, name: deps.plan.name },
      gate: deps.gate,
      boot: journal.boot,
      simulation: deps.simulation,
      at: now.at,
      clock: { trust: now.wall.trust, wallMs: now.wall.epochMs, utcOffsetMin: deps.utcOffsetMin() },
      lanes: deps.plan.lanes.flatMap((plan) => laneView(plan, now.at) ?? []),
      areas: deps.plan.areas.map((area) => ({
        id: area.id,
        name: area.name ?? area.id,
        ...(deps.sharing?.places ?? journal).inside(area.id),
        ...(area.capacity === undefined ? {} : { capacity: area.capacity }),
      })),
      alarms: loop.alarms.standing(),
      devices: deps.devices().map((state): DeviceView => {
        const named = deps.deviceNames.get(state.id);
        return {
          id: state.id,
          name: named?.name ?? state.id,
          link: state.link,
          ...(named?.lane === undefined ? {} : { lane: named.lane }),
          ...(state.heardAt === undefined ? {} : { heard: state.heardAt }),
        };
      }),
      journal: journal.state(),
      ...platformView(),
      ...terminalsView(),
      ...(deps.sharing === undefined ? {} : { entrances: deps.sharing.view() }),
      today: today.view(),
      shift: shift.view(),
      reasons: deps.reasons(),
    };
  }

  function terminalsView(): Pick<SiteView, "terminals"> {
    const terminals = deps.terminals?.() ?? [];
    if (terminals.length === 0) return {};
    return {
      terminals: terminals.map((one) => ({ ...one, name: deps.deviceNames.get(one.device)?.name ?? one.device })),
    };
  }

  function platformView(): Pick<SiteView, "platform"> {
    const platform = deps.platform?.();
    return platform === undefined ? {} : { platform };
  }

  /** Looked up anew: whoever has left the list, or was barred, since is let in by nobody's tap. */
  function letInOf(almost: Almost | undefined): LetIn | undefined {
    if (almost === undefined) return undefined;
    const found = deps.whitelist().find("plate", almost.plate);
    if (found === undefined || found.holder.blocked) return undefined;
    return { decision: almost.decision, seen: almost.seen, found };
  }

  async function reason({ id, opening, reason: told, by }: DeskReason): Promise<OrderAnswer> {
    const words = deps.reasons().find(({ zh }) => zh === told);
    if (words === undefined) return { ok: false, why: "reason-unknown" };
    if (!shift.lacksReason(opening)) return { ok: false, why: "opening-unknown" };
    const open = { id, opening, reason: words.zh, en: words.en, by: by.who, from: by.from };
    return noted({ kind: "reason", open });
  }

  async function handOver({ id, by, to, notes }: DeskHandOver): Promise<OrderAnswer> {
    const { guard: _guard, openings: _openings, ...counts } = shift.view();
    const open = { id, by: by.who, from: by.from, to, ...counts };
    return noted({ kind: "shift", open, ...(notes === "" ? {} : { sealed: { notes } }) });
  }

  async function noted(entry: Parameters<Loop["note"]>[0]): Promise<OrderAnswer> {
    const seq = loop.note(entry);
    await new Promise<void>((done) => journal.whenDurable(seq, done));
    return { ok: true, seq };
  }

  function changed(): void {
    for (const hear of viewHearers) hear();
  }

  return {
    view,
    onChange: (hear) => void viewHearers.push(hear),
    rows: (count) => journal.latest(count).toReversed().map(rowView),
    rowsAfter: (seq, count) => journal.after(seq, count).map(rowView),
    onRow: (hear) => void rowHearers.push(hear),
    snapshot(seq) {
      const [row] = journal.after(seq - 1, 1);
      return row?.seq === seq ? deps.snapshots?.of(decisionOf(row)) : undefined;
    },
    // The barrier has been told before the first await: async only for the answer.
    async order({ id, lane: at, order, by, about }) {
      if (!deps.plan.lanes.some((plan) => plan.id === at)) return { ok: false, why: "lane-unknown" };
      const letIn = about === undefined ? undefined : letInOf(offers.take(about, at, clock.at()));
      if (about !== undefined && letIn === undefined) return { ok: false, why: "about-unknown" };
      const { seq, refused } = loop.order(at, order, by, id, letIn);
      if (refused !== undefined) return { ok: false, why: refused };
      await new Promise<void>((done) => journal.whenDurable(seq, done));
      return { ok: true, seq };
    },
    async amnesty({ id, area, by, why }) {
      if (!deps.plan.areas.some((plan) => plan.id === area)) return { ok: false, why: "area-unknown" };
      const seq = loop.amnesty(area, by, why, id);
      await new Promise<void>((done) => journal.whenDurable(seq, done));
      return { ok: true, seq };
    },
    reason,
    handOver,
    acknowledge: (alarm, by: Author) => loop.acknowledge(alarm, by.who),
    health: deps.health,
    changed,
    written(row) {
      today.count(row);
      shift.count(row);
      offers.hear(row);
      // Its counts are the view's, and the row comes after the step that was told.
      changed();
      if (rowHearers.length === 0) return;
      journal.whenDurable(row.seq, () => {
        for (const hear of rowHearers) hear(() => rowView(row));
      });
    },
    stepped(effects, at) {
      // `since` must begin when it happened, not when a page next looks.
      for (const effect of effects) if ("lane" in effect) remember(effect.lane, at);
    },
  };

  function rowView(row: Row): RowView {
    const words = rowWords(row, { alarms: ALARM_WORDS, decided: (decision: Decision) => sentence(decision) });
    const until = deps.snapshots?.until(decisionOf(row));
    return { ...row, ...words, ...(until === undefined ? {} : { snapshot: until }) };
  }

  function remember(id: LaneId, at: Millis): void {
    const one = loop.state().lanes.get(id);
    if (one !== undefined) held(id, lane.barrier(one), at);
  }
}

/** Empty = the row tells of none. */
const decisionOf = ({ kind, open }: Row): string => (kind === "decision" && typeof open.id === "string" ? open.id : "");

function abilitiesOf(plan: LanePlan): readonly OrderName[] {
  if (plan.kind === "monitored") return [];
  return [
    "open",
    ...(plan.canClose ? (["close"] as const) : []),
    ...(plan.canStop ? (["stop"] as const) : []),
    ...(plan.kind === "vehicle" ? (["lock-open"] as const) : []),
    "lock-down",
    "release",
    "emergency",
    "emergency-end",
  ];
}
