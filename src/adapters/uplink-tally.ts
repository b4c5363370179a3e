/**
 * Counted quarters of an hour, a file a day, and how far counting has come. All of it can be counted again from the
 * journal, so a file that isn't whole is as good as none. Written off the loop; what is still on its way there is read
 * from memory.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replace } from "./uplink-cursors.ts";
import { summed, whole } from "./uplink-sum.ts";

export interface TallyFiles<Day, Tallied> {
  readonly found: Tallied | undefined;
  /** Of every day that lies there. */
  dates(): readonly string[];
  /** The same as `day`, the disk asked off the loop. */
  look(date: string): Promise<Day | undefined>;
  day(date: string): Day | undefined;
  save(days: readonly (Day & { readonly date: string })[], tallied: Tallied): void;
  close(): Promise<void>;
}

export function openTallyFiles<Day, Tallied>(
  folder: string,
  read: { readonly day: (json: unknown) => Day | undefined; readonly tallied: (json: unknown) => Tallied | undefined },
): TallyFiles<Day, Tallied> {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const coming = new Map<string, Day>();
  let writing: Promise<void> = Promise.resolve();
  const fileOf = (date: string) => join(folder, `${date}.json`);
  const tallyFile = join(folder, "tally.json");
  return {
    found: parse(tallyFile, read.tallied),
    dates: () => datesIn(folder),
    async look(date) {
      const near = coming.get(date);
      if (near !== undefined) return near;
      try {
        return parsed(await readFile(fileOf(date), "utf8"), read.day);
      } catch {
        return undefined; // nothing was counted on that day
      }
    },
    // Each day says itself how far it goes: without the tally its rows are not counted twice.
    day: (date) => coming.get(date) ?? parse(fileOf(date), read.day),
    save(days, tallied) {
      for (const day of days) coming.set(day.date, day);
      writing = writing.then(async () => {
        try {
          for (const day of days) await replace(fileOf(day.date), summed(JSON.stringify(day)));
          await replace(tallyFile, summed(JSON.stringify(tallied)));
          for (const day of days) if (coming.get(day.date) === day) coming.delete(day.date);
        } catch {
          // A full disk: what is counted stays in memory and is counted again after a restart.
        }
      });
    },
    close: () => writing,
  };
}

/** Every counted day from this date (YYYY-MM-DD) on, beside a running gate. */
export function readDays<Day>(folder: string, from: string, read: (json: unknown) => Day | undefined): readonly Day[] {
  if (!existsSync(folder)) return [];
  return datesIn(folder)
    .filter((date) => date >= from)
    .flatMap((date) => parse(join(folder, `${date}.json`), read) ?? []);
}

const datesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name))
    .map((name) => name.slice(0, 10))
    .sort();

function parse<Kept>(file: string, read: (json: unknown) => Kept | undefined): Kept | undefined {
  try {
    return parsed(readFileSync(file, "utf8"), read);
  } catch {
    return undefined; // none yet, or it can't be read
  }
}

/** @throws SyntaxError on a file that somebody else wrote */
function parsed<Kept>(file: string, read: (json: unknown) => Kept | undefined): Kept | undefined {
  const text = whole(file);
  return text === undefined ? undefined : read(JSON.parse(text));
}
