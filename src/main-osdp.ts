/** OSDP buses: each serial line with readers of that kind on it, their keys, and what their panel tells. */
import { randomBytes } from "node:crypto";
import { aes128 } from "./adapters/aes.ts";
import { openInstalled } from "./adapters/osdp-installed.ts";
import type { Profiles } from "./adapters/profiles.ts";
import type { Loaded } from "./config/load.ts";
import type { DeviceConfig } from "./config/schema.ts";
import type { SerialBus, Wiring } from "./config/wiring-terms.ts";
import { GateError } from "./core/fault.ts";
import type { SiteEffect } from "./core/site.ts";
import type { DeviceId } from "./core/terms.ts";
import type { ReaderPlan } from "./decode/osdp-terms.ts";
import type { Devices } from "./shell/devices.ts";
import type { Loop } from "./shell/loop.ts";
import { type Mood, type OsdpBus, type OsdpDeps, openOsdpBus } from "./shell/osdp.ts";
import type { BusReader } from "./shell/osdp-told.ts";
import type { Clock, SerialLine } from "./shell/ports.ts";

interface Parts {
  readonly loaded: Loaded;
  readonly wires: Wiring;
  readonly profiles: Profiles;
  readonly lines: ReadonlyMap<string, SerialLine>;
  readonly clock: Clock;
}

interface Told extends Pick<OsdpDeps, "inputs" | "onFault" | "onOffline"> {
  readonly loop: Loop;
  readonly name: (device: DeviceId) => string;
}

export interface OsdpReaders {
  /** Shows at each reader what became of what was presented there. */
  decided(effects: readonly SiteEffect[]): void;
  /** One face for all devices: OSDP readers and the others. */
  beside(others: Devices): Devices;
  close(): void;
}

/** @throws GateError CONFIG_INVALID, SECRET_UNREADABLE */
export function openOsdpReaders(parts: Parts, told: Told): OsdpReaders {
  // One alarm for all buses: it ends when the last reader is good again.
  const standing: Standing = { insecure: new Set(), tampered: new Set() };
  const buses = parts.wires.serialBuses.flatMap((bus) => {
    const line = parts.lines.get(bus.key);
    const readers = readersOn(bus, parts);
    return line === undefined || readers.length === 0
      ? []
      : [openBus(bus, line, readers, parts, { ...told, standing })];
  });
  const busOf = (device: DeviceId) => buses.find((bus) => bus.has(device));
  return {
    decided(effects) {
      for (const effect of effects)
        if (effect.do === "decided") busOf(effect.asked.reader)?.show(effect.asked.reader, moodOf(effect.decision.is));
    },
    beside: (others) => ({
      command: (device, name, args) => (busOf(device) ?? others).command(device, name, args),
      async converse(device, name, args) {
        const bus = busOf(device);
        return bus === undefined ? others.converse(device, name, args) : { outcome: await bus.say(device, name, args) };
      },
      states: () => [...others.states(), ...buses.flatMap((bus) => bus.states())],
      close: others.close,
    }),
    close() {
      for (const bus of buses) bus.close();
    },
  };
}

const moodOf = (decision: "granted" | "waiting" | "denied"): Mood => decision;

function readersOn(bus: SerialBus, parts: Parts): readonly BusReader[] {
  const installed = openInstalled(parts.loaded.dataDir);
  return parts.loaded.config.devices.flatMap((device) => {
    const profile = parts.profiles.osdp(device.profile);
    if (profile === undefined || !bus.devices.includes(device.id)) return [];
    const { address } = device.params;
    if (typeof address !== "number")
      throw new GateError("CONFIG_INVALID", `device ${device.id}: parameter \`address\` is missing`);
    const security = securityOf(device, parts, installed.has);
    return [{ profile, plan: { device: device.id, address, security, cards: profile.cards, pins: profile.pins } }];
  });
}

function securityOf(
  { id, osdp }: DeviceConfig,
  { loaded, clock }: Parts,
  isInstalled: (device: DeviceId, key: Uint8Array) => boolean,
): ReaderPlan["security"] {
  if (osdp?.clear !== undefined) return { is: "clear" };
  const hex = loaded.secrets.readerKeys.get(id);
  // Never in clear text what was to be encrypted: the check has stopped the start before this.
  if (hex === undefined) throw new GateError("SECRET_UNREADABLE", `the key of reader ${id} is not to be had`);
  const key = Uint8Array.from(Buffer.from(hex, "hex"));
  if (osdp?.installMinutes === undefined || isInstalled(id, key)) return { is: "secure", key };
  return { is: "secure", key, installUntil: clock.at() + osdp.installMinutes * 60_000 };
}

type Standing = { readonly insecure: Set<DeviceId>; readonly tampered: Set<DeviceId> };

function openBus(
  bus: SerialBus,
  line: SerialLine,
  readers: readonly BusReader[],
  parts: Parts,
  told: Told & { readonly standing: Standing },
): OsdpBus {
  const { loop, name, standing } = told;
  const note = (device: DeviceId, what: Readonly<Record<string, unknown>>) =>
    void loop.note({ kind: "device", open: { device, ...what } });
  const installed = openInstalled(parts.loaded.dataDir);
  return openOsdpBus({
    line,
    baud: bus.overrides.baud ?? readers[0]?.profile.link.baud ?? 9600,
    readers,
    clock: parts.clock,
    cipher: aes128,
    draw: (bytes) => Uint8Array.from(randomBytes(bytes)),
    hear: (origin, report) => void loop.hear(origin, report),
    inputs: told.inputs,
    onFault: told.onFault,
    onOffline: told.onOffline,
    onInsecure(device, why) {
      note(device, { insecure: why !== undefined, ...(why === undefined ? {} : { why }) });
      if (why !== undefined) {
        standing.insecure.add(device);
        loop.raise("reader-insecure", undefined, `${name(device)}: ${why}`);
      } else if (standing.insecure.delete(device) && standing.insecure.size === 0) loop.calm("reader-insecure");
    },
    // A row for the technician; that a reader is gone has an alarm of its own.
    onPower: (device, failing) => note(device, { powerFailing: failing }),
    onTamper(device, tampered) {
      note(device, { tampered });
      if (tampered) {
        standing.tampered.add(device);
        loop.raise("device-tampered", undefined, name(device));
      } else if (standing.tampered.delete(device) && standing.tampered.size === 0) loop.calm("device-tampered");
    },
    onInstalled(device) {
      const security = readers.find(({ plan }) => plan.device === device)?.plan.security;
      note(device, { installed: true });
      if (security?.is !== "secure") return;
      try {
        installed.add(device, security.key);
      } catch (cause) {
        if (!(cause instanceof GateError)) throw cause;
        loop.note({ kind: "fault", open: { code: cause.code, message: cause.message } });
      }
    },
    onIdentity: (device, identity) => note(device, { identity }),
  });
}
