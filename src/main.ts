/** Wires everything; the only file (with `cli`) that knows all the others. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openBroker } from "./adapters/broker.ts";
import { openClock } from "./adapters/clock.ts";
import { openGpio } from "./adapters/gpio.ts";
import { openHttp } from "./adapters/http.ts";
import { openJournal } from "./adapters/journal.ts";
import { siteKey } from "./adapters/keys.ts";
import { type Log, openLog } from "./adapters/log.ts";
import { type Metrics, openMetrics } from "./adapters/metrics.ts";
import { openMqtt } from "./adapters/mqtt.ts";
import { loadProfiles, type Profiles } from "./adapters/profiles.ts";
import { openSerial } from "./adapters/serial.ts";
import { openSystemd } from "./adapters/systemd.ts";
import { openWhitelist } from "./adapters/whitelist.ts";
import type { Loaded } from "./config/load.ts";
import { sitePlan } from "./config/plan.ts";
import { wiring } from "./config/wiring.ts";
import type { OutputTarget, Wiring } from "./config/wiring-terms.ts";
import { GateError } from "./core/fault.ts";
import type { Mode } from "./core/lane.ts";
import { skeleton } from "./core/plates.ts";
import type { Command, ContactLevel, InputRole, LaneId, SitePlan } from "./core/terms.ts";
import { encoder } from "./decode/encode.ts";
import type { DeviceProfile } from "./decode/profile.ts";
import { compile } from "./decode/reader.ts";
import { speaking } from "./decode/speaking.ts";
import { completeParams, listening } from "./decode/topics.ts";

import { openBooth } from "./shell/booth.ts";
import type { Health } from "./shell/desk.ts";
import { type Devices, openDevices, type WallDevice } from "./shell/devices.ts";
import { type Loop, openLoop } from "./shell/loop.ts";
import { type Outcome, type Output, openPerformer } from "./shell/perform.ts";
import type { Clock, Gpio, Journal, MqttLink, Row, SerialLine } from "./shell/ports.ts";

export interface GateSettings {
  readonly loaded: Loaded;
  readonly version: string;
  /** Folder of the built page. */
  readonly assets: string;
  /** Where simulated serial lines are to be found, by bus key; only for a config marked as a simulation. */
  readonly simulatedLines?: ReadonlyMap<string, string>;
}

export interface Gate {
  readonly url: string;
  readonly mqttPort: number | undefined;
  readonly log: Log;
  readonly wiring: Wiring;
  readonly plan: SitePlan;
  readonly profiles: Profiles;
  close(): Promise<void>;
}

const BUILD_YEAR = 2026;
const CANARY_MS = 5_000;

