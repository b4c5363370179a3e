/** Reads gate.yaml: everything that is wrong with it at once, each with its line, or a configuration to work by. */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { GateError } from "../core/fault.ts";
import { type Environment, override } from "./environment.ts";
import { findingsOf } from "./issues.ts";
import { migrate } from "./migrate.ts";
import type { ConfigError, Finding, Path } from "./problem.ts";
import { error, pathText, words } from "./problem.ts";
import { type ProfileBrief, type ProfileDefaultsOf, profileBriefs, SHIPPED_PROFILES } from "./profiles.ts";
import { boardFindings } from "./rules-boards.ts";
import { dangerFindings } from "./rules-dangers.ts";
import { holidayFindings } from "./rules-holidays.ts";
import { homeFindings } from "./rules-home.ts";
import { laneFindings } from "./rules-lanes.ts";
import { linkFindings } from "./rules-links.ts";
import { osdpFindings, readerKeyFindings } from "./rules-osdp.ts";
import { pageFindings } from "./rules-page.ts";
import { profileFindings } from "./rules-profiles.ts";
import { referenceFindings } from "./rules-references.ts";
import { senseFindings } from "./rules-senses.ts";
import { sharingFindings } from "./rules-sharing.ts";
import { simulationFindings } from "./rules-simulation.ts";
import { terminalFindings } from "./rules-terminals.ts";
import { commandKeyFindings, uplinkFindings } from "./rules-uplink.ts";
import { viidFindings } from "./rules-viid.ts";
import { wiringFindings } from "./rules-wiring.ts";
import { type GateConfig, gateSchema } from "./schema.ts";
import { keysAt } from "./schema-keys.ts";
import { readSecrets, type Secrets, secretFindings, withCredentials } from "./secrets.ts";
import { LARGEST_CONFIG_BYTES, readSource, type Source } from "./source.ts";

export interface Loaded {
  readonly config: GateConfig;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute; the shipped ones first, so that a later folder overrides a profile of the same id. */
  readonly profilesDirs: readonly string[];
  readonly secrets: Secrets;
  readonly warnings: readonly ConfigError[];
  /** As it was read. */
  readonly text: string;
  /** This is the last good configuration, and why gate.yaml itself isn't used. */
  readonly broken?: readonly ConfigError[];
}
export interface NotLoaded {
  /** At least one; errors first, then warnings, each by line. */
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly ConfigError[];
}

export interface LoadOptions {
  /** Profiles to believe in instead of reading the folders. */
  readonly profiles?: readonly ProfileBrief[];
  readonly profileDefaults?: ProfileDefaultsOf;
  /** Reads them from these folders as the gate will; @throws GateError PROFILE_INVALID */
  readonly readProfiles?: (dirs: readonly string[]) => ProfileDefaultsOf;
  /** The shipped device profiles; for installations that keep them elsewhere. */
  readonly shippedProfilesDir?: string;
  /** `false` checks without opening secret files (a technician's laptop has none). */
  readonly readSecrets?: boolean;
  /** The running service's credentials, for a verb that systemd gave none; what isn't there changes nothing. */
  readonly serviceCredentials?: string;
  /** For whom a person asks: whether the holiday list reaches this date, `YYYY-MM-DD`. Absent = what depends on the day isn't told. */
  readonly today?: string;
}

const NO_SECRETS: Secrets = { devices: new Map(), calls: new Map(), readerKeys: new Map(), files: new Map() };

/** Loads and checks the configuration at `path`. Never throws for anything in the file or the environment. */
export function loadConfig(path: string, env: Environment, options: LoadOptions = {}): Loaded | NotLoaded {
  const file = resolve(path);
  const text = readText(file);
  if ("code" in text) return notLoaded([{ ...text, file, line: 1, column: 1, path: "" }]);
  return checkText(file, text.text, env, options);
}

