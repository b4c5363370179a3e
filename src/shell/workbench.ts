/** The bench as the gate provides it: joins what is counted, kept and measured. It hears all, and changes nothing. */
import * as lane from "../core/lane.ts";
import type { SiteEffect } from "../core/site.ts";
import type { Command, ContactLevel, DeviceId, InputRole, LaneId, SitePlan } from "../core/terms.ts";
import type { Reading } from "../decode/terms.ts";
import { type Bench, type InputIo, type OutputIo, TECHNICIAN_PAGE, type TriedOutput } from "./bench.ts";
import { type HeardRaw, openHeardRings } from "./bench-heard.ts";
import { openInputCounts } from "./bench-inputs.ts";
import { openTravels } from "./bench-travel.ts";
import { openTrial } from "./bench-trial.ts";
import type { Loop, Step } from "./loop.ts";
import type { Outcome } from "./perform.ts";
import type { Clock, Journal, Row } from "./ports.ts";
import type { DayRow } from "./today.ts";
import type { DeviceState, WallDevice } from "./wall.ts";

export interface WorkbenchDeps {
  readonly plan: SitePlan;
  readonly loop: Pick<Loop, "state">;
  readonly clock: Clock;
  readonly journal: Pick<Journal, "whenDurable">;
  /** The day's rows at the start, newest first. */
  readonly dayRows: readonly DayRow[];
  /** Site-local date of a wall time. */
  readonly dateOf: (wallMs: number) => string;
  readonly wall: readonly WallDevice[];
  readonly states: () => readonly DeviceState[];
  readonly names: ReadonlyMap<DeviceId, { readonly name: string; readonly profile: string; readonly reads: boolean }>;
  readonly inputs: readonly Omit<InputIo, "laneName" | "level" | "since" | "edges" | "bounces">[];
  readonly outputs: readonly Omit<OutputIo, "laneName" | "last">[];
}

export interface Workbench extends Bench {
  sensed(lane: LaneId, role: InputRole, level: ContactLevel): void;
  heardRaw(device: DeviceId, heard: HeardRaw, reading: Reading): void;
  /** A row was written. */
  written(row: Row): void;
  stepped(told: Step): void;
  commanded(lane: LaneId, command: Command, outcome: Outcome): void;
}

export function openWorkbench(deps: WorkbenchDeps): Workbench {
  const { plan, clock, journal } = deps;
  const at = () => clock.at();
  const counts = openInputCounts(at);
  const rings = openHeardRings(deps.wall, at);
  const trial = openTrial({ at, whenDurable: journal.whenDurable });
  const laneOf = (id: LaneId) => deps.loop.state().lanes.get(id);
  const travels = openTravels(plan.lanes, (id) => {
    const one = laneOf(id);
    return one === undefined ? undefined : lane.barrier(one);
  });
  const names = new Map(plan.lanes.map(({ id, name }) => [id, name]));
  const sent = new Map<string, { readonly wallMs: number; readonly outcome?: Outcome }>();

  let tried: readonly TriedOutput[] = deps.dayRows.flatMap(triedOf);
  function triedToday(): readonly TriedOutput[] {
    const today = clock.now().wall.date;
    tried = tried.filter(({ wallMs }) => deps.dateOf(wallMs) === today);
    return tried;
  }

  return {
    view() {
      const running = trial.view();
      return {
        at: at(),
        inputs: deps.inputs.map((one) => ({
          ...one,
          laneName: names.get(one.lane) ?? one.lane,
          ...counts.of(one.lane, one.role),
        })),
        outputs: deps.outputs.map((one) => {
          const last = sent.get(`${one.lane} ${one.command}`);
          return { ...one, laneName: names.get(one.lane) ?? one.lane, ...(last === undefined ? {} : { last }) };
        }),
        devices: deps.states().map(({ id, link, heardAt, offline, counts: counted }) => ({
          id,
          name: deps.names.get(id)?.name ?? id,
          profile: deps.names.get(id)?.profile ?? "",
          link,
          offline,
          counts: counted,
          reads: deps.names.get(id)?.reads ?? false,
          kept: rings.count(id),
          ...(heardAt === undefined ? {} : { heard: heardAt }),
        })),
        travels: travels.views(),
        tried: triedToday(),
        ...(running === undefined ? {} : { trial: running }),
      };
    },
    heard: (device) => rings.views(device) ?? (deps.names.has(device) ? [] : undefined),
    present: (reader, by) => (deps.names.get(reader)?.reads === true ? trial.begin(reader, by) : undefined),
    isAtRest(id) {
      const one = laneOf(id);
      if (one === undefined) return true;
      const still = ["closed", "unknown", "stopped"].includes(lane.barrier(one));
      const free = lane.credits(one).length === 0 && lane.mode(one) === "controlled";
      return still && free && lane.emergency(one) === undefined;
    },
    sensed: counts.hear,
    heardRaw(device, heard, reading) {
      rings.keep(device, heard, reading);
      trial.heard(device, reading);
    },
    written(row) {
      const one = triedOf(row);
      if (one.length > 0) tried = [...one, ...tried];
    },
    stepped(told) {
      travels.stepped(told.effects, told.at);
      trial.stepped(told);
      for (const effect of told.effects) noteMove(effect);
    },
    commanded(id, command, outcome) {
      const key = `${id} ${command}`;
      const before = sent.get(key);
      if (before !== undefined) sent.set(key, { ...before, outcome });
      trial.commanded(id, command, outcome);
    },
  };

  function noteMove(effect: SiteEffect): void {
    if (effect.do === "move") sent.set(`${effect.lane} ${effect.command}`, { wallMs: clock.now().wall.epochMs });
  }
}

/** Newest first, as the journal tells them. */
function triedOf({ kind, open, lane: id, wallMs }: DayRow): readonly TriedOutput[] {
  if (kind !== "override" || open.from !== TECHNICIAN_PAGE || id === undefined) return [];
  return [{ lane: id, command: String(open.order), by: String(open.by), wallMs }];
}