/** Opens the whole gate. @throws GateError when a part that it can't do without is not to be had */
export async function openGate(settings: GateSettings): Promise<Gate> {
  const { loaded, version } = settings;
  const { config } = loaded;
  const log = openLog(config.log.level);
  const metrics = openMetrics(version);
  const clock = openClock({
    zone: config.site.timezone,
    trust: config.clock.trust === "trusted" ? "always" : "auto",
    buildYear: BUILD_YEAR,
    ...(config.clock.trust === "untrusted" ? { sync: { now: () => false, sinceBoot: () => false } } : {}),
  });
  const utcOffsetMin = () => clock.utcOffsetMin(clock.now().wall.epochMs);
  const profiles = loadProfiles(loaded.profilesDirs);
  const plan = sitePlan(config, profiles.defaults);
  const wires = wiring(config, profiles.defaults);
  mkdirSync(loaded.dataDir, { recursive: true, mode: 0o750 });

  const whitelist = openWhitelist({
    file: join(loaded.dataDir, "whitelist.sqlite"),
    skeleton,
    onDamage: (why) => log.error({ code: "DATABASE_DAMAGED", why }, "whitelist damaged, the generation before serves"),
  });
  const rowHearers: ((row: Row) => void)[] = [];
  const journal = openJournal({
    file: join(loaded.dataDir, "journal.sqlite"),
    boot: randomUUID(),
    siteKey: siteKey(join(loaded.dataDir, "site.key")),
    keyOf: (holder) => whitelist.keyOf(holder),
    onRow: (row) => {
      for (const hear of rowHearers) hear(row);
    },
  });
  metrics.whitelistSize(whitelist.size);

  // The loop and what it moves know each other; the performer's answers come back as events.
  const late: { loop?: Loop; devices?: Devices; gpio?: Gpio; changed: () => void } = { changed: () => undefined };
  const performer = openPerformer(outputs(wires, late), (lane, command, outcome, why) => {
    metrics.moved(lane, command, outcome);
    if (outcome !== "done") log.warn({ lane, command, outcome, why }, "command not confirmed");
    late.loop?.commanded(lane, command, outcome);
  });
  const loop = openLoop({
    plan,
    clock,
    whitelist: () => whitelist,
    journal,
    move: performer.move,
    newId: randomUUID,
    modes: rememberedModes(plan, journal, clock),
    watcher: {
      stepped(told) {
        watch(told, { log, metrics, journal, clock });
        booth.stepped(told.effects, told.at);
        late.changed();
      },
      changed: () => late.changed(),
    },
  });
  late.loop = loop;

  const health = (): Health => healthOf({ loop, journal, plan, devices: late.devices });
  const booth = openBooth({
    plan,
    gate: config.gate,
    simulation: config.simulation,
    loop,
    journal,
    clock,
    utcOffsetMin,
    devices: () => late.devices?.states() ?? [],
    deviceNames: deviceNames(loaded, wires, plan, profiles),
    health,
  });
  late.changed = booth.changed;
  rowHearers.push(booth.written);
  journal.onState((state) => {
    metrics.journalWaiting(state.waiting);
    if (state.is === "failing") loop.raise("journal-failing", undefined, state.why);
    else loop.calm("journal-failing");
  });

  const wall = wallDevices(loaded, wires, profiles);
  const mqtt = await openLink(loaded, wall, profiles, clock, (owner, what) => {
    metrics.skipped(owner ?? "unknown", "forged");
    loop.raise("forged-event", undefined, `${owner ?? "unknown"}: ${what}`);
  });
  const lines = serialLines(wires, settings, profiles, loaded, clock);
  const needsGpio = usesGpio(wires);
  if (needsGpio) {
    const gpio = openGpio({
      backend: config.gpio.backend,
      simulationAllowed: config.simulation,
      now: () => clock.now().at,
      onFault: (fault) => loop.note({ kind: "fault", open: { code: fault.code, message: fault.message } }),
      ...(config.gpio.chip === undefined ? {} : { chip: config.gpio.chip }),
    });
    late.gpio = gpio;
    joinGpioInputs(wires, gpio, loop);
  }
  const bind = boardInputs(wires, loop);
  const devices = openDevices({
    devices: wall,
    mqtt: mqtt?.link,
    lines,
    clock,
    utcOffsetMin,
    newId: randomUUID,
    hear: loop.hear,
    inputs: bind,
    whenDurable: journal.whenDurable,
    onFault(device, code, where, message) {
      metrics.skipped(device ?? "unknown", code);
      log.debug({ device, code, where, message }, "not understood");
    },
    onForged(device, what) {
      metrics.skipped(device, "forged");
      loop.raise("forged-event", undefined, `${device}: ${what}`);
    },
    onOffline(device, offline, why) {
      metrics.linkUp(device, !offline);
      loop.note({ kind: "device", open: { device, offline, why } });
      if (offline) loop.raise("device-offline", undefined, device);
      else if (devices.states().every((state) => state.link.is === "up")) loop.calm("device-offline");
      late.changed();
    },
  });
  late.devices = devices;
  clock.onJump((jump) => loop.note({ kind: "clock", open: { fromMs: jump.fromMs, toMs: jump.toMs, byMs: jump.byMs } }));

  const http = await openHttp(config.page, {
    desk: booth,
    now: () => clock.now().at,
    assets: settings.assets,
    metricsText: () => metrics.text(),
    onPages: metrics.pages,
    onBug: (error) => log.fatal({ err: error }, "bug in the page's server"),
  });
  loop.note({
    kind: "start",
    open: { version, lanes: plan.lanes.length, credentials: whitelist.size, simulation: config.simulation },
  });
  if (whitelist.damage !== undefined)
    loop.note({ kind: "fault", open: { code: "DATABASE_DAMAGED", message: whitelist.damage } });

  const systemd = openSystemd();
  const unwatch = systemd.watchdog(() => loop.canary());
  systemd.ready();
  const marking = setInterval(() => {
    journal.mark();
    metrics.clockTrust(clock.now().wall.trust);
    metrics.alarmsStanding(loop.alarms.standing().length);
    metrics.journalSeq(journal.durableSeq);
  }, CANARY_MS);
  marking.unref();
  log.info({ page: http.url, mqtt: mqtt?.port, credentials: whitelist.size, boot: journal.boot }, "gatepost is ready");

  return {
    url: http.url,
    mqttPort: mqtt?.port,
    log,
    wiring: wires,
    plan,
    profiles,
    async close() {
      systemd.stopping();
      unwatch();
      clearInterval(marking);
      await http.close();
      loop.note({ kind: "stop", open: {} });
      loop.close();
      devices.close();
      await mqtt?.link.close();
      await Promise.all([...lines.values()].map((line) => line.close()));
      await late.gpio?.close();
      await journal.close();
      whitelist.close();
      clock.close();
      metrics.close();
    },
  };
}

