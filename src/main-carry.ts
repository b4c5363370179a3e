/** What comes to the gate by hand: the platform's receipts, laid down by `gatepost bundle import`. */
import { join } from "node:path";
import type { Log } from "./adapters/log.ts";
import { openFile } from "./adapters/uplink-carry-file.ts";
import { LARGEST_INBOX_FILE, openInbox } from "./adapters/uplink-carry-inbox.ts";
import { carryKeys, ownKeys } from "./adapters/uplink-carry-keys.ts";
import type { Loaded } from "./config/load.ts";
import { GateError } from "./core/fault.ts";
import type { Loop } from "./shell/loop.ts";
import type { Journal, OpenRows } from "./shell/ports.ts";
import { type CarriedReceipt, readCarriedReceipt, readCarryHeader } from "./uplink/carry.ts";
import type { Forwarder } from "./uplink/forward.ts";
import { type Codes, streamOf } from "./uplink/records.ts";

export const OWN_KEYS = "carry.key";
export const INBOX = "inbox";
/** Somebody stands there with the stick in hand. */
const LOOK_MS = 1_000;
const PLATFORM_KEYS = "uplink.carry.platformKeysFile";

/** What became of a carried file; `gatepost bundle import` reads it. */
export interface CarriedTold {
  readonly code?: string;
  readonly message?: string;
  /** Streams that were moved on, and receipts that told nothing new. */
  readonly moved: readonly { readonly stream: string; readonly storedSeq: number }[];
  readonly known: number;
}

export interface CarriedParts {
  readonly loaded: Loaded;
  readonly codes: Codes;
  readonly rows: OpenRows;
  readonly journal: Pick<Journal, "durableSeq">;
  readonly forwarder: Pick<Forwarder, "carried">;
  readonly log: Pick<Log, "info" | "warn">;
  readonly note: Loop["note"];
}

/** The platform's public keys, from the file that the configuration names. @throws GateError SECRET_UNREADABLE */
export function platformKeys({ secrets }: Loaded) {
  return carryKeys(secrets.files.get(PLATFORM_KEYS) ?? "", "public", PLATFORM_KEYS);
}

/** Undefined where nothing is carried by hand. @throws GateError SECRET_UNREADABLE */
export function openCarried(parts: CarriedParts): { close(): void } | undefined {
  const { loaded, log, note } = parts;
  if (loaded.config.uplink?.carry === undefined) return undefined;
  const own = ownKeys(join(loaded.dataDir, OWN_KEYS));
  const platform = platformKeys(loaded);
  const inbox = openInbox(join(loaded.dataDir, INBOX));

  function take(bytes: Uint8Array): CarriedTold {
    try {
      const { header, lines } = openFile(
        bytes,
        { by: platform.sign, to: own.seal },
        readCarryHeader,
        LARGEST_INBOX_FILE,
      );
      const { site, gate } = parts.codes;
      if (header.site !== site || header.gate !== gate)
        throw new GateError("BUNDLE_FOREIGN", `it is for ${header.site} ${header.gate}, this is ${site} ${gate}`);
      if (header.holds !== "receipts") throw new GateError("BUNDLE_FOREIGN", `it holds ${header.holds}, no receipts`);
      const told = settle(
        lines.map((line, n) => receiptOf(line, n)),
        parts,
      );
      log.info({ moved: told.moved, known: told.known }, "receipts came by hand");
      return told;
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      log.warn({ code: cause.code, message: cause.message }, "a file that was carried here was refused");
      note({ kind: "fault", open: { code: cause.code, message: cause.message } });
      return { code: cause.code, message: cause.message, moved: [], known: 0 };
    }
  }

  const timer = setInterval(() => void inbox.turn(take), LOOK_MS);
  return { close: () => clearInterval(timer) };
}

function receiptOf(line: string, n: number): CarriedReceipt {
  const read = readCarriedReceipt(line);
  if (read === undefined) throw new GateError("BUNDLE_DAMAGED", `line ${n + 1} is no receipt`);
  return read;
}

/** All of them or none: a receipt that doesn't mean this journal says that the file is another gate's, or of before a restore. */
function settle(receipts: readonly CarriedReceipt[], { rows, journal, forwarder }: CarriedParts): CarriedTold {
  for (const { stream, storedSeq, hash } of receipts) {
    const [row] = storedSeq > journal.durableSeq ? [] : rows.after(storedSeq - 1, storedSeq, 1);
    if (row === undefined || row.hash !== hash || streamOf(row) !== stream)
      throw new GateError("BUNDLE_FOREIGN", `record ${storedSeq} of ${stream} is another one in this journal`);
  }
  const moved = receipts.filter(({ stream, storedSeq, hash }) => forwarder.carried(stream, { seq: storedSeq, hash }));
  return {
    moved: moved.map(({ stream, storedSeq }) => ({ stream, storedSeq })),
    known: receipts.length - moved.length,
  };
}
