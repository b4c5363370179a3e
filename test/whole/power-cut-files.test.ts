/**
 * Power cuts over the uplink's cursor, over migrations of every earlier version, and over a backup that was told as made.
 * `GATEPOST_CUTS=5000 npm test -- test/whole/power-cut-files` is the long campaign; GATEPOST_SEED repeats one.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unseal } from "../../src/adapters/backup-cipher.ts";
import { type Connection, openDatabase } from "../../src/adapters/database.ts";
import { JOURNAL_MIGRATIONS } from "../../src/adapters/journal-schema.ts";
import { openCursorFile } from "../../src/adapters/uplink-cursors.ts";
import { WHITELIST_MIGRATIONS } from "../../src/adapters/whitelist-schema.ts";
import { joinSum } from "../../src/adapters/whitelist-sum.ts";
import { random } from "../../src/simulator/random.ts";
import { configurationOf } from "./configuration-of.ts";
import { openCutter, type Recorded, watchDisk } from "./disk.ts";
import { openPlace, type Place, top } from "./place.ts";
import { importResidents, siteYaml } from "./site.ts";

const CUTS = Number(process.env.GATEPOST_CUTS ?? 150);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
/** Each costs a passphrase's key, which is dear by design. */
const FEW = Math.ceil(CUTS / 5);
const PHRASE = "correct horse battery";

let place: Place;
let program = "";
beforeAll(async () => {
  place = openPlace();
  mkdirSync(join(top, "bench-results"), { recursive: true });
  // Below the tree, so that it finds its packages.
  program = mkdtempSync(join(top, "bench-results", "cut-program-"));
  await build({
    root: top,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    build: {
      ssr: "test/whole/cut-program.ts",
      outDir: program,
      target: "node20",
      minify: false,
      rollupOptions: { output: { format: "es", entryFileNames: "program.mjs" } },
    },
  });
}, 120_000);
afterAll(async () => {
  rmSync(program, { recursive: true, force: true });
  await place.leave();
});

async function recorded(scene: string): Promise<readonly Recorded[]> {
  const dir = join(place.dir, scene);
  mkdirSync(dir);
  const own = { ...place, dir: mkdtempSync(join(place.dir, "shim-")) };
  const disk = watchDisk(own, dir);
  const running = place.run(process.execPath, [join(program, "program.mjs"), scene, dir], disk.env);
  expect(await running.ended, running.printed()).toBe(0);
  return disk.read();
}

/** Cuts at `count` places and asks `look` what is wrong in the folder that is left, and with what was told before. */
async function cutAll(
  record: readonly Recorded[],
  count: number,
  look: (
    dir: string,
    told: readonly string[],
    later: readonly string[],
  ) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  const dice = random(SEED);
  const after = join(place.dir, "after");
  const cutter = openCutter(record);
  const said = record.flatMap(({ kind, bytes }, index) =>
    kind === "A" ? [{ index, words: bytes.toString("utf8").trim().split("\n") }] : [],
  );
  const wrong: string[] = [];
  const at = [0, record.length, ...Array.from({ length: count - 2 }, () => dice.below(record.length + 1))].sort(
    (a, b) => a - b,
  );
  for (const cut of at) {
    rmSync(after, { recursive: true, force: true });
    mkdirSync(after, { recursive: true });
    cutter.cut(cut, dice, after);
    const told = said.flatMap(({ index, words }) => (index < cut ? words : []));
    const later = said.flatMap(({ index, words }) => (index < cut ? [] : words));
    for (const what of await look(after, told, later)) wrong.push(`cut ${cut} of ${record.length}: ${what}`);
  }
  return wrong;
}

const numberAfter = (word: string, told: readonly string[]) =>
  Number(told.findLast((one) => one.startsWith(`${word} `))?.slice(word.length) ?? 0);

test(`promise 4: ${CUTS} cuts over the uplink's cursor: it is whole or absent, and never ahead of the truth (seed ${SEED})`, {
  timeout: 60_000 + CUTS * 100,
}, async () => {
  const record = await recorded("cursors");
  const seen = new Set<number>();
  const wrong = await cutAll(record, CUTS, (dir, told, later) => {
    const found = openCursorFile(join(dir, "cursor.json"), Number).found ?? 0;
    seen.add(found);
    // A word is noted before it leaves: the one behind the cut may have been kept already.
    const most = Math.max(numberAfter("kept", told), numberAfter("kept", later.slice(0, 1)));
    // The newest name may be lost, and is only one: what was known to the start before is there for sure.
    const least = Number(
      told
        .filter((one) => one.startsWith("found "))
        .at(-2)
        ?.slice(6) ?? 0,
    );
    return found >= least && found <= most ? [] : [`the cursor is ${found}, not ${least}..${most}`];
  });
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(3);
});