type Late = { readonly devices?: Devices; readonly gpio?: Gpio };

/** Each lane's commands → the contact, board or device that carries them out. */
function outputs(wires: Wiring, late: Late): ReadonlyMap<LaneId, Partial<Record<Command, Output>>> {
  const lines = new Map<string, ReturnType<Gpio["output"]>>();
  function output(target: OutputTarget): Output {
    switch (target.via) {
      case "board":
        return { send: () => commanded(late, target.device, "pulse", { channel: target.channel, ms: target.pulseMs }) };
      case "command":
        return { send: () => commanded(late, target.device, target.command, {}) };
      case "gpio":
        return {
          async send() {
            const key = String(target.offset);
            const line = lines.get(key) ?? late.gpio?.output({ offset: target.offset, activeLow: target.activeLow });
            if (line === undefined) return "failed";
            lines.set(key, line);
            await line.pulse(target.pulseMs);
            return "done";
          },
        };
    }
  }
  return new Map(
    [...wires.lanes].map(([lane, wired]) => {
      const made: Partial<Record<Command, Output>> = {};
      for (const command of ["open", "close", "stop"] as const) {
        const target = wired.outputs[command];
        if (target !== undefined) made[command] = output(target);
      }
      return [lane, made];
    }),
  );
}

function commanded(late: Late, device: string, name: string, args: Readonly<Record<string, number>>): Promise<Outcome> {
  return late.devices?.command(device, name, args) ?? Promise.resolve("failed");
}

const usesGpio = (wires: Wiring): boolean =>
  wires.gpioInputs.length > 0 ||
  [...wires.lanes.values()].some((lane) => Object.values(lane.outputs).some((target) => target?.via === "gpio"));

function joinGpioInputs(wires: Wiring, gpio: Gpio, loop: Loop): void {
  for (const wire of wires.gpioInputs) {
    const { source } = wire;
    if (source.via !== "gpio") continue;
    gpio.input(
      { offset: source.offset, activeLow: wire.activeLow, bias: source.bias, debounceMs: wire.debounceMs },
      (level) => loop.sense(wire.lane, wire.role, level),
    );
  }
}

/** A board's channels → the lanes' contacts. Only changes are told: a poll every 100 ms repeats what is known. */
function boardInputs(wires: Wiring, loop: Loop) {
  const told = new Map<string, ContactLevel>();
  return (device: string, levels: readonly { readonly channel: number; readonly level: ContactLevel }[]) => {
    for (const wire of wires.boardInputs.get(device) ?? []) {
      const { source } = wire;
      if (source.via !== "board") continue;
      const read = levels.find((one) => one.channel === source.channel)?.level;
      if (read === undefined) continue;
      const level = wire.activeLow ? turned(read) : read;
      const key = `${wire.lane} ${wire.role}`;
      if (told.get(key) === level) continue;
      told.set(key, level);
      loop.sense(wire.lane, wire.role satisfies InputRole, level);
    }
  };
}

