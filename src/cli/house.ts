/** Our own files, wherever we are installed, and the configuration they are used with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadProfiles } from "../adapters/profiles.ts";
import { loadOrLastGood } from "../config/last-good.ts";
import { type Loaded, type LoadOptions, loadConfig } from "../config/load.ts";
import type { ConfigError, Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { type Lang, say } from "./verb.ts";

/** Where systemd lays the service's credentials while it runs; what isn't the service looks at them there. */
const SERVICE_CREDENTIALS = "/run/credentials/gatepost.service";

/** Where our own files are: beside dist/, or above src/ when run from source. */
export interface House {
  readonly version: string;
  readonly profiles: string;
  readonly config: string;
  readonly page: string;
  readonly loadOptions: LoadOptions;
  /** Which language faults of the configuration are told in. */
  readonly lang: Lang;
  /** Onto standard error, the same line once: a verb may read its configuration twice. */
  readonly note: (line: string) => void;
}

export function houseAt(top: string, lang: Lang = "both"): House {
  const told: unknown = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
  const version = typeof told === "object" && told !== null && "version" in told ? String(told.version) : "0";
  const profiles = join(top, "device-profiles");
  const noted = new Set<string>();
  return {
    version,
    lang,
    note: (line) => {
      if (!noted.has(line)) process.stderr.write(`${line}\n`);
      noted.add(line);
    },
    profiles,
    config: join(top, "config"),
    page: join(top, "dist", "web"),
    loadOptions: {
      shippedProfilesDir: profiles,
      readProfiles: (dirs) => loadProfiles(dirs).defaults,
      serviceCredentials: SERVICE_CREDENTIALS,
    },
  };
}

/** The configuration; of its warnings one line on standard error, since `check` tells them. @throws GateError CONFIG_INVALID */
export function loadOrSay(house: House, path: string, env: NodeJS.ProcessEnv, readSecrets = true): Loaded {
  const loaded = loadConfig(path, env, { ...house.loadOptions, readSecrets });
  if ("config" in loaded) {
    sayWarned(house, loaded);
    return loaded;
  }
  throw invalid(house, loaded.errors);
}

/** For a gate that has to run: the last good configuration where gate.yaml can't be used, said loudly. @throws GateError CONFIG_INVALID */
export function loadToRun(house: House, path: string, env: NodeJS.ProcessEnv): Loaded {
  // It is the service, or runs by hand beside one: it has what it was given, and no other's.
  const { serviceCredentials: _, ...options } = house.loadOptions;
  const loaded = loadOrLastGood(path, env, options);
  if (!("config" in loaded)) throw invalid(house, loaded.errors);
  for (const problem of loaded.broken ?? []) house.note(line(problem, house.lang));
  if (loaded.broken !== undefined) house.note(say(STANDS_IN, house.lang));
  sayWarned(house, loaded);
  return loaded;
}

function sayWarned({ lang, note }: House, { file, warnings }: Loaded): void {
  const count = warnings.length;
  if (count === 0) return;
  const told: Words = {
    zh: `${count} 个警告：gatepost check 查看`,
    en: `${count} ${count === 1 ? "warning" : "warnings"}: gatepost check`,
  };
  note(`${file}: ${say(told, lang)}`);
}

const STANDS_IN: Words = {
  zh: "配置文件有错，门岗按上一份好的配置运行；改好后重新启动",
  en: "gate.yaml has errors; the gate runs by the last good one. Mend it and restart",
};

const invalid = (house: House, errors: readonly ConfigError[]) =>
  new GateError("CONFIG_INVALID", `\n  ${errors.map((one) => line(one, house.lang)).join("\n  ")}`);

function line(problem: ConfigError, lang: Lang): string {
  const { file, line: at, column, code, message, hint } = problem;
  return `${file}:${at}:${column} ${code} ${say(message, lang)} → ${say(hint, lang)}`;
}
