/**
 * What goes to the platform by hand where there is no line: the same messages, in the same order and with the same links
 * as over a line, cut into parts of rows. A part never changes: whoever is interrupted goes on behind the last whole one.
 */
import { z } from "zod";
import type { OpenRow, OpenRows } from "../shell/ports.ts";
import type { Placed } from "./complete.ts";
import type { Told } from "./contract.ts";
import { code, hash, note, SCHEMA_VERSION } from "./contract-words.ts";
import type { Cursors } from "./forward.ts";
import { openGrants } from "./grants.ts";
import { type Codes, type Link, type StreamName, streamOf, toldOf } from "./records.ts";

const seq = z.int().min(0);
const link = z.strictObject({ seq, hash });
const links = z.strictObject({ alarm: link, event: link });
const keyId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .length(16);

/** The first line of every file that is carried; readable by whoever finds the stick, so it says nothing else. */
export const carryHeaderSchema = z
  .strictObject({
    form: z.literal("gatepost-bundle"),
    schemaVersion: note(
      z
        .string()
        .regex(/^1\.\d{1,3}$/)
        .max(8),
      "Version of this file's form.",
      "文件格式版本",
    ),
    site: note(code, "Community code.", "小区编码"),
    gate: note(code, "Gate code.", "门岗编码"),
    holds: note(
      z.enum(["records", "traffic", "receipts"]),
      "`records`, `traffic` from the gate; `receipts` from the platform.",
      "records 记录、traffic 流量（门岗发出）；receipts 回执（平台发出）",
    ),
    first: note(seq, "Rows of the gate's journal from this one …", "从这一条记录"),
    last: note(seq, "… to this one; all of them were looked at.", "到这一条记录"),
    before: note(links, "The message before the first, by stream.", "各流中上一条"),
    after: note(links, "The last message, by stream.", "各流中最后一条"),
    lines: note(z.int().min(0), "Messages inside, one a line.", "消息条数"),
    made: note(
      z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
        .length(20),
      "When it was made, by the gate's clock, UTC.",
      "生成时间（UTC）",
    ),
    signedWith: note(keyId, "Key that signed it.", "签名密钥代号"),
    sealedFor: note(keyId, "Key that it is sealed for.", "加密给哪把密钥"),
    ephemeral: note(
      z
        .string()
        .regex(/^[A-Za-z0-9+/]{43}=$/)
        .length(44),
      "X25519 public key made for this file, base64.",
      "本文件的一次性公钥",
    ),
  })
  .meta({ title: "bundle", description: "First line of a file that is carried by hand. 离线包文件头" });

export type CarryHeader = z.infer<typeof carryHeaderSchema>;
export type Links = Readonly<Record<StreamName, Link>>;

/** What a header says of its contents; keys and seal are added where it is sealed. */
export type Contents = Omit<CarryHeader, "made" | "signedWith" | "sealedFor" | "ephemeral" | "lines">;

/** Everything up to this row of the stream is stored, says the platform; the hash tells that it means this very journal. */
export const carriedReceiptSchema = z
  .strictObject({
    schemaVersion: carryHeaderSchema.shape.schemaVersion,
    stream: note(z.enum(["alarm", "event"]), "Which stream.", "哪个流"),
    storedSeq: note(seq.min(1), "Stored durably, and every one before it in the stream.", "本条及之前各条均已可靠保存"),
    hash: note(hash, "Hash of that record, as it was told.", "该记录的哈希"),
  })
  .meta({ title: "carried receipt", description: "A line of a file of receipts. 离线回执" });
export type CarriedReceipt = z.infer<typeof carriedReceiptSchema>;

/** A message that stands in a stream: what names its place, whatever else it says. */
const recordLine = z.object({
  message: z.object({
    site: z.string(),
    gate: z.string(),
    stream: z.enum(["alarm", "event"]),
    seq,
    previousSeq: seq,
    hash,
    previousHash: hash,
    time: z.string(),
  }),
});

export interface Carried {
  readonly contents: Contents;
  readonly told: readonly Told[];
}

export interface CarryDeps {
  readonly rows: OpenRows;
  readonly codes: Codes;
  readonly plateOf: (row: OpenRow) => string | undefined;
  /** The newest row that is on the disk for sure. */
  readonly tip: number;
  /** Rows in one part, at the most. */
  readonly rowsAPart: number;
}

