/** Wires everything; with its three parts (links, outputs, watch) and `cli` the only place that knows all the others. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { openClock } from "./adapters/clock.ts";
import { holdAlone, makeDataFolder } from "./adapters/database.ts";
import { openGpio } from "./adapters/gpio.ts";
import { damageRow, openJournal } from "./adapters/journal.ts";
import { pseudonym } from "./adapters/journal-seal.ts";
import { siteKey } from "./adapters/keys.ts";
import { type Log, openLog } from "./adapters/log.ts";
import { openLogLines } from "./adapters/log-lines.ts";
import { openMetrics } from "./adapters/metrics.ts";
import { loadProfiles, type Profiles } from "./adapters/profiles.ts";
import { isSealed } from "./adapters/register-passes.ts";
import { openRegisterThread } from "./adapters/register-thread.ts";
import { keepReserve, openWithReserve } from "./adapters/reserve.ts";
import { openSystemd } from "./adapters/systemd.ts";
import { openWhitelist } from "./adapters/whitelist.ts";
import { oncePerEdition } from "./adapters/whitelist-count.ts";
import { configSha256 } from "./config/fingerprint.ts";
import type { Loaded } from "./config/load.ts";
import { sitePlan } from "./config/plan.ts";
import { wiring } from "./config/wiring.ts";
import type { Wiring } from "./config/wiring-terms.ts";
import type { Mode } from "./core/lane.ts";
import { skeleton } from "./core/plates.ts";
import type { LaneId, SitePlan } from "./core/terms.ts";
import { openBenchAt } from "./main-bench.ts";
import { openHomeAt } from "./main-home.ts";
import { type Keeping, openKeeping } from "./main-keeping.ts";
import { openCallers, openLink, openPushes, serialLines, wallDevices } from "./main-links.ts";
import { type OsdpReaders, openOsdpReaders } from "./main-osdp.ts";
import { boardInputs, claimGpioOutputs, joinGpioInputs, outputs, usesGpio } from "./main-outputs.ts";
import { openPage } from "./main-page.ts";
import { openBehind, together } from "./main-platforms.ts";
import { openReasonsAt } from "./main-reasons.ts";
import { registerPlace } from "./main-register.ts";
import { openSharingAt } from "./main-sharing.ts";
import { openFeedbackAt, openTerminalFaces, type TerminalFaces } from "./main-terminals.ts";
import { openTraffic, type Traffic } from "./main-traffic.ts";
import { openUplink, type Uplink } from "./main-uplink.ts";
import { openViidUplink, type ViidUplink } from "./main-viid.ts";
import { healthOf, watch } from "./main-watch.ts";
import { openWorkshop } from "./main-workshop.ts";
import { accessView } from "./shell/access.ts";
import { openAside } from "./shell/aside.ts";
import { openBooth } from "./shell/booth.ts";
import { openDeedRows } from "./shell/deeds.ts";
import type { Health } from "./shell/desk.ts";
import { type Devices, openDevices } from "./shell/devices.ts";
import type { Feedback } from "./shell/feedback.ts";
import { type Loop, openLoop } from "./shell/loop.ts";
import { openPerformer } from "./shell/perform.ts";
import type { Clock, GpioOutput, Journal, Row } from "./shell/ports.ts";
import { rememberedMode } from "./shell/remembered.ts";
import { openSnapshots } from "./shell/snapshots.ts";
import { rowsOfToday } from "./shell/today.ts";
import type { Workbench } from "./shell/workbench.ts";

export interface GateSettings {
  readonly loaded: Loaded;
  readonly version: string;
  /** Our own program's file, called anew for what takes long; absent = backups are made on the command line alone. */
  readonly program?: string;
  /** Folder of the built page. */
  readonly assets: string;
  /** Where simulated serial lines are to be found, by bus key; only for a config marked as a simulation. */
  readonly simulatedLines?: ReadonlyMap<string, string>;
}

export interface Gate {
  readonly url: string;
  readonly mqttPort: number | undefined;
  readonly pushPort: number | undefined;
  readonly log: Log;
  readonly wiring: Wiring;
  readonly plan: SitePlan;
  readonly profiles: Profiles;
  close(): Promise<void>;
}

