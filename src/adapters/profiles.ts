/** Reads the folders of device profiles. A later folder's profile takes the place of an earlier one of the same id. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { GateError } from "../core/fault.ts";
import type { InputRole, LaneTimes } from "../core/terms.ts";
import { type Finding, isContact, isDevice, isOsdp, parseProfile } from "../decode/load.ts";
import type { ContactProfile, DeviceProfile, OsdpProfile, Profile } from "../decode/profile.ts";

export interface Profiles {
  readonly all: readonly Profile[];
  /** @throws GateError PROFILE_UNKNOWN */
  device(id: string): DeviceProfile;
  /** Undefined = no profile of an OSDP reader. */
  osdp(id: string): OsdpProfile | undefined;
  /** Whatever its form. */
  any(id: string): Profile | undefined;
  /** What a barrier's profile gives to its lane; undefined = no such dry-contact profile. */
  defaults(id: string): ContactDefaults | undefined;
}

export interface ContactDefaults {
  readonly times: LaneTimes;
  readonly outputs: ContactProfile["outputs"];
  readonly inputs: Partial<
    Record<
      InputRole,
      { readonly activeLow: boolean; readonly debounceMs: number; readonly bias: "up" | "down" | "none" }
    >
  >;
}

/** One profile by its file. @throws GateError PROFILE_UNKNOWN when it can't be read, PROFILE_INVALID with every finding. */
export function loadProfile(file: string): Profile {
  const loaded = parseProfile(profileText(file), basename(file));
  if (loaded.is === "profile") return loaded.profile;
  throw new GateError("PROFILE_INVALID", loaded.errors.map((error) => complaint(file, error)).join("\n"));
}

function profileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GateError("PROFILE_UNKNOWN", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** One line: file, place in it, what is wrong, what belongs there. */
function complaint(file: string, { where, message, hint }: Finding): string {
  return `${file} ${where}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** @throws GateError PROFILE_INVALID with every finding of every file, one a line. */
export function loadProfiles(folders: readonly string[]): Profiles {
  const found = new Map<string, Profile>();
  const wrong: string[] = [];
  for (const folder of folders) {
    for (const name of readdirSync(folder).toSorted()) {
      if (!name.endsWith(".json") || name.endsWith(".schema.json")) continue;
      const loaded = parseProfile(readFileSync(join(folder, name), "utf8"), name);
      if (loaded.is === "profile") found.set(loaded.profile.meta.id, loaded.profile);
      else wrong.push(...loaded.errors.map((error) => complaint(join(folder, name), error)));
    }
  }
  if (wrong.length > 0) throw new GateError("PROFILE_INVALID", wrong.join("\n"));
  return {
    all: [...found.values()],
    device(id) {
      const profile = found.get(id);
      if (profile === undefined || !isDevice(profile)) {
        throw new GateError(
          "PROFILE_UNKNOWN",
          `there is no device profile "${id}"; there are: ${[...found.keys()].join(", ")}`,
        );
      }
      return profile;
    },
    osdp(id) {
      const profile = found.get(id);
      return profile !== undefined && isOsdp(profile) ? profile : undefined;
    },
    any: (id) => found.get(id),
    defaults(id) {
      const profile = found.get(id);
      return profile !== undefined && isContact(profile) ? profile : undefined;
    },
  };
}