function turned(level: ContactLevel): ContactLevel {
  if (level === "unknown") return "unknown";
  return level === "on" ? "off" : "on";
}

function wallDevices(loaded: Loaded, wires: Wiring, profiles: Profiles): readonly WallDevice[] {
  const readers = new Map<DeviceProfile, ReturnType<typeof compile>>();
  return loaded.config.devices.map((device) => {
    const profile = profiles.device(device.profile);
    const { params, errors } = completeParams(profile, device.params);
    if (errors[0] !== undefined) throw new GateError("CONFIG_INVALID", `device ${device.id}: ${errors[0]}`);
    const reader = readers.get(profile) ?? compile(profile);
    readers.set(profile, reader);
    const bus = wires.serialBuses.find((one) => one.devices.includes(device.id));
    return { id: device.id, reader, encode: encoder(profile), params, ...(bus === undefined ? {} : { line: bus.key }) };
  });
}

async function openLink(
  loaded: Loaded,
  wall: readonly WallDevice[],
  profiles: Profiles,
  clock: Clock,
  onForged: (owner: string | undefined, what: string) => void,
): Promise<{ readonly link: MqttLink; readonly port: number | undefined } | undefined> {
  const { config, secrets } = loaded;
  const now = () => clock.now().at;
  const { embedded, external } = config.mqtt ?? {};
  if (embedded !== undefined) {
    const broker = await openBroker({
      host: embedded.host,
      port: embedded.port,
      now,
      onForged,
      devices: config.devices.flatMap((device) => {
        const password = secrets.devices.get(device.id);
        const params = wall.find((one) => one.id === device.id)?.params;
        if (device.mqtt === undefined || password === undefined || params === undefined) return [];
        const profile = profiles.device(device.profile);
        return [
          {
            owner: device.id,
            username: device.mqtt.username ?? device.id,
            password,
            publishes: listening(profile, params).map(({ filter }) => filter),
            subscribes: speaking(profile, params),
          },
        ];
      }),
      ...(embedded.tls === undefined
        ? {}
        : { tls: { cert: pem(loaded, "mqtt.embedded.tls.cert"), key: pem(loaded, "mqtt.embedded.tls.key") } }),
    });
    return { link: broker, port: broker.port };
  }
  if (external === undefined) return undefined;
  const link = openMqtt(
    {
      url: external.url,
      clientId: `gatepost-${config.site.id}-${config.gate.id}`,
      protocolVersion: external.version === 5 ? 5 : 4,
      ...(external.username === undefined ? {} : { username: external.username }),
      ...(secrets.broker === undefined ? {} : { password: secrets.broker }),
      ...(external.caFile === undefined ? {} : { ca: pem(loaded, "mqtt.external.caFile") }),
      ...(external.certFile === undefined ? {} : { cert: pem(loaded, "mqtt.external.certFile") }),
      ...(external.keyFile === undefined ? {} : { key: pem(loaded, "mqtt.external.keyFile") }),
    },
    { now, random: Math.random },
  );
  return { link, port: undefined };
}

const pem = (loaded: Loaded, place: string): Uint8Array =>
  new TextEncoder().encode(loaded.secrets.files.get(place) ?? "");