const BUILD_YEAR = 2026;
const MARK_MS = 5_000;

/** Opens the whole gate. @throws GateError when a part that it can't do without is not to be had; nothing stays open then */
export async function openGate(settings: GateSettings): Promise<Gate> {
  // What is open already, newest last: closed in the opposite order, at the end or when a later part fails.
  const opened: (() => void | Promise<void>)[] = [];
  async function close(): Promise<void> {
    for (const shut of opened.splice(0).reverse()) await shut();
  }
  try {
    return { ...(await openParts(settings, (shut) => void opened.push(shut))), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function openParts(
  settings: GateSettings,
  later: (shut: () => void | Promise<void>) => void,
): Promise<Omit<Gate, "close">> {
  const { loaded, version } = settings;
  const { config } = loaded;
  const sha256 = configSha256(loaded.text);
  const logLines = openLogLines();
  const log = openLog(config.log.level, undefined, logLines.keep);
  const metrics = openMetrics(version);
  later(metrics.close);
  const clock = openClock({
    zone: config.site.timezone,
    trust: config.clock.trust === "trusted" ? "always" : "auto",
    buildYear: BUILD_YEAR,
    ...(config.clock.trust === "untrusted" ? { sync: { now: () => false, sinceBoot: () => false } } : {}),
  });
  later(clock.close);
  const utcOffsetMin = () => clock.utcOffsetMin(clock.now().wall.epochMs);
  const profiles = loadProfiles(loaded.profilesDirs);
  const plan = sitePlan(config, profiles.defaults);
  const wires = wiring(config, profiles.defaults);
  makeDataFolder(loaded.dataDir);
  // Two on one journal give numbers twice, and both would answer the same serial line.
  later(holdAlone(join(loaded.dataDir, "gate.lock")));

  const key = siteKey(join(loaded.dataDir, "site.key"));
  // The loop and what it moves know each other; the performer's answers come back as events.
  const late: {
    loop?: Loop;
    devices?: Devices;
    readers?: OsdpReaders;
    feedback?: Feedback;
    gpioLines?: ReadonlyMap<number, GpioOutput>;
    uplink?: Uplink;
    traffic?: Traffic;
    keeping?: Keeping;
    faces?: TerminalFaces;
    bench?: Workbench;
    viid?: ViidUplink;
    changed: () => void;
  } = {
    changed: () => undefined,
  };
  // A full disk must not keep us from starting: the gate decides on, and records once there is room.
  const room = join(loaded.dataDir, "start.reserve");
  const whitelist = openWithReserve(room, () =>
    openWhitelist({
      file: join(loaded.dataDir, "whitelist.sqlite"),
      skeleton,
      subjectOf: (holder) => pseudonym(key, holder),
      signed: (pass, found) => isSealed(key, pass, found),
      onDamage(why) {
        log.error({ code: "DATABASE_DAMAGED", why }, "whitelist damaged");
        late.loop?.note({ kind: "fault", open: { code: "DATABASE_DAMAGED", message: why } });
      },
      onFault(fault) {
        metrics.fault(fault.code);
        log.warn({ code: fault.code, message: fault.message }, "a look-up failed and found nobody");
      },
    }),
  );
  later(whitelist.close);
  const dateOf = (wallMs: number) => new Date(wallMs + clock.utcOffsetMin(wallMs) * 60_000).toISOString().slice(0, 10);
  const rowHearers: ((row: Row) => void)[] = [];
  const file = join(loaded.dataDir, "journal.sqlite");
  const journal = openWithReserve(room, () =>
    openJournal({
      file,
      boot: randomUUID(),
      siteKey: key,
      keyOf: whitelist.keyOf,
      subjectOf: whitelist.subjectOf,
      keyOfSubject: whitelist.keyOfSubject,
      dateOf,
      onRow: (row) => {
        for (const hear of rowHearers) hear(row);
      },
    }),
  );
  keepReserve(room);
  later(journal.close);
  if (journal.damage !== undefined) {
    journal.append({ ...damageRow(journal.damage), now: clock.now() });
    log.error(
      { code: "DATABASE_DAMAGED", ...journal.damage },
      "journal damaged: set aside, what could be read was kept",
    );
  }
  metrics.whitelistSize(whitelist.size);

  const performer = openPerformer(outputs(wires, late), (lane, command, outcome, why) => {
    metrics.moved(lane, command, outcome);
    if (outcome !== "done") log.warn({ lane, command, outcome, why }, "command not confirmed");
    late.loop?.commanded(lane, command, outcome);
    late.bench?.commanded(lane, command, outcome);
  });
  const sharing = openSharingAt({
    loaded,
    journal,
    clock,
    log,
    metrics,
    loop: () => late.loop,
    changed: () => late.changed(),
  });
  if (sharing !== undefined) later(sharing.close);
  const loop = openLoop({
    plan,
    ...(sharing === undefined ? {} : { sharing }),
    clock,
    whitelist: () => whitelist,
    journal,
    move: performer.move,
    newId: randomUUID,
    atEndOfTurn: queueMicrotask,
    pseudonym: (text) => pseudonym(key, text),
    modes: rememberedModes(plan, journal, clock),
    watcher: {
      asked: (device, id) => snapshots.asked(device, id),
      stepped(told) {
        watch(told, { log, metrics, journal, clock });
        late.readers?.decided(told.effects);
        late.feedback?.decided(told.effects);
        booth.stepped(told.effects, told.at);
        late.traffic?.stepped(told.at);
        late.bench?.stepped(told);
        late.changed();
      },
      changed: () => late.changed(),
    },
  });
  late.loop = loop;
  later(loop.close);

  const wall = wallDevices(loaded, wires, profiles);
  const dayRows = rowsOfToday(journal, dateOf, clock.now().wall.date);
  const snapshots = openSnapshots(wall, clock, config.page.snapshotSeconds * 1000);
  later(snapshots.close);
  const bench = openBenchAt({
    loaded,
    wires,
    profiles,
    plan,
    loop,
    clock,
    journal,
    dayRows,
    dateOf,
    wall,
    states: () => late.devices?.states() ?? [],
  });
  late.bench = bench;
  rowHearers.push(bench.written);
  // Counted as it is read, before the lanes judge it.
  const sense: Loop["sense"] = (lane, role, level) => {
    loop.sense(lane, role, level);
    bench.sensed(lane, role, level);
  };
  const forged = (owner: string | undefined, what: string) => {
    const device = owner ?? "unknown";
    metrics.skipped(device, "forged");
    loop.raise("forged-event", undefined, `${device}: ${what}`);
  };
  const refused = (owner: string | undefined, code: string) => metrics.skipped(owner ?? "unknown", code);
  const mqtt = await openLink(loaded, wall, profiles, clock, forged, refused);
  if (mqtt !== undefined) later(mqtt.link.close);
  const health = (): Health => healthOf({ loop, mqtt: mqtt?.link, devices: late.devices });
  const names = deviceNames(loaded, wires, plan, profiles);
  // Clerk and county ask the same thread, so that the list has one writer.
  const register = openRegisterThread(registerPlace(loaded, plan.graceDays));
  later(register.close);
  const changed = () => late.changed();
  const reasons = openReasonsAt({ loaded, whitelist, register, loop, journal, clock, log, metrics, changed });
  const booth = openBooth({
    plan,
    gate: config.gate,
    simulation: config.simulation,
    loop,
    journal,
    dayRows,
    clock,
    whitelist: () => whitelist,
    reasons: () => reasons.view().reasons,
    snapshots,
    utcOffsetMin,
    devices: () => late.devices?.states() ?? [],
    deviceNames: names,
    health,
    ...(sharing === undefined ? {} : { sharing }),
    platform: () => together([late.uplink?.view(), late.viid?.view()]),
    terminals: () => late.faces?.states() ?? [],
  });
  late.changed = booth.changed;
  rowHearers.push(booth.written);
  journal.onState((state) => {
    metrics.journalWaiting(state.waiting);
    if (state.is === "failing") loop.raise("journal-failing", undefined, state.why);
    else loop.calm("journal-failing");
  });

  const lines = serialLines(wires, settings.simulatedLines, profiles, loaded, clock);
  later(async () => void (await Promise.all([...lines.values()].map((line) => line.close()))));
  if (usesGpio(wires)) {
    const gpio = openGpio({
      backend: config.gpio.backend,
      simulationAllowed: config.simulation,
      now: () => clock.at(),
      onFault: (fault) => loop.note({ kind: "fault", open: { code: fault.code, message: fault.message } }),
      ...(config.gpio.chip === undefined ? {} : { chip: config.gpio.chip }),
    });
    later(gpio.close);
    late.gpioLines = claimGpioOutputs(wires, gpio);
    joinGpioInputs(wires, gpio, { sense });
  }
  const stranger = (address: string) => {
    metrics.skipped("unknown", "http-stranger");
    log.debug({ address }, "a request of nobody's");
  };
  const pushes = await openPushes(loaded, profiles, clock, stranger, refused);
  if (pushes !== undefined) later(pushes.close);
  const inputs = boardInputs(wires, { sense });
  const onFault = (device: string | undefined, code: string, where: string, message: string) => {
    metrics.skipped(device ?? "unknown", code);
    log.debug({ device, code, where, message }, "not understood");
  };
  const onOffline = (device: string, offline: boolean, why: string) => {
    loop.note({ kind: "device", open: { device, offline, why } });
    if (offline) loop.raise("device-offline", undefined, names.get(device)?.name ?? device);
    else if (late.devices?.states().every((state) => !state.offline)) loop.calm("device-offline");
    late.changed();
  };
  const others = openDevices({
    devices: wall,
    http: pushes,
    callers: openCallers(loaded, profiles),
    knows: loop.knows,
    mqtt: mqtt?.link,
    lines,
    clock,
    utcOffsetMin,
    newId: randomUUID,
    hear: loop.hear,
    inputs,
    whenDurable: journal.whenDurable,
    onFault,
    onForged: forged,
    onOffline,
    onHeard(device, heard, reading) {
      bench.heardRaw(device, heard, reading);
      snapshots.keep(device, heard, reading);
    },
  });
  later(others.close);
  const readers = openOsdpReaders(
    { loaded, wires, profiles, lines, clock },
    { loop, inputs, onFault, onOffline, name: (device) => names.get(device)?.name ?? device },
  );
  late.readers = readers;
  later(readers.close);
  const devices = readers.beside(others);
  late.devices = devices;
  const feedback = openFeedbackAt(loaded, devices, clock);
  late.feedback = feedback;
  later(feedback.close);
  clock.onJump((jump) => loop.note({ kind: "clock", open: { fromMs: jump.fromMs, toMs: jump.toMs, byMs: jump.byMs } }));

  const aside = openAside(clock, setImmediate);
  const traffic = openTraffic({
    loaded,
    aside,
    plan,
    journal,
    clock,
    utcOffsetMin: (wallMs) => clock.utcOffsetMin(wallMs),
    loop,
    list: whitelist,
  });
  late.traffic = traffic;
  later(traffic.close);
  const workshop = openWorkshop({
    loaded,
    version,
    loop,
    lines: logLines,
    credentials: () => whitelist.size,
    isReady: () => health().ready,
    ...(settings.program === undefined ? {} : { program: settings.program }),
  });
  later(workshop.close);
  const deeds = openDeedRows({ journal, note: loop.note, kept: journal.kept() });
  const page = await openPage({
    loaded,
    register,
    access: () => accessView(plan, clock.now()),
    reasons,
    traffic: traffic.shown,
    clock,
    log,
    metrics,
    desk: booth,
    bench,
    workshop: workshop.workshop,
    onAccount: (told) => void loop.note({ kind: "account", open: { ...told, from: "guard-page" } }),
    deeds,
    assets: settings.assets,
    graceDays: plan.graceDays,
    usesOf: journal.usesOf,
    terminals: () => late.faces?.states() ?? [],
    rows: () => journal.durableSeq,
    listChanged: (told) => late.keeping?.listChanged(told),
    metricsText() {
      for (const { id, link, offline: gone } of devices.states()) metrics.linkUp(id, link.is === "up" && !gone);
      metrics.journalWaiting(journal.state().waiting);
      metrics.terminals(late.faces?.states() ?? []);
      sharing?.measure();
      return metrics.text();
    },
  });
  const started = loop.note({
    kind: "start",
    open: {
      version,
      lanes: plan.lanes.length,
      credentials: whitelist.size,
      simulation: config.simulation,
      config: sha256,
    },
  });
  workshop.begun();
  deeds.begin(started);
  const [broken] = loaded.broken ?? [];
  if (broken === undefined) loop.calm("config-broken");
  else loop.raise("config-broken", undefined, `${broken.file}:${broken.line} ${broken.code}`);
  if (whitelist.damage !== undefined)
    loop.note({ kind: "fault", open: { code: "DATABASE_DAMAGED", message: whitelist.damage } });
  later(() => void loop.note({ kind: "stop", open: {} }));
  sharing?.begin();
  later(page.close);
  const behind = openBehind({ loop, clock, journal });
  const upwards = { loaded, plan, journal, loop, clock, siteKey: key, behind, log, metrics, changed };
  const uplink = openUplink({
    ...upwards,
    aside,
    register,
    traffic,
    devices: () => late.devices,
    credentials: () => whitelist.size,
    facePeople: oncePerEdition(whitelist, () => whitelist.facePeople),
    listGeneration: () => whitelist.generation,
    utcOffsetMin: (wallMs) => clock.utcOffsetMin(wallMs),
    version,
  });
  const viid = openViidUplink(upwards);
  if (uplink !== undefined) late.uplink = uplink;
  if (viid !== undefined) late.viid = viid;
  for (const up of [uplink, viid]) {
    if (up === undefined) continue;
    // What is durable may go up; after the relay, never before.
    rowHearers.push(({ seq }) => journal.whenDurable(seq, up.written));
    later(up.close);
  }

  const faces = openTerminalFaces({
    loaded,
    profiles,
    plan,
    clock,
    utcOffsetMin,
    list: whitelist,
    devices,
    loop,
    log,
    room,
  });
  late.faces = faces;
  later(faces.close);
  const home = openHomeAt({ loaded, desk: booth, devices, clock, log, version });
  if (home !== undefined) later(home.close);

  const systemd = openSystemd();
  later(systemd.watchdog(() => loop.canary()));
  later(systemd.stopping);
  systemd.ready();
  const keeping = openKeeping({
    config,
    plan,
    file,
    loop,
    journal,
    whitelist,
    dateOf,
    clock,
    log,
    metrics,
    nameOf: (device) => names.get(device)?.name ?? device,
  });
  late.keeping = keeping;
  rowHearers.push(keeping.hear);
  later(keeping.close);
  const marking = setInterval(() => {
    journal.mark();
    if (journal.state().is === "good") keepReserve(room);
    metrics.clockTrust(clock.now().wall.trust);
    metrics.alarmsStanding(loop.alarms.standing().length);
    metrics.journalSeq(journal.durableSeq);
  }, MARK_MS);
  later(() => clearInterval(marking));
  log.info(
    {
      page: page.url,
      config: sha256,
      mqtt: mqtt?.port,
      push: pushes?.port,
      credentials: whitelist.size,
      boot: journal.boot,
    },
    "gatepost is ready",
  );
  return { url: page.url, mqttPort: mqtt?.port, pushPort: pushes?.port, log, wiring: wires, plan, profiles };
}

/** A lane that was locked open or down before this start still is, and ends when it was to end; nothing moves for it. */
function rememberedModes(
  plan: SitePlan,
  journal: Journal & { lastOf(kind: "mode", lane: string): Row | undefined },
  clock: Clock,
): ReadonlyMap<LaneId, Mode> {
  const now = clock.now();
  return new Map(
    plan.lanes.flatMap((lane): readonly [LaneId, Mode][] => {
      const last = journal.lastOf("mode", lane.id);
      if (last === undefined) return [];
      const mode = rememberedMode(last, now, lane.maxLockedOpenMs);
      return mode === undefined ? [] : [[lane.id, mode]];
    }),
  );
}

function deviceNames(loaded: Loaded, wires: Wiring, plan: SitePlan, profiles: Profiles) {
  return new Map(
    loaded.config.devices.map((device) => {
      const point = plan.accessPoints.find((one) => one.id === wires.readers.get(device.id)?.[0]);
      const title = profiles.any(device.profile)?.meta.title.zh ?? "";
      return [device.id, { name: `${device.id} ${title}`, ...(point === undefined ? {} : { lane: point.lane }) }];
    }),
  );
}
