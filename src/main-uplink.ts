/** The line to the county platform, put together: what goes up, in what order, and what the page is told of it. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { openUpstream } from "./adapters/journal-upstream.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { openPlatform } from "./adapters/mqtt-platform.ts";
import type { RegisterThread } from "./adapters/register-thread.ts";
import { openCursorFile } from "./adapters/uplink-cursors.ts";
import { configSha256 } from "./config/fingerprint.ts";
import type { Loaded } from "./config/load.ts";
import { filing } from "./core/face-filing.ts";
import { barrier, emergency, mode } from "./core/lane.ts";
import type { SitePlan } from "./core/terms.ts";
import { openCarried } from "./main-carry.ts";
import { openCommandsAt } from "./main-commands.ts";
import { type Behind, hashAt, plates, standHere } from "./main-platforms.ts";
import type { Traffic } from "./main-traffic.ts";
import type { Aside } from "./shell/aside.ts";
import type { Devices } from "./shell/devices.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal, OpenRows, PlatformLine } from "./shell/ports.ts";
import { openCards } from "./uplink/cards.ts";
import { commandTopicOf, receiptSchema, topicOf } from "./uplink/contract.ts";
import { type Cursors, type Forwarder, openForwarder } from "./uplink/forward.ts";
import { readCursors } from "./uplink/kept.ts";
import { noLine } from "./uplink/no-line.ts";
import type { Codes } from "./uplink/records.ts";
import { BEGINNING } from "./uplink/stream.ts";
import { healthTold, type Moment, resultTold, statusTold, trafficTold, type Wellbeing } from "./uplink/summaries.ts";

export interface UplinkParts {
  readonly loaded: Loaded;
  readonly plan: SitePlan;
  readonly journal: Journal;
  readonly loop: Loop;
  readonly aside: Aside;
  readonly clock: Clock;
  readonly traffic: Pick<Traffic, "tally" | "tellBy">;
  readonly devices: () => Devices | undefined;
  readonly credentials: () => number;
  /** People with a face on the list. */
  readonly facePeople: () => number;
  readonly listGeneration: () => number;
  readonly siteKey: Uint8Array;
  /** Where the list is changed. */
  readonly register: Pick<RegisterThread, "ask">;
  readonly utcOffsetMin: (epochMs: number) => number;
  readonly version: string;
  readonly behind: Behind;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The page's sign may have changed. */
  readonly changed: () => void;
}

export interface Uplink {
  /** What the page shows of it. */
  view(): { readonly up: boolean; readonly waiting: number };
  /** A row was written. */
  written(): void;
  close(): Promise<void>;
}

const TURN_MS = 5_000;

/** Undefined where the site reports to nobody. */
export function openUplink(parts: UplinkParts): Uplink | undefined {
  const { loaded, journal, loop, clock, traffic } = parts;
  const settings = loaded.config.uplink;
  if (settings === undefined) return undefined;
  const codes = codesOf(parts, settings);
  const rows = openUpstream(join(loaded.dataDir, "journal.sqlite"));
  const files = openCursorFile(join(loaded.dataDir, "uplink.cursor"), readCursors);
  const sha256 = configSha256(loaded.text);
  let epoch = randomUUID();
  const now = (): Moment => momentOf(parts, rows);
  const status = (online: boolean) =>
    ({
      on: "status",
      message: statusTold(now(), codes, {
        online,
        epoch,
        version: parts.version,
        configSha256: sha256,
        ...(settings.commandKeys.length === 0 ? {} : { listGeneration: parts.listGeneration() }),
      }),
    }) as const;

  const line =
    settings.url === undefined
      ? noLine(clock.at())
      : openPlatform(lineSettings(parts, settings.url, codes), {
          now: () => clock.at(),
          random: Math.random,
          lastWill() {
            epoch = randomUUID();
            return { topic: topicOf(codes.site, codes.gate, "status"), payload: JSON.stringify(status(false).message) };
          },
          onDeaf: (why) => parts.log.warn({ why }, "no command of the platform is heard"),
        });
  const forwarder = openForwarder({
    settings: { window: settings.window, by: settings.acknowledgement, unheard: settings.unheard },
    codes,
    rows,
    line,
    clock,
    durableSeq: () => journal.durableSeq,
    plateOf: plates(parts, settings.plates),
    soon: parts.aside,
    cursors: soundCursors(files.found, rows, parts),
    keep(cursors) {
      files.keep(cursors);
      parts.changed();
    },
  });
  traffic.tellBy((quarter, then) => forwarder.post({ on: "traffic", message: trafficTold(quarter, codes) }, then));
  const cards = openCards({
    boot: journal.boot,
    rows,
    durableSeq: () => journal.durableSeq,
    now: () => clock.now(),
    note: loop.note,
  });
  const health = () =>
    void forwarder.post({ on: "health", message: healthTold(now(), codes, wellbeing(parts, forwarder)) });

  const asked = openCommandsAt(parts, {
    codes,
    epoch: () => epoch,
    result: (about) => resultTold(now(), codes, epoch, about),
    post: (message, then) => forwarder.post({ on: "result", message }, then),
    resend: forwarder.resend,
    listChanged: () => void forwarder.post(status(true), undefined, true),
  });
  if (asked !== undefined) line.onCommand(asked.commands.hear);
  line.onReceipt((payload) => hearReceipt(payload, forwarder, parts.log));
  line.onState((state) => {
    parts.log.info({ platform: state.is, why: state.why }, "the platform's line");
    if (state.is === "up") {
      traffic.tally.again();
      forwarder.post(status(true), undefined, true);
      asked?.commands.again();
      health();
    }
    parts.changed();
  });
  const timers = [setInterval(() => turn(), TURN_MS), setInterval(health, settings.healthMinutes * 60_000)];
  const behind = behindWatch(parts, forwarder, line, settings);
  behind();
  const carried = openCarried({ loaded, codes, rows, journal, forwarder, log: parts.log, note: loop.note });

  function turn(): void {
    cards.turn();
    forwarder.wake();
    asked?.commands.turn();
    behind();
  }

  return {
    view: () => ({ up: line.state().is === "up", waiting: forwarder.state().waiting }),
    written: forwarder.wake,
    async close() {
      for (const timer of timers) clearInterval(timer);
      carried?.close();
      const told = new Promise<void>((done) => {
        if (!forwarder.post(status(false), done, true)) done();
        setTimeout(done, 500).unref();
      });
      await told;
      traffic.tellBy(undefined);
      forwarder.close();
      await line.close();
      await asked?.close();
      files.keep(forwarder.cursors());
      await files.close();
      rows.close();
    },
  };
}