function serialLines(
  wires: Wiring,
  settings: GateSettings,
  profiles: Profiles,
  loaded: Loaded,
  clock: Clock,
): ReadonlyMap<string, SerialLine> {
  return new Map(
    wires.serialBuses.map((bus) => {
      const path = bus.path ?? settings.simulatedLines?.get(bus.key);
      if (path === undefined)
        throw new GateError("SIMULATION_REFUSED", `${bus.key} is simulated and no street is running`);
      const first = loaded.config.devices.find((device) => bus.devices.includes(device.id));
      const link = first === undefined ? undefined : profiles.device(first.profile).link;
      const usual =
        link?.via === "serial"
          ? link
          : { baud: 9600, dataBits: 8 as const, parity: "none" as const, stopBits: 1 as const };
      const line = openSerial(
        {
          path,
          baud: bus.overrides.baud ?? usual.baud,
          dataBits: bus.overrides.dataBits ?? usual.dataBits,
          parity: bus.overrides.parity ?? usual.parity,
          stopBits: bus.overrides.stopBits ?? usual.stopBits,
        },
        { now: () => clock.now().at, random: Math.random },
      );
      return [bus.key, line];
    }),
  );
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
      const by = { who: String(last.open["by"] ?? ""), from: String(last.open["from"] ?? "") };
      const until = last.open["untilWallMs"];
      if (last.open["mode"] === "locked-down") return [[lane.id, { is: "locked-down", by }]];
      if (last.open["mode"] !== "locked-open" || typeof until !== "number") return [];
      // With a clock that can't be believed it ends at the longest time a person may order.
      const left =
        now.wall.trust === "untrusted"
          ? lane.maxLockedOpenMs
          : Math.min(until - now.wall.epochMs, lane.maxLockedOpenMs);
      return [[lane.id, { is: "locked-open", by, until: now.at + Math.max(0, left), id: "remembered" }]];
    }),
  );
}

function deviceNames(loaded: Loaded, wires: Wiring, plan: SitePlan, profiles: Profiles) {
  return new Map(
    loaded.config.devices.map((device) => {
      const point = plan.accessPoints.find((one) => one.id === wires.readers.get(device.id)?.[0]);
      const { zh } = profiles.device(device.profile).meta.title;
      return [device.id, { name: `${device.id} ${zh}`, ...(point === undefined ? {} : { lane: point.lane }) }];
    }),
  );
}

/** Alive while we answer; ready when we can decide and every lane that is moved has somebody to move it. */
function healthOf(parts: {
  readonly loop: Loop;
  readonly journal: Journal;
  readonly plan: SitePlan;
  readonly devices: Devices | undefined;
}): Health {
  const why: string[] = [];
  if (!parts.loop.canary()) why.push("a canary decision failed");
  for (const state of parts.devices?.states() ?? []) {
    if (state.link.is === "down") why.push(`${state.id}: ${state.link.why ?? "link down"}`);
  }
  return { alive: true, ready: why.length === 0, why };
}

function watch(
  told: {
    readonly event: string;
    readonly at: number;
    readonly effects: readonly import("./core/site.ts").SiteEffect[];
    readonly seq: number | undefined;
  },
  parts: { readonly log: Log; readonly metrics: Metrics; readonly journal: Journal; readonly clock: Clock },
): void {
  const { log, metrics, journal, clock } = parts;
  let moved = false;
  for (const effect of told.effects) {
    if (effect.do === "decided") {
      const reason = effect.decision.is === "granted" ? "granted" : effect.decision.reason;
      metrics.decided(reason, (clock.now().at - effect.asked.now.at) / 1000);
    }
    if (effect.do === "move") moved = true;
    if (effect.do === "passed") metrics.passed(effect.lane, effect.direction);
    if (effect.do === "raise") metrics.alarmed(effect.alarm);
  }
  if (moved && told.seq !== undefined) {
    const at = clock.now().at;
    journal.whenDurable(told.seq, () => metrics.durableAfter((clock.now().at - at) / 1000));
  }
  if (log.isLevelEnabled("info") && told.effects.length > 0) {
    log.info({ event: told.event, seq: told.seq, effects: told.effects.map((effect) => effectLine(effect)) }, "step");
  }
}

function effectLine(effect: import("./core/site.ts").SiteEffect): string {
  switch (effect.do) {
    case "decided":
      return `decided ${effect.decision.is === "denied" ? effect.decision.reason : effect.decision.is} at ${effect.asked.reader}`;
    case "merged":
      return `merged at ${effect.asked.reader}`;
    case "place":
      return `placed ${effect.area ?? "outside"}`;
    case "move":
      return `move ${effect.lane} ${effect.command}`;
    case "raise":
    case "calm":
      return `${effect.do} ${effect.lane} ${effect.alarm}`;
    case "passed":
      return `passed ${effect.lane} ${effect.direction}`;
    case "lapsed":
      return `lapsed ${effect.lane}`;
    case "mode":
      return `mode ${effect.lane} ${effect.mode}`;
    case "refuse":
      return `refuse ${effect.lane} ${effect.why}`;
  }
}
