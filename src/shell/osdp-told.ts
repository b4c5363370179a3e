/** What the readers of an OSDP bus tell, joined with the loop: each thing once, not at every poll. */
import type { ContactLevel, DeviceId, Millis, Report } from "../core/terms.ts";
import type { Out, ReaderPlan } from "../decode/osdp-terms.ts";
import type { OsdpProfile } from "../decode/profile.ts";
import type { Origin } from "./loop.ts";
import type { Clock } from "./ports.ts";

export interface BusReader {
  readonly plan: ReaderPlan;
  readonly profile: OsdpProfile;
}

export interface ToldDeps {
  /** At least one; all on one line. */
  readonly readers: readonly BusReader[];
  readonly clock: Clock;
  readonly hear: (origin: Origin, report: Report) => void;
  readonly inputs: (
    device: DeviceId,
    levels: readonly { readonly channel: number; readonly level: ContactLevel }[],
  ) => void;
  readonly onFault: (device: DeviceId | undefined, code: string, where: string, message: string) => void;
  readonly onOffline: (device: DeviceId, offline: boolean, why: string) => void;
  /** It doesn't prove what it is; undefined = it does again. */
  readonly onInsecure: (device: DeviceId, why: string | undefined) => void;
  readonly onTamper: (device: DeviceId, tampered: boolean) => void;
  /** Its own supply fails, or is good again. */
  readonly onPower: (device: DeviceId, failing: boolean) => void;
  /** Its own key works: install mode is over for good. */
  readonly onInstalled: (device: DeviceId) => void;
  readonly onIdentity: (device: DeviceId, identity: Readonly<Record<string, string | number>>) => void;
}

export interface Kept extends BusReader {
  heard: number;
  faults: number;
  offline: boolean;
  tampered: boolean;
  powerFails: boolean;
  insecure: boolean;
  identity: string | undefined;
  /** The last fresh credential, so that one that is held to the reader counts once. */
  last: { readonly value: string; readonly at: Millis } | undefined;
}

export interface Told {
  readonly kept: ReadonlyMap<DeviceId, Kept>;
  take(out: Exclude<Out, { readonly do: "send" | "answer" }>, epoch: number): void;
}

const ALL_UNKNOWN = Array.from({ length: 64 }, (_, i) => ({ channel: i + 1, level: "unknown" as const }));
const NEW = {
  heard: 0,
  faults: 0,
  offline: false,
  tampered: false,
  powerFails: false,
  insecure: false,
  identity: undefined,
  last: undefined,
};

export function openTold(deps: ToldDeps): Told {
  const kept = new Map<DeviceId, Kept>(deps.readers.map((reader) => [reader.plan.device, { ...NEW, ...reader }]));

  function told(one: Kept, out: Exclude<Out, { readonly do: "send" | "answer" | "fault" }>, epoch: number): void {
    const { device } = out;
    switch (out.do) {
      case "present":
        one.heard++;
        return present(one, out, epoch);
      case "inputs":
        return deps.inputs(
          device,
          out.on.map((on, i) => ({ channel: i + 1, level: on ? "on" : "off" })),
        );
      case "local":
        if (one.tampered !== out.tamper) deps.onTamper(device, out.tamper);
        one.tampered = out.tamper;
        if (one.powerFails !== out.power) deps.onPower(device, out.power);
        one.powerFails = out.power;
        return;
      case "identity":
        return identified(one, out.identity);
      case "online":
        return online(one, out.secure);
      case "offline":
        deps.inputs(device, ALL_UNKNOWN);
        if (!one.offline) deps.onOffline(device, true, out.why);
        one.offline = true;
        return;
      case "distrust":
        one.insecure = true;
        return deps.onInsecure(device, out.why);
      case "installed":
        return deps.onInstalled(device);
    }
  }

  /** Told when it is another one than before, not at each greeting. */
  function identified(one: Kept, identity: Extract<Out, { readonly do: "identity" }>["identity"]): void {
    const text = JSON.stringify(identity);
    if (one.identity !== text) deps.onIdentity(one.plan.device, { ...identity });
    one.identity = text;
  }

  function online(one: Kept, isSecure: boolean): void {
    const { device } = one.plan;
    if (one.insecure) deps.onInsecure(device, undefined);
    one.insecure = false;
    if (one.offline) deps.onOffline(device, false, isSecure ? "secure channel established" : "heard again");
    one.offline = false;
  }

  function present(one: Kept, { device, claim, old }: Extract<Out, { readonly do: "present" }>, epoch: number): void {
    const at = deps.clock.at();
    // Held on: the quiet time begins anew with each repeat. What was kept in the reader silences nobody who is there now.
    const isAgain = one.last?.value === claim.value && at - one.last.at < one.profile.repeatQuietMs;
    if (!old) one.last = { value: claim.value, at };
    if (isAgain) return;
    deps.hear(
      { device, epoch, retained: false, redelivered: false, beforeConnection: old },
      { is: "presented", claim, live: true },
    );
  }

  return {
    kept,
    take(out, epoch) {
      const one = out.device === undefined ? undefined : kept.get(out.device);
      if (out.do !== "fault") {
        if (one !== undefined) told(one, out, epoch);
        return;
      }
      if (one !== undefined) one.faults++;
      deps.onFault(out.device, out.code, "line", out.message);
    },
  };
}