type Settings = NonNullable<Loaded["config"]["uplink"]>;

/** A line is behind after two hours; whoever brings a stick every week or two isn't. */
const usualMinutes = ({ url }: Settings): number => (url === undefined ? 20_160 : 120);

/** The platform's codes for what the configuration names. */
export function codesOf(
  { loaded, plan, utcOffsetMin }: Pick<UplinkParts, "loaded" | "plan" | "utcOffsetMin">,
  settings: Settings,
): Codes {
  const { config } = loaded;
  const vehicles = new Set(plan.lanes.filter(({ kind }) => kind === "vehicle").map(({ id }) => id));
  return {
    site: settings.siteCode ?? config.site.id,
    gate: settings.gateCode ?? config.gate.id,
    lane: (id) => settings.laneCodes[id] ?? id,
    device: (id) => settings.deviceCodes[id] ?? id,
    isVehicleLane: (id) => vehicles.has(id),
    utcOffsetMin,
  };
}

function lineSettings({ loaded }: UplinkParts, url: string, codes: Codes): Parameters<typeof openPlatform>[0] {
  const settings = loaded.config.uplink;
  const { files, uplink: password } = loaded.secrets;
  const [ca, cert, key] = ["caFile", "certFile", "keyFile"].map((name) => files.get(`uplink.${name}`));
  return {
    url,
    version: settings?.mqttVersion === "3.1.1" ? 4 : 5,
    clientId: `gatepost-${codes.site}-${codes.gate}`,
    ...(settings?.username === undefined ? {} : { username: settings.username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(settings?.acknowledgement === "receipt" ? { receiptTopic: receiptTopic(codes) } : {}),
    ...(settings === undefined || settings.commandKeys.length === 0
      ? {}
      : { commandTopic: commandTopicOf(codes.site, codes.gate) }),
  };
}

const receiptTopic = ({ site, gate }: Codes) => topicOf(site, gate, "status").replace(/status$/, "receipt");

function momentOf({ clock, journal }: UplinkParts, rows: OpenRows): Moment {
  const { at, wall } = clock.now();
  const seq = journal.durableSeq;
  return {
    wallMs: Math.round(wall.epochMs),
    trust: wall.trust,
    at: Math.round(at * 1000) / 1000,
    boot: journal.boot,
    seq,
    hash: hashAt(rows, seq) ?? BEGINNING.link.hash,
    chance: randomBytes(10).toString("hex"),
  };
}

function soundCursors(found: Cursors | undefined, rows: OpenRows, parts: UplinkParts): Cursors {
  if (found !== undefined && standHere([found.alarm, found.event], { rows, ...parts })) return found;
  return { alarm: BEGINNING, event: BEGINNING };
}

function wellbeing(
  { loop, devices, journal, clock, credentials, facePeople, traffic }: UplinkParts,
  forwarder: Forwarder,
): Wellbeing {
  const people = facePeople();
  return {
    lanes: [...loop.state().lanes].map(([lane, one]) => ({
      lane,
      barrier: barrier(one),
      mode: mode(one),
      emergency: emergency(one) !== undefined,
    })),
    devices: (devices()?.states() ?? []).map(({ id, link, offline, heardAt }) => ({
      device: id,
      up: link.is === "up" && !offline,
      ...(heardAt === undefined ? {} : { silentSeconds: Math.round((clock.at() - heardAt) / 1000) }),
    })),
    alarms: loop.alarms.standing().map(({ kind, lane, acknowledgedBy }) => ({
      alarm: kind,
      ...(lane === undefined ? {} : { lane }),
      acknowledged: acknowledgedBy !== undefined,
    })),
    journal: journal.state().is,
    waiting: forwarder.state().waiting,
    credentials: credentials(),
    faces: { people, filing: filing(people) },
    inside: traffic.tally.state().inside,
    memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
  };
}

function hearReceipt(payload: Uint8Array, forwarder: Forwarder, log: Log): void {
  try {
    const read = receiptSchema.safeParse(JSON.parse(Buffer.from(payload).toString("utf8")));
    if (read.success) return forwarder.receipt(read.data.stream, read.data.storedSeq);
  } catch {
    // no JSON: said below
  }
  log.warn("the platform sent a receipt that can't be read");
}

/** How far behind the platform is, for whoever looks. */
function behindWatch(
  { metrics, journal, behind }: UplinkParts,
  forwarder: Forwarder,
  line: PlatformLine,
  settings: Settings,
): () => void {
  const watch = behind.watch(settings.behindMinutes ?? usualMinutes(settings));
  return () => {
    const { waiting, trouble } = forwarder.state();
    const waitedMs = watch(waiting, trouble ?? line.state().why);
    const up = settings.url === undefined ? {} : { up: line.state().is === "up" };
    metrics.uplink({ ...up, waiting, ackedSeq: journal.durableSeq - waiting, ageSeconds: waitedMs / 1000 });
  };
}
