import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { damageRow } from "../../src/adapters/journal.ts";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { at, decision, durable, open, place } from "./journal-place.ts";

const ROWS = 300;

/** As a power cut leaves it: the log beside the database, the last rows only in the log. */
async function leftBehind(): Promise<{ readonly dir: string; readonly files: ReadonlyMap<string, Buffer> }> {
  const dir = place();
  const file = join(dir, "journal.sqlite");
  const first = open(file);
  for (let n = 1; n <= ROWS / 2; n++) first.append(decision(n));
  await first.close();
  const journal = open(file);
  for (let n = ROWS / 2 + 1; n <= ROWS; n++) journal.append(decision(n));
  await durable(journal, ROWS);
  journal.mark();
  await expect.poll(() => existsSync(`${file}.mark`)).toBe(true);
  const names = ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite.mark"];
  const files = new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
  await journal.close();
  return { dir, files };
}

/** mulberry32: a seed makes the run again. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

type Harm = (dir: string, roll: (below: number) => number) => void;
const HARMS: Readonly<Record<string, Harm>> = {
  "bytes of the database": (dir, roll) => flip(join(dir, "journal.sqlite"), roll),
  "bytes of the log": (dir, roll) => flip(join(dir, "journal.sqlite-wal"), roll),
  "the database cut short": (dir, roll) => cut(join(dir, "journal.sqlite"), roll),
  "the log cut short": (dir, roll) => cut(join(dir, "journal.sqlite-wal"), roll),
  "a page of zeros": (dir, roll) => zeros(join(dir, "journal.sqlite"), roll),
  "the database gone": (dir) => rmSync(join(dir, "journal.sqlite")),
  "the mark turned to junk": (dir) => writeFileSync(join(dir, "journal.sqlite.mark"), "\0\0\0"),
};

function flip(file: string, roll: (below: number) => number): void {
  const bytes = readFileSync(file);
  for (let n = 0; n <= roll(4); n++) bytes[roll(bytes.length)] = roll(256);
  writeFileSync(file, bytes);
}
const cut = (file: string, roll: (below: number) => number) => truncateSync(file, roll(readFileSync(file).length));
function zeros(file: string, roll: (below: number) => number): void {
  const bytes = readFileSync(file);
  const page = roll(Math.floor(bytes.length / 4096)) * 4096;
  bytes.fill(0, page, page + 4096);
  writeFileSync(file, bytes);
}

describe("promise 3: a damaged history never stops decisions, and says what it lost", () => {
  const CASES = Object.keys(HARMS).flatMap((harm) => Array.from({ length: 12 }, (_, n) => [harm, n + 1] as const));
  const left = leftBehindOnce();

  it.each(CASES)("%s (seed %i)", async (harm, seed) => {
    const { files } = await left();
    const dir = place();
    const file = join(dir, "journal.sqlite");
    for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes);
    HARMS[harm]?.(dir, dice(seed));

    const journal = open(file, { boot: "after" });
    const { damage } = journal;
    if (damage !== undefined) {
      expect(existsSync(damage.file) || existsSync(`${damage.file}-wal`)).toBe(true);
      expect(readdirSync(dir).some((name) => name.includes(".damaged-1"))).toBe(true);
      journal.append({ ...damageRow(damage), now: at(ROWS + 1) });
    }
    // No number is given twice: what a device was told under it stays what it was.
    const seq = journal.append(decision(ROWS + 2));
    expect(seq).toBeGreaterThan(harm === "the mark turned to junk" ? 0 : ROWS);
    await durable(journal, seq);
    const rows = journal.after(0, ROWS * 2);
    expect(rows.at(-1)?.seq).toBe(seq);
    await journal.close();

    const verdict = verifyFile(file);
    const gone = new Set(
      verdict.lost.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n)),
    );
    const there = new Map(rows.map((row) => [row.seq, row]));
    for (let n = 1; n <= ROWS; n++) {
      const row = there.get(n);
      // Each row is there as it was, or declared lost, or the verification names a row at or before it.
      const named = verdict.bad !== undefined && verdict.bad.seq <= n;
      expect(row?.open.id === `d${n}` || gone.has(n) || named, `row ${n}`).toBe(true);
    }
    const after = open(file);
    for (const row of rows)
      if (typeof row.open.eventId === "string") expect(after.used("face-1", row.open.eventId)).toBe(true);
    await after.close();
  });
});

function leftBehindOnce() {
  let made: ReturnType<typeof leftBehind> | undefined;
  return () => {
    made ??= leftBehind();
    return made;
  };
}
