/** What the configuration needs to know of device profiles: which exist, how they are linked, what they claim. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CredentialType, InputRole, LaneTimes } from "../core/terms.ts";
import type { SerialSettings } from "./wiring-terms.ts";

export interface ProfileBrief {
  readonly id: string;
  /** Absent = none: a barrier behind dry contacts, which is no device. */
  readonly link?: "mqtt" | "serial" | "http";
  /** Its protocol is code. */
  readonly driver?: "osdp";
  /** One sender speaks for many devices of it, with one account. */
  readonly hub?: true;
  /** Its faces are recognised without looking whether they live: a printed photo can match. */
  readonly noLiveness?: true;
  /** What its readers present. One that claims faces needs a purpose. */
  readonly claims: readonly CredentialType[];
  /** The line settings it asks for. */
  readonly serial?: Partial<Omit<SerialSettings, "path">>;
  /** How its frames are cut out of the line, as text to compare; absent = not known. */
  readonly framing?: string;
  /** Parameters it knows; absent = any. */
  readonly params?: Readonly<Record<string, ParamBrief>>;
  /** Commands it knows and what each moves; absent = any. */
  readonly commands?: Readonly<Record<string, string>>;
  /** What its pulse command takes; absent = not known. */
  readonly pulse?: Readonly<Record<"channel" | "ms", Range>>;
  /** It can be told which faces to hold. */
  readonly roster?: true;
  /** It calls us; absent = not known. */
  readonly pushes?: boolean;
  /** It can be called; whether it wants a password. */
  readonly calls?: { readonly password: boolean };
  /** Commands of it that are requests to it. */
  readonly called?: readonly string[];
  /** Whether it tells levels of inputs; absent = not known. */
  readonly inputs?: boolean;
}
export type Range = readonly [least: number, most: number];
export interface ParamBrief {
  readonly required: boolean;
  readonly type: "text" | "number";
}

/** Defaults that a barrier's profile gives to its lane. */
export interface ProfileDefaults {
  readonly times?: Partial<LaneTimes>;
  /** `activeLow` counts for GPIO lines only. */
  readonly outputs?: Partial<
    Record<"open" | "close" | "stop", { readonly pulseMs: number; readonly activeLow?: boolean }>
  >;
  /** `activeLow` as on a pulled-up GPIO line, where a made contact reads low; `bias` counts for GPIO lines only. */
  readonly inputs?: Partial<Record<InputRole, InputDefaults>>;
}
export interface InputDefaults {
  readonly activeLow?: boolean;
  readonly debounceMs?: number;
  readonly bias?: "up" | "down" | "none";
}
export type ProfileDefaultsOf = (profile: string) => ProfileDefaults | undefined;

export interface ProfileBriefs {
  readonly briefs: readonly ProfileBrief[];
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
}

/** The device profiles that come with gatepost. */
export const SHIPPED_PROFILES = fileURLToPath(new URL("../../device-profiles/", import.meta.url));

/** Briefs of every profile in these folders, judged by the JSON alone; the full check of a profile is decode's. */
export function profileBriefs(folders: readonly string[]): ProfileBriefs {
  const briefs = new Map<string, ProfileBrief>();
  const unreadable: string[] = [];
  for (const folder of folders) {
    const names = jsonNames(folder);
    if (names === undefined) {
      unreadable.push(folder);
      continue;
    }
    for (const name of names) {
      const brief = briefOf(join(folder, name));
      if (brief !== undefined) briefs.set(brief.id, brief);
    }
  }
  return { briefs: [...briefs.values()], unreadable };
}

function jsonNames(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json") && !name.endsWith(".schema.json"));
  } catch {
    return undefined;
  }
}

/** A file that is no profile yields none; the decode side names what is wrong with it. */
function briefOf(file: string): ProfileBrief | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isGroup(json)) return undefined;
  const id = isGroup(json.meta) ? json.meta.id : undefined;
  if (typeof id !== "string") return undefined;
  const via = isGroup(json.link) ? json.link.via : undefined;
  const link = via === "mqtt" || via === "serial" || via === "http" ? via : undefined;
  return {
    id,
    ...(isHub(json.identity) ? { hub: true as const } : {}),
    ...(hasQuirk(json.quirks, "no-liveness") ? { noLiveness: true as const } : {}),
    claims: CLAIMS.filter((type) => claims(json.messages, type)),
    ...(link === undefined
      ? {}
      : {
          link,
          params: paramsOf(json.params),
          commands: commandsOf(json.commands),
          inputs: reports(json.messages, "inputs"),
          ...(isGroup(json.roster) ? { roster: true as const } : {}),
          ...pulseOf(json.commands),
        }),
    ...(link === "http" && isGroup(json.link) ? callsOf(json.link, json.commands) : {}),
    ...(json.form === "osdp" ? osdpBrief(json.outputs, json.display !== undefined) : {}),
    ...(link === "serial" && isGroup(json.link) ? { serial: serialOf(json.link) } : {}),
    ...(isGroup(json.framing) ? { framing: sortedText(json.framing) } : {}),
  };
}

