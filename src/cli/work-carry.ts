/** `gatepost bundle export|import|keys|read|receipt`: the county's records where there is no line, both ways, by hand. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { openClock } from "../adapters/clock.ts";
import { lookAtJournal } from "../adapters/journal-look.ts";
import { openSealedRows } from "../adapters/journal-reader.ts";
import { openUpstream } from "../adapters/journal-upstream.ts";
import { siteKey } from "../adapters/keys.ts";
import { loadProfiles } from "../adapters/profiles.ts";
import { openFile, sealFile } from "../adapters/uplink-carry-file.ts";
import {
  carriedBytes,
  carriedFiles,
  partName,
  putPart,
  settleOnDisk,
  wholeParts,
} from "../adapters/uplink-carry-folder.ts";
import { LARGEST_INBOX_FILE, layDown, TOLD } from "../adapters/uplink-carry-inbox.ts";
import { carryKeys, keyName, ownKeys, pemOf, publicHalf } from "../adapters/uplink-carry-keys.ts";
import { openCursorFile, replace } from "../adapters/uplink-cursors.ts";
import { readDays } from "../adapters/uplink-tally.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import type { Loaded } from "../config/load.ts";
import { sitePlan } from "../config/plan.ts";
import { GateError } from "../core/fault.ts";
import { skeleton } from "../core/plates.ts";
import { type CarriedTold, INBOX, OWN_KEYS, platformKeys } from "../main-carry.ts";
import { cursorsFit, plateTold } from "../main-platforms.ts";
import { codesOf } from "../main-uplink.ts";
import type { OpenRow } from "../shell/ports.ts";
import { type CarryHeader, contentsOf, openCarry, readCarryHeader, readStored, recordIn } from "../uplink/carry.ts";
import { complete, type Placed } from "../uplink/complete.ts";
import type { Cursors } from "../uplink/forward.ts";
import { readCursors, readDay } from "../uplink/kept.ts";
import type { Codes, Link } from "../uplink/records.ts";
import { BEGINNING } from "../uplink/stream.ts";
import { trafficTold } from "../uplink/summaries.ts";
import { type House, loadOrSay } from "./house.ts";
import type { CarryExported, CarryImported, CarryRead, CarryReadOptions } from "./works.ts";

/** A few minutes of a busy gate's month, some MB; what is lost when a stick is pulled out in the middle. */
const ROWS_A_PART = 20_000;
const ANSWER_MS = 30_000;
const LOOK_MS = 200;
const QUARTER_MS = 900_000;

interface Carrying {
  readonly loaded: Loaded;
  readonly codes: Codes;
  readonly settings: NonNullable<Loaded["config"]["uplink"]>;
}

function carrying(house: House, configPath: string): Carrying {
  const loaded = loadOrSay(house, configPath, process.env);
  const settings = loaded.config.uplink;
  if (settings?.carry === undefined)
    throw new GateError(
      "BUNDLE_REFUSED",
      "the configuration has no `uplink.carry` 配置里没有 uplink.carry（platformKeysFile）",
    );
  const plan = sitePlan(loaded.config, loadProfiles(loaded.profilesDirs).defaults);
  const clock = openClock({ zone: loaded.config.site.timezone, trust: "always", buildYear: 2020 });
  clock.close();
  const codes = codesOf({ loaded, plan, utcOffsetMin: clock.utcOffsetMin }, settings);
  return { loaded, codes, settings };
}

