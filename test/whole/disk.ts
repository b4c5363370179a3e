/**
 * The simulated power cut. A shim of ours (disk.c) writes down every change, every sync and every word said by a real
 * gatepost; here the power is cut anywhere in that record. What was synced is on the disk; of the rest each write is
 * dropped, torn at a sector, or there, as the dice fall; names changed since the last sync may be the old ones.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../../src/simulator/random.ts";
import { type Place, top } from "./place.ts";

export interface Recorded {
  readonly kind: string;
  readonly path: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Builds the shim and returns the environment that puts a program on it. `dir` is watched, with all that is in it. */
export function watchDisk(
  place: Place,
  dir: string,
): { readonly env: Readonly<Record<string, string>>; readonly read: () => readonly Recorded[] } {
  const shim = join(place.dir, "disk.so");
  const record = join(place.dir, "disk.record");
  execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-o", shim, join(top, "test/whole/disk.c"), "-ldl", "-lpthread"]);
  return {
    env: { LD_PRELOAD: shim, GATEPOST_DISK_DIR: dir, GATEPOST_DISK_RECORD: record },
    read: () => parse(readFileSync(record)),
  };
}

const HEAD = 15;

export function parse(all: Buffer): readonly Recorded[] {
  const found: Recorded[] = [];
  let at = 0;
  while (at + HEAD <= all.length) {
    const pathLength = all.readUInt16LE(at + 1);
    const length = all.readUInt32LE(at + 11);
    const from = at + HEAD + pathLength;
    if (from + length > all.length) break; // the recorder itself was killed in this entry
    found.push({
      kind: String.fromCharCode(all[at] ?? 0),
      path: all.toString("utf8", at + HEAD, from),
      offset: Number(all.readBigUInt64LE(at + 3)),
      bytes: all.subarray(from, from + length),
    });
    at = from + length;
  }
  return found;
}

/** A file, whatever it is called: what is on the disk for sure, and what was written since. */
interface Body {
  /** Synced bytes; the buffer may be longer than `length`. */
  sure: Buffer;
  length: number;
  since: { readonly index: number; readonly change: Recorded }[];
}

/** Written since the last finished sync of anything: names may still be the old ones. */
interface Renaming {
  readonly index: number;
  readonly apply: (names: Map<string, Body>) => void;
}

export interface Cutter {
  /**
   * The folder as it is found after the power failed before entry `at` (rising from call to call). `lying` = a disk
   * that says it has synced and hasn't.
   */
  cut(at: number, dice: Random, into: string): void;
}

const SECTOR = 512;

export function openCutter(record: readonly Recorded[], lying = false, ignore = /\.reserve$|-shm$/): Cutter {
  const names = new Map<string, Body>();
  let unsure: Renaming[] = [];
  const begun = new Map<number, { readonly index: number; readonly body: Body | undefined }>();
  let next = 0;

  function take(change: Recorded, index: number): void {
    if (ignore.test(change.path)) return;
    switch (change.kind) {
      case "W":
      case "T": {
        let body = names.get(change.path);
        if (body === undefined) {
          body = { sure: Buffer.alloc(0), length: 0, since: [] };
          names.set(change.path, body);
        }
        body.since.push({ index, change });
        return;
      }
      case "U": {
        const gone = names.get(change.path);
        names.delete(change.path);
        if (gone !== undefined) unsure.push({ index, apply: (old) => void old.set(change.path, gone) });
        return;
      }
      case "R": {
        const to = change.bytes.toString("utf8");
        const moved = names.get(change.path);
        const covered = names.get(to);
        names.delete(change.path);
        if (moved === undefined) return;
        names.set(to, moved);
        unsure.push({
          index,
          apply(old) {
            old.set(change.path, moved);
            if (covered === undefined) old.delete(to);
            else old.set(to, covered);
          },
        });
        return;
      }
      case "S":
        begun.set(change.offset, { index, body: names.get(change.path) });
        return;
      case "E": {
        const sync = begun.get(change.offset);
        begun.delete(change.offset);
        if (lying || sync === undefined) return;
        const { body, index: upTo } = sync;
        // Without a body it is a folder: its names alone.
        if (body !== undefined) {
          for (const one of body.since) if (one.index < upTo) applied(body, one.change, one.change.bytes);
          body.since = body.since.filter((one) => one.index >= upTo);
        }
        unsure = unsure.filter((one) => one.index >= upTo);
        return;
      }
    }
  }

  return {
    cut(at, dice, into) {
      for (; next < at; next++) {
        const change = record[next];
        if (change !== undefined) take(change, next);
      }
      const found = new Map(names);
      const undone = unsure.length === 0 ? 0 : dice.below(unsure.length + 1);
      for (const one of unsure.slice(unsure.length - undone).reverse()) one.apply(found);
      for (const [path, body] of found) {
        const copy: Body = { sure: Buffer.from(body.sure.subarray(0, body.length)), length: body.length, since: [] };
        // One cut in three is all or nothing: the whole rest lost, or all of it there.
        const mood = dice.below(6);
        for (const { change } of body.since) {
          const fate = mood === 0 ? 0 : mood === 1 ? 2 : dice.below(3);
          if (fate === 0) continue;
          const torn =
            fate === 1
              ? change.bytes.subarray(0, dice.below(Math.ceil(change.bytes.length / SECTOR)) * SECTOR)
              : change.bytes;
          if (change.kind === "T" && fate === 1) continue;
          applied(copy, change, torn);
        }
        const file = join(into, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, copy.sure.subarray(0, copy.length));
      }
    },
  };
}

function applied(body: Body, change: Recorded, bytes: Buffer): void {
  if (change.kind === "T") {
    body.length = change.offset;
    grow(body, body.length);
    return;
  }
  const end = change.offset + bytes.length;
  grow(body, end);
  bytes.copy(body.sure, change.offset);
  body.length = Math.max(body.length, end);
}

function grow(body: Body, to: number): void {
  if (to <= body.sure.length) return;
  const more = Buffer.alloc(Math.max(to, body.sure.length * 2));
  body.sure.copy(more, 0, 0, body.length);
  body.sure = more;
}
