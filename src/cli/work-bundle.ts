/** `gatepost bundle`: what somebody far away needs to help, and nobody's name. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, freemem, release, tmpdir, totalmem, uptime } from "node:os";
import { join, resolve } from "node:path";
import { redact } from "../adapters/log.ts";
import { personalWords } from "../adapters/whitelist-look.ts";
import { type Loaded, loadConfig, type NotLoaded } from "../config/load.ts";
import { GateError } from "../core/fault.ts";
import { asked, pageUrl } from "./doctor-gate.ts";
import type { House } from "./house.ts";
import { bareConfig, scrubber } from "./scrub.ts";
import { doctorWork } from "./work-doctor.ts";
import type { BundleOptions, BundleResult } from "./works.ts";

const USUAL_DATA = "/var/lib/gatepost";
const LINES = "20000";
/** What systemd itself says of the unit; any other line that isn't ours stays here. */
const SYSTEMD = /^(gatepost\.service: |(Started|Starting|Stopped|Stopping) )/;

export async function bundleWork(house: House, options: BundleOptions): Promise<BundleResult> {
  const file = resolve(options.file);
  if (existsSync(file)) throw new GateError("INPUT_INVALID", `${file} is there already 文件已存在`);
  const loaded = loadConfig(options.configPath, process.env, { ...house.loadOptions, readSecrets: false });
  const sound = "config" in loaded ? loaded : undefined;
  // With a broken configuration the list lies where it usually does; where none is found, nobody can be taken out of the log.
  const list = join(sound?.dataDir ?? USUAL_DATA, "whitelist.sqlite");
  const known = existsSync(list);
  const scrub = scrubber(known ? personalWords(list) : []);
  const parts = new Map<string, string>([
    ["versions.json", json(versions(house))],
    ["doctor.json", json(await doctorWork(house, options))],
    ["config.json", json(sound === undefined ? problems(loaded) : bareConfig(sound.config))],
    ["log.jsonl", known || sound !== undefined ? unitLog() : ""],
    ...(sound === undefined ? [] : await running(sound)),
  ]);
  const clean = new Map([...parts].map(([name, text]) => [name, scrub(text)]));
  pack(file, clean);
  return { file, files: [...clean.keys()] };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Codes and places alone: a message may repeat what was written. */
function problems(loaded: Loaded | NotLoaded): readonly string[] {
  const errors = "errors" in loaded ? loaded.errors : [];
  return errors.map(({ line, code, path }) => `${line} ${code} ${path}`);
}

function versions({ version }: House): Readonly<Record<string, unknown>> {
  const system = existsSync("/etc/os-release")
    ? /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1]
    : undefined;
  const memory = { total: totalmem(), free: freemem() };
  return {
    gatepost: version,
    node: process.version,
    kernel: release(),
    arch: arch(),
    system,
    uptimeS: Math.round(uptime()),
    memory,
  };
}

async function running(loaded: Loaded): Promise<readonly (readonly [string, string])[]> {
  const url = pageUrl(loaded);
  const told = async (path: string) => {
    const heard = await asked(`${url}${path}`);
    return heard.is === "answer" ? heard.text : undefined;
  };
  const [metrics, ready] = [await told("/metrics"), await told("/readyz")];
  return [
    ...(metrics === undefined ? [] : [["metrics.txt", metrics] as const]),
    ...(ready === undefined ? [] : [["readyz.json", ready] as const]),
  ];
}

/** The unit's log, redacted once more by the fields' names: an older version may have written what this one doesn't. */
function unitLog(): string {
  let text: string;
  try {
    text = execFileSync("journalctl", ["-u", "gatepost", "-o", "cat", "--no-pager", "-n", LINES], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return ""; // no systemd here, or no right to read its journal: doctor.json says who asked
  }
  return text.split("\n").flatMap(lineOf).join("");
}

function lineOf(line: string): readonly string[] {
  if (SYSTEMD.test(line)) return [`${line}\n`];
  try {
    const told: unknown = JSON.parse(line);
    return typeof told === "object" && told !== null ? [`${JSON.stringify(redact(told))}\n`] : [];
  } catch {
    return []; // free text: nobody knows what is in it
  }
}

function pack(file: string, parts: ReadonlyMap<string, string>): void {
  const place = mkdtempSync(join(tmpdir(), "gatepost-bundle-"));
  try {
    mkdirSync(join(place, "gatepost-bundle"), { mode: 0o700 });
    for (const [name, text] of parts) writeFileSync(join(place, "gatepost-bundle", name), text, { mode: 0o600 });
    execFileSync("tar", ["-C", place, "-czf", file, "gatepost-bundle"], { stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