/** Rows behind what the platform has said it has, sealed for it, part by part; beside a running gate. */
export async function carryExportWork(
  house: House,
  options: { readonly configPath: string; readonly folder: string; readonly rowsAPart?: number },
): Promise<CarryExported> {
  const { loaded, codes, settings } = carrying(house, options.configPath);
  const folder = resolve(options.folder);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new GateError("BUNDLE_REFUSED", `${folder}: 没有这个文件夹（U盘插好了吗？）no such folder`);
  const file = join(loaded.dataDir, "journal.sqlite");
  if (!existsSync(file))
    throw new GateError(
      "INPUT_INVALID",
      `there is no journal yet; the gate has not run here 还没有记录，门岗还没运行过: ${file}`,
    );
  const own = ownKeys(join(loaded.dataDir, OWN_KEYS));
  const platform = platformKeys(loaded);
  const { found } = openCursorFile(join(loaded.dataDir, "uplink.cursor"), readCursors);
  const rows = openUpstream(file);
  const sealed = openPlates(loaded, codes, settings.plates);
  try {
    const tip = lookAtJournal(file).seq;
    // Whatever is told must still be there after the next power cut.
    settleOnDisk(file);
    const cursors = found !== undefined && cursorsFit([found.alarm, found.event], rows, tip) ? found : NOTHING;
    const carry = openCarry(
      { rows, codes, plateOf: sealed.plateOf, tip, rowsAPart: options.rowsAPart ?? ROWS_A_PART },
      cursors,
    );
    const begin = partName(codes.site, codes.gate, "records").replace(/\.\w+$/, "_");
    const there = wholeParts<CarryHeader>(folder, begin, publicHalf(own).sign, readCarryHeader)
      .filter(({ sealedFor, holds }) => sealedFor === keyName(platform.seal) && holds === "records")
      .sort((one, other) => one.first - other.first);
    const skipped = there.filter((part) => carry.skip(part)).length;
    const seal = { by: own, to: platform };
    let written = 0;
    let lines = 0;
    for (let part = carry.next(); part !== undefined; part = carry.next()) {
      const { first, last } = part.contents;
      const bytes = sealFile(
        part.contents,
        part.told.map((told) => JSON.stringify(told)),
        { ...seal, made: new Date() },
      );
      await putPart(folder, partName(codes.site, codes.gate, "records", first, last), bytes);
      written++;
      lines += part.told.length;
    }
    const quarters = trafficOf(loaded, codes, Math.min(cursors.alarm.upTo, cursors.event.upTo));
    // A checkpoint of the whole chain, like the one in `status`: a journal that is later shorter was cut.
    const at = { seq: tip, hash: rows.after(tip - 1, tip, 1)[0]?.hash ?? BEGINNING.link.hash };
    const traffic = contentsOf(codes, "traffic", {
      first: 0,
      last: tip,
      before: carry.links(),
      after: { alarm: at, event: at },
    });
    await putPart(
      folder,
      partName(codes.site, codes.gate, "traffic"),
      sealFile(traffic, quarters, { ...seal, made: new Date() }),
    );
    return { folder, written, skipped, records: lines, quarters: quarters.length, lastSeq: tip };
  } finally {
    rows.close();
    sealed.close();
  }
}

const NOTHING: Cursors = { alarm: BEGINNING, event: BEGINNING };

function openPlates(loaded: Loaded, codes: Codes, how: Carrying["settings"]["plates"]) {
  const key = siteKey(join(loaded.dataDir, "site.key"));
  const list = join(loaded.dataDir, "whitelist.sqlite");
  const whitelist = existsSync(list) ? openWhitelist({ file: list, skeleton, repair: false }) : undefined;
  const sealed = openSealedRows(join(loaded.dataDir, "journal.sqlite"), {
    keyOfSubject: (subject) => whitelist?.keyOfSubject(subject),
    dateOf: (wallMs) => new Date(wallMs + codes.utcOffsetMin(wallMs) * 60_000).toISOString().slice(0, 10),
  });
  return {
    plateOf: (row: OpenRow) => plateTold(sealed.of(row.seq)?.value, key, how),
    close() {
      sealed.close();
      whitelist?.close();
    },
  };
}

/** Quarters that were counted anew since the platform's last receipt; a higher revision replaces a lower one. */
function trafficOf(loaded: Loaded, codes: Codes, upTo: number): readonly string[] {
  const now = Date.now();
  return readDays(join(loaded.dataDir, "traffic"), "", readDay).flatMap(({ quarters }) =>
    quarters
      .filter((one) => one.revision > upTo && one.quarterMs + QUARTER_MS <= now)
      .map((one) => JSON.stringify({ on: "traffic", message: trafficTold(one, codes) })),
  );
}

/** Lays the platform's files down for the running gate and waits for what it says. */
export async function carryImportWork(
  house: House,
  options: { readonly configPath: string; readonly from: string },
): Promise<CarryImported> {
  const { loaded, codes } = carrying(house, options.configPath);
  const inbox = join(loaded.dataDir, INBOX);
  if (!existsSync(inbox))
    throw new GateError(
      "BUNDLE_REFUSED",
      `${inbox}: start the gate once with this configuration 请先用这份配置启动一次`,
    );
  const begin = partName(codes.site, codes.gate, "receipts").replace(/\.\w+$/, "");
  const single = statSync(options.from, { throwIfNoEntry: false })?.isFile() === true;
  const files = carriedFiles(resolve(options.from)).filter((file) => single || basename(file).startsWith(begin));
  if (files.length === 0)
    throw new GateError(
      "BUNDLE_REFUSED",
      `${options.from}: 没有给本门岗的回执 there is nothing for this gate (${begin}…)`,
    );
  const told: CarryImported["files"][number][] = [];
  for (const file of files) {
    const bytes = carriedBytes(file);
    if (bytes.length > LARGEST_INBOX_FILE)
      throw new GateError("BUNDLE_DAMAGED", `${file}: ${bytes.length} bytes, receipts are smaller`);
    const name = `${Date.now().toString(36)}-${basename(file)}`;
    await layDown(inbox, name, bytes);
    const answer = await answerTo(join(inbox, `${name}${TOLD}`));
    told.push({ file, ...(answer === undefined ? {} : { told: answer }) });
  }
  return { files: told };
}

