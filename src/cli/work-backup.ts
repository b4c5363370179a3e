/** `gatepost backup`: list, journal, keys, configuration and secrets in one sealed file, beside a running gate. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ACCOUNTS_FILE } from "../adapters/accounts-schema.ts";
import { sealTo, unseal } from "../adapters/backup-cipher.ts";
import { copyDatabase } from "../adapters/backup-copy.ts";
import { type Parcelled, parcel } from "../adapters/backup-parcel.ts";
import { verifyFile } from "../adapters/journal-reader.ts";
import type { Loaded } from "../config/load.ts";
import { namedFiles } from "../config/named-files.ts";
import { GateError } from "../core/fault.ts";
import { COMMANDS_FILE } from "../main-commands.ts";
import { TLS_FOLDER } from "../main-page.ts";
import { RECEIPTS_FILE } from "../main-terminals.ts";
import { type House, loadOrSay } from "./house.ts";
import { passphraseFrom } from "./passphrase.ts";
import type { BackupOptions, BackupResult } from "./works.ts";

export const DATABASES = [
  "whitelist.sqlite",
  "journal.sqlite",
  "consents.sqlite",
  ACCOUNTS_FILE,
  COMMANDS_FILE,
  RECEIPTS_FILE,
] as const;
/** Small files of the data folder that a gate needs to go on. */
const BESIDE = ["site.key", "journal.sqlite.mark", "carry.key"];
/** One file per OSDP reader whose key has worked: without it install mode would open again. */
const INSTALLED = "osdp-installed";
/** The page's own authority: without it every browser would have to trust another one. */
const FOLDERS = [INSTALLED, TLS_FOLDER];

export async function backupWork(house: House, options: BackupOptions): Promise<BackupResult> {
  const loaded = loadOrSay(house, options.configPath, process.env, false);
  const passphrase = await passphraseFrom(options.passphraseFile);
  const file = resolve(options.file);
  if (existsSync(file)) throw new GateError("BACKUP_REFUSED", `${file} is there already 文件已存在`);
  if (!existsSync(loaded.dataDir)) throw new GateError("BACKUP_REFUSED", `there is no ${loaded.dataDir}`);
  // On the disk that the data lies on already, for us alone, and gone when we are done.
  const place = mkdtempSync(join(loaded.dataDir, "backup-"));
  try {
    const data = await copiedData(loaded.dataDir, place);
    const { files, outside } = configFiles(loaded);
    const all = [...data.files, ...files];
    const sum = createHash("sha256");
    await sealTo(file, passphrase, summed(parcel(all), sum));
    await readBack(file, passphrase, sum.digest("hex"));
    const bytes = statSync(file).size;
    return { file, bytes, files: all.map(({ path }) => path), rows: data.rows, outside };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function copiedData(
  folder: string,
  place: string,
): Promise<{ readonly files: readonly Parcelled[]; readonly rows: number }> {
  // The mark before the journal: a journal that goes on is longer than its mark, never shorter.
  const within = FOLDERS.filter((name) => existsSync(join(folder, name)));
  const small = within.flatMap((name) => filesIn(folder, name));
  const beside = [...BESIDE.filter((name) => existsSync(join(folder, name))), ...small];
  for (const name of within) mkdirSync(join(place, name));
  for (const name of beside) copyFileSync(join(folder, name), join(place, name));
  const databases = DATABASES.filter((name) => existsSync(join(folder, name)));
  for (const name of databases) await copyDatabase(join(folder, name), join(place, name));
  const rows = databases.includes("journal.sqlite") ? wholeRows(join(place, "journal.sqlite")) : 0;
  return { files: [...beside, ...databases].map((name) => ({ path: `data/${name}`, file: join(place, name) })), rows };
}

/** Without what is being made just now. */
function filesIn(folder: string, name: string): readonly string[] {
  return readdirSync(join(folder, name), { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && !entry.name.endsWith(".tmp") ? [join(name, entry.name)] : [],
  );
}

/** @throws GateError JOURNAL_BROKEN: a broken chain isn't carried on as if it were whole */
export function wholeRows(file: string): number {
  const { rows, bad } = verifyFile(file);
  if (bad !== undefined) throw new GateError("JOURNAL_BROKEN", `${file}: ${bad.message}`);
  return rows;
}

function configFiles({ config, file }: Loaded): {
  readonly files: readonly Parcelled[];
  readonly outside: readonly string[];
} {
  const folder = dirname(file);
  const { inside, outside } = namedFiles(config, folder);
  const there = inside.filter((path) => existsSync(join(folder, path)));
  return {
    files: [
      { path: "config/gate.yaml", file },
      ...there.map((path) => ({ path: `config/${path}`, file: join(folder, path) })),
    ],
    outside,
  };
}

async function* summed(
  plain: AsyncIterable<Uint8Array>,
  sum: ReturnType<typeof createHash>,
): AsyncIterable<Uint8Array> {
  for await (const chunk of plain) {
    sum.update(chunk);
    yield chunk;
  }
}

/** A backup that can't be opened is worse than none. @throws GateError BACKUP_DAMAGED */
async function readBack(file: string, passphrase: string, wanted: string): Promise<void> {
  const sum = createHash("sha256");
  for await (const chunk of unseal(file, passphrase)) sum.update(chunk);
  if (sum.digest("hex") !== wanted) throw new GateError("BACKUP_DAMAGED", `${file}: the disk gave back something else`);
}