test(`promise 4: ${CUTS} cuts over migrations: the old version or the new one, nothing lost, and the next start ends it (seed ${SEED})`, {
  timeout: 60_000 + CUTS * 300,
}, async () => {
  const record = await recorded("migrations");
  const versions = new Set<string>();
  const wrong = await cutAll(record, CUTS, (dir, told) => {
    const found: string[] = [];
    for (const [name, all, count] of [
      ["journal", JOURNAL_MIGRATIONS, "SELECT count(*) FROM journal"],
      ["whitelist", WHITELIST_MIGRATIONS, "SELECT count(*) FROM holder JOIN credential ON holder = id"],
    ] as const) {
      for (let old = 1; old < all.length; old++) {
        if (!told.includes(`old ${name} ${old}`)) continue;
        const file = join(dir, `${name}-${old}.sqlite`);
        const version = versionOf(file);
        versions.add(`${name} ${version}`);
        if (version < old) found.push(`${name} ${old} has version ${version}`);
        const db = openDatabase(file, { synchronous: "FULL", migrations: all, join: joinSum });
        if (rows(db, count) !== 200) found.push(`${name} ${old} has ${rows(db, count)} rows of 200`);
        if (db.pragma("integrity_check", { simple: true }) !== "ok") found.push(`${name} ${old} is damaged`);
        db.close();
        if (versionOf(file) !== all.length) found.push(`${name} ${old} stays at ${versionOf(file)}`);
      }
    }
    return found;
  });
  expect(wrong).toEqual([]);
  // Cuts met a file before its migration, and after it.
  expect(versions.size).toBeGreaterThan(4);
});

test(`${CUTS} cuts over a configuration that is put in its place: the old one or the new one lies there whole, and so does the one before (seed ${SEED})`, {
  timeout: 60_000 + CUTS * 100,
}, async () => {
  const record = await recorded("configurations");
  const seen = new Set<number>();
  const wrong = await cutAll(record, CUTS, (dir, told) => {
    const laid = numberAfter("laid", told);
    const now = wholeOf(join(dir, "etc", "gate.yaml"));
    const before = wholeOf(join(dir, "etc", "gate.yaml.previous"));
    seen.add(now ?? 0);
    return [
      // Its own word comes after the disk's.
      ...(now === laid || now === laid + 1 || (laid === 0 && now === undefined)
        ? []
        : [`${now} lies there, not ${laid}`]),
      ...(before === undefined && laid > 1 ? ["the one before is gone or torn"] : []),
    ];
  });
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(3);
});

/** Which of them it is; undefined = none, or not the whole of it. */
function wholeOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const n = Number(/^# (\d+)/.exec(text)?.[1]);
  return text === configurationOf(n) ? n : undefined;
}

const rows = (db: Connection, sql: string) => Number(db.prepare<[], number>(sql).pluck().get());

function versionOf(file: string): number {
  const db = new Database(file);
  try {
    return Number(db.pragma("user_version", { simple: true }));
  } finally {
    db.close();
  }
}

test(`promise 4: ${FEW} cuts over a backup: once it is told as made it can be opened, before that it is refused or absent (seed ${SEED})`, {
  timeout: 60_000 + CUTS * 300,
}, async () => {
  const own = openPlace();
  try {
    own.write("gate.yaml", siteYaml({ mqtt: "{ external: { url: 'mqtt://127.0.0.1:1' } }", relays: "/dev/null" }));
    await importResidents(own);
    const phrase = own.write("phrase", `${PHRASE}\n`);
    // One above the folder it is written to, whose own sync counts too.
    const disk = watchDisk(own, join(own.dir, "media"));
    mkdirSync(join(own.dir, "media", "stick"), { recursive: true });
    const words = ["backup", join(own.dir, "media", "stick", "gate.backup"), "--passphrase-file", phrase];
    const making = own.run(
      process.execPath,
      [join(top, "dist", "gatepost.cjs"), ...words, "--config", join(own.dir, "gate.yaml")],
      disk.env,
    );
    expect(await making.ended, making.printed()).toBe(0);
    const record = disk.read();
    const opened = new Set<boolean>();
    const wrong = await cutAll(record, FEW, async (dir, told) => {
      const whole = await opens(join(dir, "stick", "gate.backup"));
      opened.add(whole);
      return told.some((words) => words.includes("gate.backup")) && !whole
        ? ["it was told as made and can't be opened"]
        : [];
    });
    expect(wrong).toEqual([]);
    expect(opened).toEqual(new Set([true, false]));
  } finally {
    await own.leave();
  }
});

async function opens(file: string): Promise<boolean> {
  try {
    for await (const _ of unseal(file, PHRASE));
    return true;
  } catch {
    return false;
  }
}
