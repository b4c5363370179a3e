/** A journal in a folder of its own, and what is written into it in these tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type JournalDeps, openJournal } from "../../src/adapters/journal.ts";
import type { Now } from "../../src/core/terms.ts";
import type { Entry } from "../../src/shell/ports.ts";

export const SITE_KEY = new Uint8Array(32).fill(7);
export const PERSON_KEY = new Uint8Array(32).fill(9);

export function place(): string {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-journal-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function open(file: string, more: Partial<JournalDeps> = {}) {
  return openJournal({
    file,
    boot: "boot",
    siteKey: SITE_KEY,
    keyOf: (holder) => (holder === "zhang" ? PERSON_KEY : undefined),
    dateOf: (wallMs) => new Date(wallMs).toISOString().slice(0, 10),
    ...more,
  });
}

const WALL_MS = Date.UTC(2026, 10, 24, 8);
export function at(second: number): Now {
  return {
    at: second * 1000,
    wall: { epochMs: WALL_MS + second * 1000, trust: "trusted", date: "2026-11-24", weekday: 2, minute: 480 },
  };
}

/** One decision, with a device's event id and where it leaves the vehicle. */
export function decision(n: number): Entry {
  return {
    kind: "decision",
    now: at(n),
    lane: n % 2 === 0 ? "car-in" : "car-out",
    open: { id: `d${n}`, reader: "face-1", eventId: `e${n}`, outcome: "granted" },
    ...(n % 3 === 0 ? { subject: "zhang" } : {}),
    sealed: { value: `plate ${n}`, name: "张伟" },
    uses: { device: "face-1", eventId: `e${n}` },
    ...(n % 5 === 0 ? { places: { holder: `car${n}`, vehicle: true, household: "1-1-101", area: "yard" } } : {}),
    ...(n % 7 === 0 ? { counts: { type: "code", value: "1234" } } : {}),
  };
}

export const durable = (journal: { whenDurable(seq: number, then: () => void): void }, seq: number) =>
  new Promise<void>((done) => journal.whenDurable(seq, done));
