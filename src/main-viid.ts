/** A GA/T 1400 platform, put together: what goes there, and what is told of it. */
import { join } from "node:path";
import { openUpstream } from "./adapters/journal-upstream.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { openCursorFile } from "./adapters/uplink-cursors.ts";
import { openViidLine } from "./adapters/viid-http.ts";
import type { Loaded } from "./config/load.ts";
import type { SitePlan } from "./core/terms.ts";
import { type Behind, plates, standHere } from "./main-platforms.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal } from "./shell/ports.ts";
import { readCursor } from "./uplink/kept.ts";
import { BEGINNING } from "./uplink/stream.ts";
import { openViid } from "./uplink/viid.ts";

export interface ViidParts {
  readonly loaded: Loaded;
  readonly plan: SitePlan;
  readonly journal: Journal;
  readonly loop: Loop;
  readonly clock: Clock;
  readonly siteKey: Uint8Array;
  readonly behind: Behind;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The page's sign may have changed. */
  readonly changed: () => void;
}

export interface ViidUplink {
  /** What the page shows of it. */
  view(): { readonly up: boolean; readonly waiting: number };
  /** A row was written. */
  written(): void;
  close(): Promise<void>;
}

const TURN_MS = 5_000;
const PATIENCE_MS = 15_000;
const FAREWELL_MS = 1_000;
/** Beyond this the two clocks don't agree, and somebody should look at one of them. */
const CLOCKS_APART_MS = 60_000;

/** Undefined where the site reports to none. */
export function openViidUplink(parts: ViidParts): ViidUplink | undefined {
  const { loaded, journal, loop, clock, log, metrics } = parts;
  const settings = loaded.config.viid;
  if (settings === undefined) return undefined;
  const rows = openUpstream(join(loaded.dataDir, "journal.sqlite"));
  const file = openCursorFile(join(loaded.dataDir, "viid.cursor"), readCursor);
  const found = file.found ?? BEGINNING;
  const behind = parts.behind.watch(settings.behindMinutes);
  const session = openViid({
    settings: {
      deviceId: settings.deviceId,
      keepaliveMs: settings.keepaliveSeconds * 1000,
      batch: settings.batch,
      dialect: { flags: settings.flags, numbers: settings.numbers },
      farewellMs: FAREWELL_MS,
    },
    codes: codesOf(parts.plan, settings),
    rows,
    line: openViidLine(lineSettings(loaded, settings)),
    clock,
    wallMs: () => clock.now().wall.epochMs,
    random: Math.random,
    durableSeq: () => journal.durableSeq,
    plateOf: plates(parts, settings.plates),
    datedMs: ({ seq }) => journal.after(seq - 1, 1).find((row) => row.seq === seq)?.datedMs,
    cursor: standHere([found], { rows, journal, loop, log }) ? found : BEGINNING,
    keep: file.keep,
    givenUp({ seq, id, status }) {
      metrics.viidGivenUp();
      const message = `the GA/T 1400 platform takes others and refuses row ${seq}: status ${status?.code ?? "none"}`;
      log.error({ code: "VIID_REFUSED", seq, id, says: status?.says }, message);
      loop.note({ kind: "fault", open: { code: "VIID_REFUSED", message } });
    },
    timeTold(aheadMs) {
      // Advice alone: whose clock is right is for a person to find out, and ours is never set by a platform.
      const { trust } = clock.now().wall;
      const apart = Math.abs(aheadMs) >= CLOCKS_APART_MS;
      log[apart ? "warn" : "debug"]({ aheadMs, trust }, "the GA/T 1400 platform's clock against ours");
      metrics.viidClock(aheadMs / 1000);
    },
    changed({ up, trouble }) {
      log.info({ up, why: trouble }, "the GA/T 1400 platform");
      parts.changed();
    },
  });
  function measure(): void {
    const { up, waiting, aside, trouble } = session.state();
    const waitedMs = behind(waiting, trouble);
    metrics.viid({ up, waiting, ackedSeq: session.cursor().upTo, ageSeconds: waitedMs / 1000, aside });
  }
  measure();
  const timer = setInterval(() => {
    session.wake();
    measure();
  }, TURN_MS);

  return {
    view: () => ({ up: session.state().up, waiting: session.state().waiting }),
    written: session.wake,
    async close() {
      clearInterval(timer);
      await session.close();
      file.keep(session.cursor());
      await file.close();
      rows.close();
    },
  };
}

type Settings = NonNullable<Loaded["config"]["viid"]>;

function codesOf(plan: SitePlan, settings: Settings): Parameters<typeof openViid>[0]["codes"] {
  const vehicles = new Set(plan.lanes.filter(({ kind }) => kind === "vehicle").map(({ id }) => id));
  return {
    deviceOf: (lane) => settings.laneDevices[lane] ?? settings.deviceId,
    isVehicleLane: (lane) => vehicles.has(lane),
    persons: settings.persons,
    // The check refuses it without a ground; so does this.
    faces: settings.faces && settings.facesGround !== undefined,
    ...(settings.tollgateId === undefined ? {} : { tollgateId: settings.tollgateId }),
  };
}

function lineSettings({ secrets }: Loaded, settings: Settings): Parameters<typeof openViidLine>[0] {
  const ca = secrets.files.get("viid.caFile");
  return {
    url: settings.url,
    deviceId: settings.deviceId,
    username: settings.username ?? settings.deviceId,
    password: secrets.viid ?? "",
    patienceMs: PATIENCE_MS,
    ...(ca === undefined ? {} : { ca }),
  };
}
