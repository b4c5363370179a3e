/** The technician's workshop put together: the configuration beside the one in force, the log, and what is taken home. */
import { execFile } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { arch, release } from "node:os";
import { join } from "node:path";
import { freeBytes } from "./adapters/disk.ts";
import type { LogLines } from "./adapters/log-lines.ts";
import { loadProfiles } from "./adapters/profiles.ts";
import { replace } from "./adapters/uplink-cursors.ts";
import { USUAL_CONFIG } from "./config/environment.ts";
import { configSha256 } from "./config/fingerprint.ts";
import { GOOD_FILE } from "./config/last-good.ts";
import { checkText, type Loaded, type NotLoaded } from "./config/load.ts";
import type { ConfigError } from "./config/problem.ts";
import { veiledConfig } from "./config/veiled.ts";
import { GateError } from "./core/fault.ts";
import { OFFERED_FILE } from "./main-commands.ts";
import type { Accounts } from "./shell/accounts.ts";
import type { Loop } from "./shell/loop.ts";
import type { ConfigChecked, ConfigFinding, Parcel, Workshop } from "./shell/workshop.ts";

const GOOD_AFTER_MS = 60_000;
/** A backup of a year's journal on an SD card takes its time. */
const PARCEL_MS = 10 * 60_000;

export interface WorkshopParts {
  readonly loaded: Loaded;
  readonly version: string;
  readonly loop: Pick<Loop, "note">;
  readonly lines: LogLines;
  readonly credentials: () => number;
  readonly isReady: () => boolean;
  /** Our own program, called anew for what takes long: a backup must not hold up a gate. */
  readonly program?: string;
}
/** What the page knows of itself. */
export interface PageFacts {
  readonly accounts: Pick<Accounts, "list">;
  readonly fingerprint?: string;
}

export interface WorkshopOpen {
  readonly workshop: (facts: PageFacts) => Workshop;
  /** The start is written down: so is that an offered configuration has come into force with it. */
  begun(): void;
  close(): void;
}

export function openWorkshop(parts: WorkshopParts): WorkshopOpen {
  const { loaded, version, program } = parts;
  const { file, dataDir } = loaded;
  const offered = join(dataDir, OFFERED_FILE);
  const good = join(dataDir, GOOD_FILE);
  // As it was at the start: what lies there now may be the next one already, or what this one stands in for.
  const inForce = loaded.text;
  const proven = setTimeout(() => {
    if (parts.isReady()) void replace(good, inForce).catch(() => undefined); // a full disk: the one before stays
  }, GOOD_AFTER_MS);
  proven.unref();

  const here = file === USUAL_CONFIG ? "" : ` --config ${file}`;
  const isOfferedInForce = () => loaded.broken === undefined && textOf(offered) === inForce;

  const check = (text: string): ConfigChecked => {
    const [shippedProfilesDir] = loaded.profilesDirs;
    return checkedOf(
      checkText(file, text, process.env, {
        readProfiles: (dirs) => loadProfiles(dirs).defaults,
        ...(shippedProfilesDir === undefined ? {} : { shippedProfilesDir }),
      }),
    );
  };
  const calls = program === undefined ? {} : parcels(program, loaded);
  const workshop = (facts: PageFacts): Workshop => ({
    config: () => ({
      file,
      text: veiledConfig(inForce),
      findings: [...(loaded.broken ?? []), ...loaded.warnings].map(findingOf),
      ...(isOfferedInForce() ? {} : placed("offered", offered)),
      ...(existsSync(good) ? { good: { ...at(good), same: textOf(good) === inForce } } : {}),
      apply: [`sudo gatepost config apply ${offered}${here}`, "gatepost doctor"],
      back: [`sudo gatepost config apply ${good}${here}`],
    }),
    check,
    async offer(text, by) {
      const checked = check(text);
      if (!checked.sound) return checked;
      await replace(offered, text);
      const sha256 = configSha256(text);
      parts.loop.note({ kind: "config", open: { offered: true, by: by.who, from: by.from, sha256 } });
      return checked;
    },
    log: parts.lines.lines,
    async about() {
      const free = await freeBytes(dataDir);
      return {
        version,
        node: process.version,
        system: systemName(),
        machine: `${arch()} ${release()}`,
        dataDir,
        credentials: parts.credentials(),
        ...(free === undefined ? {} : { freeBytes: free }),
        ...(facts.fingerprint === undefined ? {} : { fingerprint: facts.fingerprint }),
        accounts: facts.accounts.list().map(({ who, role, disabled }) => ({ who, role, disabled })),
      };
    },
    ...calls,
  });
  return {
    workshop,
    begun() {
      // Proven already = said already, at the start that it came into force with.
      if (isOfferedInForce() && textOf(good) !== inForce)
        parts.loop.note({ kind: "config", open: { inForce: true, sha256: configSha256(inForce) } });
    },
    close: () => clearTimeout(proven),
  };
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone since the start, or never a file (the demo's own): nothing is shown
  }
};
const at = (file: string) => ({ file, wallMs: Math.round(statSync(file).mtimeMs) });
const placed = (key: "offered", file: string) => (existsSync(file) ? { [key]: at(file) } : {});

function checkedOf(told: Loaded | NotLoaded): ConfigChecked {
  const errors = "errors" in told ? told.errors : [];
  return { sound: errors.length === 0, findings: [...errors, ...told.warnings].map(findingOf) };
}
const findingOf = ({ severity, line, column, code, path, message, hint }: ConfigError): ConfigFinding => ({
  severity,
  line,
  column,
  code,
  path,
  message,
  hint,
});

function systemName(): string {
  const told = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(told)?.[1] ?? process.platform;
}

/** In a process of its own; the file is ours alone, and gone once it was sent. */
function parcels(program: string, { file, dataDir }: Loaded): Pick<Required<Workshop>, "bundle" | "backup"> {
  async function made(name: string, args: (file: string, place: string) => readonly string[]): Promise<Parcel> {
    const place = mkdtempSync(join(dataDir, "parcel-"));
    const leave = () => rmSync(place, { recursive: true, force: true });
    const target = join(place, name);
    try {
      await run(program, [...args(target, place), "--config", file]);
    } catch (cause) {
      leave();
      throw cause;
    }
    return { name, bytes: once(target, leave) };
  }
  return {
    bundle: () => made("gatepost-support.tar.gz", (target) => ["bundle", "support", target]),
    backup: (passphrase) =>
      made("gatepost.backup", (target, place) => {
        const secret = join(place, "passphrase");
        writeFileSync(secret, `${passphrase}\n`, { mode: 0o600 });
        return ["backup", target, "--passphrase-file", secret];
      }),
  };
}

async function* once(file: string, leave: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(file);
  } finally {
    leave();
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [program, ...args],
      { timeout: PARCEL_MS, maxBuffer: 16 * 1024 * 1024 },
      (cause, _out, told) => {
        if (cause === null) return done();
        fail(new GateError("BACKUP_REFUSED", told.trim().slice(-300), { cause }));
      },
    );
  });
}