/** The same for a text that isn't in force: as if it lay at `file`. */
export function checkText(file: string, text: string, env: Environment, options: LoadOptions = {}): Loaded | NotLoaded {
  const source = readSource(text);
  if (source.problems.length > 0) {
    return notLoaded(source.problems.map((problem) => ({ ...problem, file, path: pathText(problem.path) })));
  }
  const read = checked(file, source, env, options);
  return "config" in read ? { ...read, text } : read;
}

function checked(
  file: string,
  source: Source,
  given: Environment,
  options: LoadOptions,
): Omit<Loaded, "text"> | NotLoaded {
  const env = withCredentials(given, options.serviceCredentials);
  const migrated = migrate(source.document);
  const raw = plain(source);
  if ("code" in raw) return notLoaded(placed([raw], file, source, new Map()));
  const overridden = override(raw.value, env);
  const place = (findings: readonly Finding[]) => placed(findings, file, source, overridden.by);
  const fromEnvironment = overridden.findings.map(({ variable, ...finding }) => ({
    ...finding,
    file: `$${variable}`,
    line: 1,
    column: 1,
    path: pathText(finding.path),
  }));
  if (migrated.findings.length > 0) return notLoaded(place(migrated.findings));
  const parsed = gateSchema.safeParse(overridden.raw);
  if (!parsed.success) {
    const found = schemaFindings(parsed.error.issues, overridden.raw);
    return notLoaded([...fromEnvironment, ...place(found)]);
  }
  const config: GateConfig = parsed.data;
  const folder = dirname(file);
  const dirs = [options.shippedProfilesDir ?? SHIPPED_PROFILES, ...extraDirs(config, folder)];
  const found = options.profiles === undefined ? profileBriefs(dirs) : { briefs: options.profiles, unreadable: [] };
  const read = options.readSecrets === false ? { secrets: NO_SECRETS, findings: [] } : readSecrets(config, folder, env);
  const defaults = readDefaults(dirs, found.unreadable, options);
  const profileDefaults = defaults.of;
  const owed = secretFindings(config, env);
  const findings = [
    ...unreadableDirs(found.unreadable, config.profilesDir !== undefined),
    ...defaults.findings,
    ...referenceFindings(config, found.briefs),
    ...profileFindings(config, found.briefs),
    ...boardFindings(config, found.briefs),
    ...linkFindings(config, found.briefs),
    ...osdpFindings(config, found.briefs),
    ...readerKeyFindings(config, read.secrets.readerKeys),
    ...wiringFindings(config),
    ...laneFindings(config, found.briefs, profileDefaults),
    ...senseFindings(config, profileDefaults),
    ...simulationFindings(config),
    ...pageFindings(config),
    ...uplinkFindings(config),
    ...sharingFindings(config, read.secrets.sharing),
    ...homeFindings(config),
    ...viidFindings(config),
    ...commandKeyFindings(config, read.secrets.files),
    ...terminalFindings(config, found.briefs),
    ...owed,
    // A missing or inline password is said once, not once more as an unreadable file.
    ...read.findings.filter((finding) => !owed.some((other) => startsWith(other.path, finding.path))),
    ...dangerFindings(config, found.briefs),
    ...(options.today === undefined ? [] : holidayFindings(config, options.today)),
  ];
  const all = [...fromEnvironment, ...place(findings)];
  if (all.some((problem) => problem.severity === "error")) return notLoaded(all);
  return {
    config,
    file,
    dataDir: resolve(folder, config.dataDir),
    profilesDirs: dirs,
    secrets: read.secrets,
    warnings: sorted(all),
  };
}

/** A configuration's text, or why it can't be read. */
export function readText(file: string): { readonly text: string } | Finding {
  const hint = words(
    "检查路径和权限；用 --config 指定别的文件",
    "Check path and permission; --config names another file",
  );
  try {
    if (statSync(file).size > LARGEST_CONFIG_BYTES) {
      return error("CONFIG_TOO_LARGE", [], words("配置文件太大，不像是配置", "Too large for a configuration"), hint);
    }
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file)) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      const save = words(
        "用 UTF-8 重新保存（记事本默认可能是 GBK）",
        "Save it again as UTF-8 (an editor may have used GBK)",
      );
      return error("CONFIG_UNREADABLE", [], words("文件不是 UTF-8 编码", "The file is not UTF-8"), save);
    }
    const why = code === "ENOENT" ? words("文件不存在", "no such file") : words(code, code);
    return error(
      "CONFIG_UNREADABLE",
      [],
      words(`无法读取配置文件：${why.zh}`, `The configuration can't be read: ${why.en}`),
      hint,
    );
  }
}