/** What the driver can with every reader; its relays and its display are the profile's. */
function osdpBrief(
  outputs: unknown,
  shows: boolean,
): Pick<ProfileBrief, "driver" | "claims" | "commands" | "inputs" | "pulse"> {
  const relays = typeof outputs === "number" ? outputs : 0;
  return {
    driver: "osdp",
    claims: ["card", "pin"],
    inputs: true,
    commands: { ...(relays === 0 ? {} : { pulse: "none" }), ...(shows ? { say: "none" } : {}) },
    ...(relays === 0 ? {} : { pulse: { channel: [1, relays], ms: [100, 5_000] } }),
  };
}

function hasQuirk(quirks: unknown, name: string): boolean {
  return Array.isArray(quirks) && quirks.some((quirk) => isGroup(quirk) && quirk.name === name);
}

function isHub(identity: unknown): boolean {
  return Array.isArray(identity) && identity.some((place) => isGroup(place) && place.hub === true);
}

const CLAIMS = ["face", "plate", "card", "pin", "code"] as const satisfies readonly CredentialType[];

function paramsOf(params: unknown): Readonly<Record<string, ParamBrief>> {
  if (!isGroup(params)) return {};
  return Object.fromEntries(
    Object.entries(params).map(([name, param]) => [
      name,
      {
        required: isGroup(param) && param.default === undefined,
        type: isGroup(param) && param.type === "number" ? "number" : "text",
      },
    ]),
  );
}

function commandsOf(commands: unknown): Readonly<Record<string, string>> {
  if (!isGroup(commands)) return {};
  return Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [name, isGroup(command) ? String(command.moves) : ""]),
  );
}

function callsOf(
  link: Readonly<Record<string, unknown>>,
  commands: unknown,
): Pick<ProfileBrief, "pushes" | "calls" | "called"> {
  const named = Object.entries(isGroup(commands) ? commands : {});
  return {
    pushes: Array.isArray(link.paths) && link.paths.length > 0,
    ...(isGroup(link.calls) ? { calls: { password: link.calls.auth !== "none" } } : {}),
    called: named.flatMap(([name, command]) =>
      isGroup(command) && isGroup(command.out) && "request" in command.out ? [name] : [],
    ),
  };
}

/** Limits of the pulse command's arguments. A pulse without them isn't one that an output can use. */
function pulseOf(commands: unknown): Pick<ProfileBrief, "pulse"> {
  const pulse = isGroup(commands) ? commands.pulse : undefined;
  const args = isGroup(pulse) && isGroup(pulse.args) ? pulse.args : {};
  const [channel, ms] = [rangeOf(args.channel), rangeOf(args.ms)];
  return channel === undefined || ms === undefined ? {} : { pulse: { channel, ms } };
}

function rangeOf(arg: unknown): Range | undefined {
  if (!isGroup(arg) || typeof arg.min !== "number" || typeof arg.max !== "number") return undefined;
  return [arg.min, arg.max];
}

/** Whether a report of this kind is made anywhere in the messages. */
function reports(value: unknown, is: string): boolean {
  if (Array.isArray(value)) return value.some((item) => reports(item, is));
  if (!isGroup(value)) return false;
  return value.is === is || Object.values(value).some((inner) => reports(inner, is));
}

function serialOf({
  baud,
  dataBits,
  parity,
  stopBits,
}: Readonly<Record<string, unknown>>): NonNullable<ProfileBrief["serial"]> {
  return {
    ...(typeof baud === "number" ? { baud } : {}),
    ...(dataBits === 7 || dataBits === 8 ? { dataBits } : {}),
    ...(parity === "none" || parity === "even" || parity === "odd" ? { parity } : {}),
    ...(stopBits === 1 || stopBits === 2 ? { stopBits } : {}),
  };
}

/** The same text for the same group, in whatever order its keys are written. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isGroup(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** Whether a claim of this type is made anywhere in the messages. */
function claims(value: unknown, type: CredentialType): boolean {
  if (Array.isArray(value)) return value.some((item) => claims(item, type));
  if (!isGroup(value)) return false;
  if (isGroup(value.claim) && value.claim.type === type) return true;
  return Object.values(value).some((inner) => claims(inner, type));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