const ROWS_A_READ = 500;

/** Where a bundle begins: behind what the platform has said it has. */
export function carryStart(cursors: Cursors): { readonly upTo: number; readonly links: Links } {
  const { alarm, event } = cursors;
  return { upTo: Math.min(alarm.upTo, event.upTo), links: { alarm: alarm.link, event: event.link } };
}

/**
 * Makes the parts one by one, each from the rows behind the last.
 * @throws GateError DATABASE_… when the journal can't be read
 */
export function openCarry(deps: CarryDeps, cursors: Cursors) {
  const grants = openGrants(deps.plateOf);
  const { upTo, links } = carryStart(cursors);
  let at = upTo;
  let before: Links = links;

  function read(from: number, to: number, tell: (row: OpenRow) => void): void {
    for (let last = from; last < to; ) {
      const rows = deps.rows.after(last, Math.min(to, last + ROWS_A_READ), ROWS_A_READ);
      for (const row of rows) tell(row);
      last = Math.min(to, last + ROWS_A_READ);
    }
  }

  /** A row that the platform has said it has is told to nobody a second time. */
  const isDue = (row: OpenRow, stream: StreamName): boolean => row.seq > cursors[stream].upTo;

  return {
    /** A part that is whole on the stick already, if it is the very next one. */
    skip(part: Pick<CarryHeader, "first" | "last" | "before" | "after">): boolean {
      const fits = part.first === at + 1 && part.last <= deps.tip && part.last > at && sameLinks(part.before, before);
      if (!fits) return false;
      at = part.last;
      before = part.after;
      return true;
    },
    /** Undefined: there is nothing more. */
    next(): Carried | undefined {
      if (at >= deps.tip) return undefined;
      const first = at + 1;
      const last = Math.min(deps.tip, at + deps.rowsAPart);
      const told: Told[] = [];
      const start = before;
      grants.warm(at, deps.rows);
      read(at, last, (row) => {
        grants.note(row);
        const stream = streamOf(row);
        if (stream === undefined || !isDue(row, stream)) return;
        const one = toldOf(row, {
          codes: deps.codes,
          before: before[stream],
          grant: grants.of(row),
          plate: grants.plateOf(row),
          waited: true,
        });
        if (one === undefined) return;
        told.push(one);
        before = { ...before, [stream]: { seq: row.seq, hash: row.hash } };
      });
      at = last;
      return { contents: contentsOf(deps.codes, "records", { first, last, before: start, after: before }), told };
    },
    /** Rows looked at so far. */
    at: () => at,
    links: () => before,
  };
}

export function contentsOf(
  { site, gate }: Pick<Codes, "site" | "gate">,
  holds: CarryHeader["holds"],
  span: Pick<CarryHeader, "first" | "last" | "before" | "after">,
): Contents {
  return { form: "gatepost-bundle", schemaVersion: SCHEMA_VERSION, site, gate, holds, ...span };
}

const sameLinks = (one: Links, other: Links): boolean =>
  (["alarm", "event"] as const).every(
    (stream) => one[stream].seq === other[stream].seq && one[stream].hash === other[stream].hash,
  );

/** A line of a file of receipts; undefined = it is none. */
export function readCarriedReceipt(line: string): CarriedReceipt | undefined {
  try {
    return carriedReceiptSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // no JSON
  }
}

/** The place of a record in a line of a file from the gate; undefined for what is no record (traffic). */
export function recordIn(line: string): Placed | undefined {
  return recordLine.safeParse(JSON.parse(line)).data?.message;
}

const storedSchema = z.strictObject({ alarm: z.array(link), event: z.array(link) });

/** What a platform noted of a gate's streams: up to which records each was stored, oldest first; undefined = it is no such note. */
export function readStored(text: string): Readonly<Record<StreamName, readonly Link[]>> | undefined {
  try {
    return storedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON
  }
}

/** A header from its JSON, or where it is wrong. */
export function readCarryHeader(json: unknown): { readonly header: CarryHeader } | { readonly wrong: string } {
  const read = carryHeaderSchema.safeParse(json);
  if (read.success) return { header: read.data };
  const [first] = read.error.issues;
  return { wrong: `$.${first?.path.join(".") ?? ""}: ${first?.message ?? ""}` };
}