async function answerTo(file: string): Promise<CarriedTold | undefined> {
  const end = Date.now() + ANSWER_MS;
  while (Date.now() < end) {
    if (existsSync(file)) {
      const told: CarriedTold = JSON.parse(readFileSync(file, "utf8"));
      return told;
    }
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
  return undefined;
}

/** This gate's public keys, for the platform. */
export async function carryKeysWork(house: House, options: { readonly configPath: string }) {
  const { loaded, codes } = carrying(house, options.configPath);
  const own = publicHalf(ownKeys(join(loaded.dataDir, OWN_KEYS)));
  return { site: codes.site, gate: codes.gate, pem: pemOf(own), sign: keyName(own.sign), seal: keyName(own.seal) };
}

/** The platform's side, as a reference: opens what a gate wrote, tells whether all is there, and makes the receipts. */
export async function carryReadWork(options: CarryReadOptions): Promise<CarryRead> {
  const platform = carryKeys(readKey(options.keys), "private", options.keys);
  const gate = carryKeys(readKey(options.gate), "public", options.gate);
  const lines: string[] = [];
  const placed: Placed[] = [];
  const damaged: CarryRead["damaged"][number][] = [];
  let header: CarryHeader | undefined;
  for (const file of carriedFiles(resolve(options.folder))) {
    try {
      const read = openFile(carriedBytes(file), { by: gate.sign, to: platform.seal }, readCarryHeader);
      if (read.header.holds === "receipts") continue;
      header ??= read.header;
      for (const line of read.lines) {
        lines.push(line);
        const record = recordIn(line);
        if (record !== undefined) placed.push(record);
      }
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      damaged.push({ file, code: cause.code, message: cause.message });
    }
  }
  const memory =
    header === undefined || options.receipts === undefined ? undefined : memoryOf(options.receipts, header);
  const { days, whole } = complete(placed, memory?.known);
  if (options.receipts !== undefined && header !== undefined && whole.length > 0) {
    const receipts = whole.map(({ stream, seq, hash }) =>
      JSON.stringify({ schemaVersion: header.schemaVersion, stream, storedSeq: seq, hash }),
    );
    const contents = contentsOf(header, "receipts", { first: 0, last: 0, before: NO_LINKS, after: NO_LINKS });
    const bytes = sealFile(contents, receipts, { by: platform, to: gate, made: new Date() });
    await putPart(resolve(options.receipts), partName(header.site, header.gate, "receipts"), bytes);
    await memory?.keep(whole);
  }
  return { lines, days, whole, damaged };
}

/** What the platform has stored by earlier sticks, beside its receipts: without it nobody knows that a first part is missing. */
function memoryOf(folder: string, { site, gate }: CarryHeader) {
  const file = join(resolve(folder), `gatepost_${site}_${gate}_stored.json`);
  const key = (stream: string) => `${site} ${gate} ${stream}`;
  const known = new Map<string, readonly Link[]>();
  if (existsSync(file)) {
    const told = readStored(readFileSync(file, "utf8"));
    if (told === undefined) throw new GateError("BUNDLE_DAMAGED", `${file}: it isn't what was written`);
    for (const [stream, links] of Object.entries(told)) known.set(key(stream), links);
  }
  return {
    known,
    keep(whole: CarryRead["whole"]): Promise<void> {
      const stored = Object.fromEntries(
        (["alarm", "event"] as const).map((stream) => {
          const before = known.get(key(stream)) ?? [];
          const now = whole.flatMap(({ stream: of, seq, hash }) => (of === stream ? [{ seq, hash }] : []));
          const others = before.filter(({ seq, hash }) => !now.some((one) => one.seq === seq && one.hash === hash));
          return [stream, [...others, ...now].slice(-MOST_NOTED)];
        }),
      );
      return replace(file, `${JSON.stringify(stored)}\n`, 0o644);
    },
  };
}

/** Some years of sticks. */
const MOST_NOTED = 500;
const NO_LINKS = { alarm: BEGINNING.link, event: BEGINNING.link };

function readKey(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GateError("SECRET_UNREADABLE", `${file}: ${cause instanceof Error ? cause.message : ""}`, { cause });
  }
}
