/**
 * A gate's uplink without the rest of the gate: the product's own forwarder and line; a journal that is counted out
 * instead of written, so that thousands fit in one process.
 */
import { createHash } from "node:crypto";
import { openPlatform } from "../../src/adapters/mqtt-platform.ts";
import type { OpenRow, OpenRows } from "../../src/shell/ports.ts";
import { topicOf } from "../../src/uplink/contract.ts";
import { openForwarder } from "../../src/uplink/forward.ts";
import { type Codes, streamOf } from "../../src/uplink/records.ts";
import { BEGINNING } from "../../src/uplink/stream.ts";
import { statusTold } from "../../src/uplink/summaries.ts";

const BOOT = "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f";
const LANES = ["car-in", "car-out", "walk"] as const;
const ZERO = "0".repeat(64);

const uuid = (gate: number, n: number) =>
  `${gate.toString(16).padStart(8, "0")}-${(n >> 16).toString(16).padStart(4, "0")}-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** Row `seq` of this gate: decision, move, passage, round and round; every fortieth an alarm. */
function rowAt(gate: number, seq: number, startMs: number): OpenRow {
  const n = Math.floor((seq - 1) / 3);
  const at = seq * 1_000;
  const head = { seq, boot: BOOT, at, wallMs: startMs + at, trust: "trusted", lane: LANES[n % 3] ?? "walk" } as const;
  const hash = createHash("sha256").update(`${gate} ${seq}`).digest("hex");
  const subject = createHash("sha256")
    .update(`${gate} ${n % 50}`)
    .digest("hex")
    .slice(0, 16);
  if (seq % 40 === 0) return { ...head, hash, kind: "alarm", open: { alarm: "tailgate" } };
  const id = uuid(gate, n);
  switch ((seq - 1) % 3) {
    case 0:
      return {
        ...head,
        hash,
        kind: "decision",
        subject,
        open: { id, reader: "face-in", type: "face", outcome: "granted", direction: "in", holderKind: "resident" },
      };
    case 1:
      return { ...head, hash, kind: "move", open: { command: "open", cause: id } };
    default:
      return { ...head, hash, kind: "passage", subject, open: { direction: "in", credit: id } };
  }
}

function rowsOf(gate: number, startMs: number): OpenRows {
  const read = (wanted: (row: OpenRow) => boolean) => (seq: number, upTo: number, count: number) => {
    const found: OpenRow[] = [];
    for (let at = seq + 1; at <= upTo && found.length < count; at++) {
      const row = rowAt(gate, at, startMs);
      if (wanted(row)) found.push(row);
    }
    return found;
  };
  return {
    after: read(() => true),
    alarms: read(({ kind }) => kind === "alarm"),
    events: read(({ kind }) => kind !== "alarm" && kind !== "move"),
    close: () => undefined,
  };
}

/** How many of rows 1…`rows` the platform must have. */
export function messagesIn(gate: number, rows: number): number {
  let count = 0;
  for (let seq = 1; seq <= rows; seq++) if (streamOf(rowAt(gate, seq, 0)) !== undefined) count++;
  return count;
}

export interface FleetGate {
  /** More rows are durable. */
  write(rows: number): void;
  up(): boolean;
  waiting(): number;
  close(): Promise<void>;
}

export function openGate(gate: number, url: string, startMs: number): FleetGate {
  const codes: Codes = {
    site: `F${String(gate).padStart(5, "0")}`,
    gate: "01",
    lane: (id) => id,
    device: (id) => id,
    isVehicleLane: (id) => id.startsWith("car"),
    utcOffsetMin: () => 480,
  };
  let durable = 0;
  const status = (online: boolean) => {
    const moment = {
      wallMs: Date.now(),
      trust: "trusted",
      at: 0,
      boot: BOOT,
      seq: durable,
      hash: ZERO,
      chance: ZERO.slice(44),
    };
    return statusTold(moment, codes, { online, epoch: BOOT, version: "0.1.0", configSha256: "0".repeat(64) });
  };
  const line = openPlatform(
    { url, version: 4, clientId: `gatepost-${codes.site}-01` },
    {
      now: () => performance.now(),
      random: Math.random,
      lastWill: () => ({ topic: topicOf(codes.site, codes.gate, "status"), payload: JSON.stringify(status(false)) }),
    },
  );
  const forwarder = openForwarder({
    settings: { window: 64, by: "puback", unheard: "accept" },
    codes,
    rows: rowsOf(gate, startMs),
    line,
    clock: {
      at: () => performance.now(),
      wakeAt(at, then) {
        const timer = setTimeout(then, Math.max(0, at - performance.now()));
        return () => clearTimeout(timer);
      },
    },
    durableSeq: () => durable,
    plateOf: () => undefined,
    soon: (then) => void setImmediate(then),
    cursors: { alarm: BEGINNING, event: BEGINNING },
    keep: () => undefined,
  });
  line.onState(({ is }) => {
    if (is === "up") forwarder.post({ on: "status", message: status(true) }, undefined, true);
  });
  return {
    write(rows) {
      durable += rows;
      forwarder.wake();
    },
    up: () => line.state().is === "up",
    waiting: () => forwarder.state().waiting,
    async close() {
      forwarder.close();
      await line.close();
    },
  };
}
