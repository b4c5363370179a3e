/** The profile that a command line names: by its id, shipped or in the site's own folder, or by its file. */
import { resolve } from "node:path";
import { loadProfile, loadProfiles } from "../adapters/profiles.ts";
import { GateError } from "../core/fault.ts";
import { isContact } from "../decode/load.ts";
import type { ContactProfile, DeviceProfile, OsdpProfile, Profile } from "../decode/profile.ts";
import { type House, loadOrSay } from "./house.ts";

export type Spoken = DeviceProfile | OsdpProfile;

/**
 * `named` with a slash or `.json` in it is a file, and needs no configuration: a profile is written before there is one.
 * @throws GateError PROFILE_UNKNOWN, PROFILE_INVALID, CONFIG_INVALID
 */
export function profileGiven(house: House, named: string, configPath: string | undefined): Profile {
  if (isFile(named)) return loadProfile(resolve(named));
  const extra = configPath === undefined ? [] : loadOrSay(house, configPath, process.env, false).profilesDirs;
  const profiles = loadProfiles([house.profiles, ...extra]);
  return profiles.any(named) ?? profiles.device(named);
}

/** The same, for a device that speaks. @throws GateError also where it is wired by contacts only. */
export function speakerGiven(house: House, named: string, configPath: string | undefined): Spoken {
  const profile = profileGiven(house, named, configPath);
  if (isContact(profile)) throw dryContact(profile);
  return profile;
}

function dryContact({ meta }: ContactProfile): GateError {
  return new GateError("PROFILE_UNKNOWN", `${meta.id} is wired by contacts: it sends no messages, and takes none`);
}

const isFile = (named: string): boolean => named.includes("/") || named.endsWith(".json");
