/** `gatepost config`: what is in force, and what another configuration would change. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadProfiles } from "../adapters/profiles.ts";
import { difference } from "../config/difference.ts";
import { configSha256 } from "../config/fingerprint.ts";
import { checkText, type Loaded, type NotLoaded, readText } from "../config/load.ts";
import { error, type Finding, words } from "../config/problem.ts";
import type { Meant } from "../config/settings.ts";
import { OFFERED_FILE } from "../main-commands.ts";
import type { House } from "./house.ts";
import { type Standing, standingAt } from "./in-force.ts";
import type { ConfigDiffed, ConfigStatus } from "./works.ts";

export async function configStatusWork(
  house: House,
  { configPath }: { readonly configPath: string },
  env = process.env,
): Promise<ConfigStatus> {
  const standing = await standingAt(house, configPath, env);
  const { file, text, gate, inForce, dataDir } = standing;
  const offered = dataDir === undefined ? undefined : join(dataDir, OFFERED_FILE);
  return {
    file,
    ...(text === undefined ? {} : { fileSha256: configSha256(text) }),
    is: isNow(standing),
    ...(inForce === undefined ? {} : { inForce: inForce.file }),
    ...(gate?.config === undefined ? {} : { sha256: gate.config.sha256 }),
    ...(gate === undefined ? {} : { ready: gate.ready, why: gate.why }),
    ...(offered !== undefined && existsSync(offered) ? { offered } : {}),
  };
}

function isNow({ text, gate }: Standing): ConfigStatus["is"] {
  if (gate === undefined) return "not-running";
  if (gate.config === undefined) return "not-told";
  if (gate.config.standsIn) return "stands-in";
  return text !== undefined && configSha256(text) === gate.config.sha256 ? "in-force" : "other";
}

export async function configDiffWork(
  house: House,
  { configPath, file }: { readonly configPath: string; readonly file?: string },
  env = process.env,
): Promise<ConfigDiffed> {
  const standing = await standingAt(house, configPath, env);
  return diffed(house, standing, givenFile(standing, file), env);
}

export interface Given {
  readonly file: string;
  /** Or why it can't be read. */
  readonly read: { readonly text: string } | Finding;
}

/** The file that was named, or the one that was handed in. */
export function givenFile({ dataDir, file: own }: Standing, file: string | undefined): Given {
  const offered = dataDir === undefined ? undefined : join(dataDir, OFFERED_FILE);
  if (file !== undefined || (offered !== undefined && existsSync(offered))) {
    const place = resolve(file ?? offered ?? "");
    return { file: place, read: readText(place) };
  }
  const message = words("没有交来的配置", "No configuration was handed in");
  const hint = words("写文件名：gatepost config diff FILE", "Name one: gatepost config diff FILE");
  return { file: offered ?? own, read: error("CONFIG_UNREADABLE", [], message, hint) };
}

/** Checked as if it lay where gate.yaml lies, for there it will lie; its errors name the file that was given. */
export function diffed(
  house: House,
  standing: Standing,
  { file, read }: Given,
  env: NodeJS.ProcessEnv,
): ConfigDiffed & { readonly loaded: Loaded | NotLoaded } {
  if (!("text" in read)) {
    const errors = [{ ...read, file, line: 1, column: 1, path: "" }];
    return { file, errors, warnings: [], changes: [], loaded: { errors, warnings: [] } };
  }
  const today = new Date().toISOString().slice(0, 10);
  const loaded = checkText(standing.file, read.text, env, { ...house.loadOptions, today });
  const base = standing.inForce;
  const before =
    base === undefined
      ? undefined
      : checkText(standing.file, base.text, env, { ...house.loadOptions, readSecrets: false });
  const named = (problems: Loaded["warnings"]) =>
    problems.map((one) => (one.file === standing.file ? { ...one, file } : one));
  const meant = (one: Loaded): Meant => ({ config: one.config, defaults: loadProfiles(one.profilesDirs).defaults });
  return {
    loaded,
    file,
    ...(base === undefined ? {} : { base: base.file }),
    errors: "errors" in loaded ? named(loaded.errors) : [],
    warnings: named(loaded.warnings),
    changes:
      "errors" in loaded
        ? []
        : difference(before !== undefined && "config" in before ? meant(before) : undefined, meant(loaded)),
  };
}