/** The document as plain values; aliases that would blow up are a problem, not a crash. */
function plain(source: Source): { readonly value: unknown } | Finding {
  try {
    return { value: source.document.toJS({ maxAliasCount: 100 }) ?? {} };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    return error(
      "YAML_SYNTAX",
      [],
      words("引用（* &）有错", `Bad alias: ${why}`),
      words("不要用 YAML 引用", "Write it out without aliases"),
    );
  }
}

function schemaFindings(issues: readonly z.core.$ZodIssue[], raw: unknown): readonly Finding[] {
  const valueAt = (path: Path): unknown =>
    path.reduce<unknown>((value, step) => {
      if (Array.isArray(value)) return typeof step === "number" ? value[step] : undefined;
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
      return Object.getOwnPropertyDescriptor(value, step)?.value;
    }, raw);
  return issues.flatMap((issue) => findingsOf(issue, keysAt, valueAt));
}

function extraDirs(config: GateConfig, folder: string): readonly string[] {
  const dirs = config.profilesDir ?? [];
  return (typeof dirs === "string" ? [dirs] : dirs).map((dir) => resolve(folder, dir));
}

/** What barriers' profiles give to their lanes: the site's own before the shipped ones, as at the start. */
function readDefaults(
  dirs: readonly string[],
  unreadable: readonly string[],
  options: LoadOptions,
): { readonly of: ProfileDefaultsOf; readonly findings: readonly Finding[] } {
  const none = options.profileDefaults ?? (() => undefined);
  if (options.readProfiles === undefined || unreadable.length > 0) return { of: none, findings: [] };
  try {
    return { of: options.readProfiles(dirs), findings: [] };
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    const hint = words("用 gatepost decode 档案文件 --samples 检查", "Check it with gatepost decode FILE --samples");
    const lines = cause.message.slice(`${cause.code}: `.length).split("\n");
    const findings = lines.map((line) =>
      error("PROFILE_INVALID", ["profilesDir"], words(`设备档案有错误：${line}`, `A device profile: ${line}`), hint),
    );
    return { of: none, findings };
  }
}

function unreadableDirs(dirs: readonly string[], named: boolean): readonly Finding[] {
  return dirs.map((dir) => {
    const message = words(`读不了设备档案目录 ${dir}`, `The folder of device profiles can't be read: ${dir}`);
    const hint = words("检查路径和权限", "Check path and permission");
    return error("PROFILES_UNREADABLE", named ? ["profilesDir"] : [], message, hint);
  });
}

function startsWith(path: Path, beginning: Path): boolean {
  return beginning.every((step, index) => path[index] === step);
}

function placed(
  findings: readonly Finding[],
  file: string,
  source: Source,
  by: ReadonlyMap<string, string>,
): readonly ConfigError[] {
  return findings.map(({ code, severity, path, at, message, hint }) => {
    const variable = by.get(path.join("."));
    const place = variable === undefined ? source.place(path, at) : { line: 1, column: 1 };
    const where = variable === undefined ? file : `$${variable}`;
    return { code, severity, file: where, line: place.line, column: place.column, path: pathText(path), message, hint };
  });
}

function sorted(problems: readonly ConfigError[]): readonly ConfigError[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

function notLoaded(problems: readonly ConfigError[]): NotLoaded {
  return {
    errors: sorted(problems.filter((problem) => problem.severity === "error")),
    warnings: sorted(problems.filter((problem) => problem.severity === "warning")),
  };
}
