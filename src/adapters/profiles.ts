/** Reads the folders of device profiles. A later folder's profile takes the place of an earlier one of the same id. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import type { InputRole, LaneTimes } from "../core/terms.ts";
import { isContact, isDevice, isOsdp, parseProfile } from "../decode/load.ts";
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

/** @throws GateError PROFILE_INVALID with every finding of every file. */
export function loadProfiles(folders: readonly string[]): Profiles {
  const found = new Map<string, Profile>();
  const wrong: string[] = [];
  for (const folder of folders) {
    for (const name of readdirSync(folder).toSorted()) {
      if (!name.endsWith(".json") || name.endsWith(".schema.json")) continue;
      const loaded = parseProfile(readFileSync(join(folder, name), "utf8"), name);
      if (loaded.is === "profile") found.set(loaded.profile.meta.id, loaded.profile);
      else
        wrong.push(
          ...loaded.errors.map(
            (error) =>
              `${join(folder, name)} ${error.where}: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`,
          ),
        );
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
