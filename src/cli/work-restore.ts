/** `gatepost restore`: a backup onto this machine or another. First all of it is read and believed, then names change. */
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { unseal } from "../adapters/backup-cipher.ts";
import { unparcel } from "../adapters/backup-parcel.ts";
import { holdAlone } from "../adapters/database.ts";
import { lookAtWhitelist } from "../adapters/whitelist-look.ts";
import { loadConfig } from "../config/load.ts";
import { GateError } from "../core/fault.ts";
import type { House } from "./house.ts";
import { passphraseFrom } from "./passphrase.ts";
import { wholeRows } from "./work-backup.ts";
import type { BackupOptions, RestoreResult } from "./works.ts";

const KEY_BYTES = 32;

export async function restoreWork(house: House, options: BackupOptions): Promise<RestoreResult> {
  const config = resolve(options.configPath);
  const file = resolve(options.file);
  const passphrase = await passphraseFrom(options.passphraseFile);
  // Read to its end once: before that not a byte of it is believed, nor written anywhere.
  for await (const _ of unseal(file, passphrase));
  // Beside gate.yaml: secrets are never in a folder that others may look into.
  const made = makeFolder(dirname(config));
  const place = mkdtempSync(join(dirname(config), "restore-"));
  try {
    const files = await unparcel(unseal(file, passphrase), place);
    const dataDir = soundConfig(house, place, config);
    const rows = soundData(place, files);
    const madeData = makeFolder(dataDir);
    const letGo = heldAlone(dataDir, madeData);
    try {
      return { config, dataDir, files, rows, aside: putInPlace(place, files, { config, dataDir }) };
    } finally {
      letGo();
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
    if (made !== undefined && !existsSync(config)) rmSync(made, { recursive: true, force: true });
  }
}

/** The topmost folder that had to be made. */
function makeFolder(folder: string): string | undefined {
  return mkdirSync(folder, { recursive: true, mode: 0o750 });
}

function heldAlone(dataDir: string, made: string | undefined): () => void {
  try {
    return holdAlone(join(dataDir, "gate.lock"));
  } catch (cause) {
    if (made !== undefined) rmdirSync(dataDir);
    if (!(cause instanceof GateError) || cause.code !== "DATABASE_BUSY") throw cause;
    throw new GateError("BACKUP_REFUSED", `${dataDir}: a gate runs on it; sudo systemctl stop gatepost 先停止门岗`, {
      cause,
    });
  }
}

/** Where its data belongs, seen from where it will lie. @throws GateError CONFIG_INVALID */
function soundConfig(house: House, place: string, config: string): string {
  const unpacked = join(place, "config", "gate.yaml");
  const loaded = loadConfig(unpacked, process.env, { ...house.loadOptions, readSecrets: false });
  if ("errors" in loaded)
    throw new GateError(
      "CONFIG_INVALID",
      loaded.errors.map(({ code, path, message }) => `${code} ${path} ${message.en}`).join("; "),
    );
  return resolve(dirname(config), loaded.config.dataDir);
}

/** @throws GateError JOURNAL_BROKEN, DATABASE_DAMAGED, BACKUP_DAMAGED */
function soundData(place: string, files: readonly string[]): number {
  const has = (name: string) => files.includes(`data/${name}`);
  const at = (name: string) => join(place, "data", name);
  const wrong = (name: string, why: string) => new GateError("BACKUP_DAMAGED", `${name}: ${why}`);
  if (has("site.key") && statSync(at("site.key")).size !== KEY_BYTES) throw wrong("site.key", `not ${KEY_BYTES} bytes`);
  if (has("whitelist.sqlite")) {
    const { bad } = lookAtWhitelist(at("whitelist.sqlite"));
    if (bad !== undefined) throw wrong("whitelist.sqlite", bad);
  }
  return has("journal.sqlite") ? wholeRows(at("journal.sqlite")) : 0;
}

interface Targets {
  readonly config: string;
  readonly dataDir: string;
}

/** Everything or nothing: what was moved goes back when one of the moves fails. */
function putInPlace(place: string, files: readonly string[], { config, dataDir }: Targets): readonly string[] {
  const undo: (() => void)[] = [];
  const move = (from: string, to: string) => {
    renameSync(from, to);
    undo.unshift(() => renameSync(to, from));
  };
  try {
    const staged = files.map((path) => stage(place, path, { config, dataDir }));
    undo.push(() => {
      for (const { half } of staged) rmSync(half, { force: true });
    });
    const before = leftovers(
      dataDir,
      staged.map(({ target }) => target),
    ).filter((file) => existsSync(file));
    const aside = before.map((file) => ({ file, as: freeName(file) }));
    for (const { file, as } of aside) move(file, as);
    for (const { half, target } of staged) move(half, target);
    // The new names too: what is told as restored must hold over a power cut.
    for (const folder of new Set(staged.map(({ target }) => dirname(target)))) syncFile(folder, "r");
    return aside.map(({ as }) => as);
  } catch (cause) {
    for (const back of undo) back();
    if (cause instanceof GateError || !(cause instanceof Error)) throw cause;
    throw new GateError("BACKUP_REFUSED", `${cause.message}; nothing was changed 没有改动`, { cause });
  }
}

/** Beside its place already, on the same disk and with its owner, so that only names are left to change. */
function stage(
  place: string,
  path: string,
  { config, dataDir }: Targets,
): { readonly half: string; readonly target: string } {
  const isData = path.startsWith("data/");
  const name = path.slice(path.indexOf("/") + 1);
  const target = isData ? join(dataDir, name) : name === "gate.yaml" ? config : join(dirname(config), name);
  const top = isData ? dataDir : dirname(config);
  mkdirSync(dirname(target), { recursive: true, mode: 0o750 });
  const half = `${target}.restoring`;
  copyFileSync(join(place, path), half);
  syncFile(half);
  const { uid, gid } = statSync(top);
  // The gate writes its data; its configuration it may only read.
  chmodSync(half, isData ? 0o600 : 0o640);
  if (process.getuid?.() === 0) chownSync(half, isData ? uid : 0, gid);
  return { half, target };
}

/** On the disk before its name changes: a power cut must not leave a name with nothing behind it. */
function syncFile(file: string, flags = "r+"): void {
  const fd = openSync(file, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What belongs to the files of before: a log that was left behind would be read into the new database. */
function leftovers(dataDir: string, targets: readonly string[]): readonly string[] {
  const logs = targets.filter((file) => file.endsWith(".sqlite")).flatMap((file) => [`${file}-wal`, `${file}-shm`]);
  const more = ["whitelist.sqlite.previous", "journal.sqlite.mark", "site.key.copy"].map((name) => join(dataDir, name));
  return [...new Set([...targets, ...logs, ...more])];
}

function freeName(file: string): string {
  for (let n = 1; ; n++) if (!existsSync(`${file}.before-restore-${n}`)) return `${file}.before-restore-${n}`;
}
