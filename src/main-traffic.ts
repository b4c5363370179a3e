/** Traffic is counted at every gate, whether somebody is told of it or not; none of it is on the way to a decision. */
import { join } from "node:path";
import { setImmediate as pause } from "node:timers/promises";
import type { TrafficDeps } from "./adapters/http-traffic.ts";
import { openUpstream } from "./adapters/journal-upstream.ts";
import { openTallyFiles } from "./adapters/uplink-tally.ts";
import { oncePerEdition } from "./adapters/whitelist-count.ts";
import type { Loaded } from "./config/load.ts";
import { barrier } from "./core/lane.ts";
import type { Millis, SitePlan } from "./core/terms.ts";
import type { Aside } from "./shell/aside.ts";
import type { Loop } from "./shell/loop.ts";
import { openOpenings } from "./shell/openings.ts";
import type { Clock, Journal, OpenRows } from "./shell/ports.ts";
import { openBook } from "./uplink/book.ts";
import { readDay, readTallied } from "./uplink/kept.ts";
import type { Quarter } from "./uplink/summaries.ts";
import { openTally, type Tally } from "./uplink/tally.ts";

export interface TrafficParts {
  readonly loaded: Loaded;
  readonly plan: SitePlan;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly utcOffsetMin: (epochMs: number) => number;
  readonly loop: Loop;
  readonly aside: Aside;
  readonly list: { readonly edition: string; readonly faceCount: number };
}

/** False: not now. */
export type Tell = (quarter: Quarter, then: () => void) => boolean;

export interface Traffic {
  readonly tally: Pick<Tally, "again" | "state">;
  /** For the page. */
  readonly shown: TrafficDeps;
  /** Who tells what is counted, from now on; undefined = nobody just now. */
  tellBy(tell: Tell | undefined): void;
  /** A step is done: lanes may stand elsewhere. */
  stepped(at: Millis): void;
  close(): Promise<void>;
}

const TURN_MS = 5_000;
const SAVE_MS = 60_000;

export function openTraffic(parts: TrafficParts): Traffic {
  const { loaded, plan, journal, clock, utcOffsetMin, list, loop } = parts;
  const rows: OpenRows = openUpstream(join(loaded.dataDir, "journal.sqlite"));
  const files = openTallyFiles(join(loaded.dataDir, "traffic"), { day: readDay, tallied: readTallied });
  let teller: Tell | undefined;
  const tally = openTally({
    lanes: new Map(plan.lanes.map(({ id, kind }) => [id, kind])),
    rows,
    durableSeq: () => journal.durableSeq,
    store: {
      ...files,
      save(days, tallied) {
        for (const { date } of days) book.forget(date);
        files.save(days, tallied);
      },
    },
    wallMs: () => clock.now().wall.epochMs,
    soon: parts.aside,
    ...(loaded.config.uplink === undefined ? {} : { tell: (quarter, then) => teller?.(quarter, then) ?? false }),
  });
  const book = openBook({
    tally,
    look: files.look,
    offsetMin: utcOffsetMin,
    now() {
      const { at, wall } = clock.now();
      return { boot: journal.boot, at, wallMs: wall.epochMs, trust: wall.trust };
    },
    pause: () => pause(),
  });
  const openings = openOpenings(plan.lanes, loop.note);
  const timers = [setInterval(() => tally.turn(), TURN_MS), setInterval(() => tally.save(), SAVE_MS)];
  return {
    tally,
    shown: {
      book,
      offsetMin: utcOffsetMin,
      faces: oncePerEdition(list, () => list.faceCount),
      rates: loaded.config.devices.flatMap(({ id, falseAcceptRate: rate }) =>
        rate === undefined ? [] : [{ device: id, rate }],
      ),
    },
    tellBy(tell) {
      teller = tell;
    },
    stepped(at) {
      for (const [id, one] of loop.state().lanes) openings.seen(id, barrier(one), at);
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      tally.save();
      tally.close();
      await files.close();
      rows.close();
    },
  };
}
