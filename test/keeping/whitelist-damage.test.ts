/** Promise 3 with a damaged whitelist: nobody is let in who isn't on the list, and who is barred stays barred. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type OpenedWhitelist, openWhitelist } from "../../src/adapters/whitelist.ts";
import type { Person } from "../../src/adapters/whitelist-people.ts";
import { skeleton } from "../../src/core/plates.ts";
import type { Found } from "../../src/core/terms.ts";
import { type Random, random } from "../../src/simulator/random.ts";
import { place } from "./journal-place.ts";

const DAY = 86_400_000;
const people: readonly Person[] = Array.from(
  { length: 200 },
  (_, n): Person => ({
    id: `p${n}`,
    name: `张${n}`,
    kind: n % 10 === 0 ? "visitor" : "resident",
    household: `1-1-${n}`,
    spaces: 1,
    blocked: n % 7 === 0,
    slow: false,
    levels: n % 3 === 0 ? ["gates"] : ["gates", "garage"],
    ...(n % 5 === 0 ? { validFrom: DAY, validUntil: 1_000 * DAY, maxUses: 3 } : {}),
    credentials: [
      { type: "card", value: `10000${1000 + n}`, original: `10000${1000 + n}` },
      { type: "plate", value: `川A${10_000 + n}`, original: `川A${10_000 + n}` },
    ],
  }),
);
const told = (found: Found) => JSON.stringify(found);

function listed(dir: string): { readonly file: string; readonly rights: ReadonlySet<string> } {
  const file = join(dir, "whitelist.sqlite");
  const list = openWhitelist({ file, skeleton });
  list.replaceAll(people, "test", 0);
  const rights = new Set(everybody(list).map(told));
  list.close();
  return { file, rights };
}

/** Every card and plate that anybody could present, close to those on the list. */
function everybody(list: OpenedWhitelist): readonly Found[] {
  const found: Found[] = [];
  for (let n = -300; n < 600; n++)
    for (const [type, value] of [
      ["card", `10000${1000 + n}`],
      ["plate", `川A${10_000 + n}`],
    ] as const) {
      const one = list.find(type, value);
      if (one !== undefined) found.push(one);
    }
  return found;
}

describe("what a flipped bit makes of a row is nobody's right", () => {
  const FLIPS: readonly (readonly [string, string, string])[] = [
    ["another card number", "100001005", "100001905"],
    ["another level", "gates\ngarage", "gates\nharage"],
    ["another name", "张77", "张78"],
  ];
  it.each(FLIPS)("%s", (_what, from, to) => {
    const { file, rights } = listed(place());
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
    writeFileSync(file, bytes);
    const list = openWhitelist({ file, skeleton });
    const wrong = everybody(list).filter((one) => !rights.has(told(one)));
    expect(wrong).toEqual([]);
    list.close();
  });

  it("2,000 bytes flipped anywhere, one at a time: seed 7", () => {
    const { file, rights } = listed(place());
    const bytes = readFileSync(file);
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let n = 0; n < 60; n++) {
      const damaged = Buffer.from(bytes);
      for (let more = 0; more < 34; more++) {
        const at = 100 + random(bytes.length - 100);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
      }
      const own = join(place(), "whitelist.sqlite");
      writeFileSync(own, damaged);
      const list = openWhitelist({ file: own, skeleton });
      expect(everybody(list).filter((one) => !rights.has(told(one)))).toEqual([]);
      list.close();
    }
  }, 60_000);
});

/** A list that was imported twice, as a power cut leaves it: the file, its log, and the generation before; or closed, without log. */
function cutOff(
  dir: string,
  closed: boolean,
): { readonly files: ReadonlyMap<string, Buffer>; readonly rights: ReadonlySet<string> } {
  // The first list stands in the file, the second one still in the log.
  const { file, rights: first } = listed(dir);
  const list = openWhitelist({ file, skeleton });
  list.replaceAll(
    people.filter((_, n) => n % 4 !== 0),
    "test",
    1,
  );
  const rights = new Set([...first, ...everybody(list).map(told)]);
  if (closed) list.close();
  const files = new Map(
    readdirSync(dir)
      .filter((name) => !name.endsWith("-shm"))
      .map((name) => [name, readFileSync(join(dir, name))] as const),
  );
  if (!closed) list.close();
  return { files, rights };
}

const DAMAGES = Number(process.env.GATEPOST_DAMAGES ?? 180);
const PAGE = 4_096;

describe("home-assistant/core#56138: a damaged database", () => {
  type Damage = (bytes: Buffer, random: Random) => Buffer;
  const zeroed: Damage = (bytes, dice) => {
    const copy = Buffer.from(bytes);
    const pages = Math.ceil(bytes.length / PAGE);
    for (let n = 1 + dice.below(3); n > 0; n--) {
      const at = dice.below(pages) * PAGE;
      copy.fill(0, at, Math.min(at + PAGE, bytes.length));
    }
    return copy;
  };
  const DAMAGED: readonly (readonly [string, string, Damage])[] = [
    ["the closed file cut short", "whitelist.sqlite", (bytes, dice) => bytes.subarray(0, dice.below(bytes.length))],
    ["the closed file with pages of zeros", "whitelist.sqlite", zeroed],
    ["the file cut short", "whitelist.sqlite", (bytes, dice) => bytes.subarray(0, dice.below(bytes.length))],
    ["the file with pages of zeros", "whitelist.sqlite", zeroed],
    ["its log cut short", "whitelist.sqlite-wal", (bytes, dice) => bytes.subarray(0, dice.below(bytes.length))],
    ["its log with pages of zeros", "whitelist.sqlite-wal", zeroed],
  ];
  const each = Math.ceil(DAMAGES / DAMAGED.length);
  // `GATEPOST_DAMAGES=2000 npm test -- test/keeping/whitelist-damage` is the size of reliability.md.
  it.each(DAMAGED)(
    `${each} times %s: it starts, and nobody else is let in`,
    (what, name, damage) => {
      const { files, rights } = cutOff(place(), what.includes("closed"));
      expect(files.get(name)?.length).toBeGreaterThan(PAGE);
      const dice = random(20_261_124);
      let kept = 0;
      for (let n = 0; n < each; n++) {
        const dir = mkdtempSync(join(tmpdir(), "gatepost-list-"));
        for (const [one, bytes] of files) writeFileSync(join(dir, one), one === name ? damage(bytes, dice) : bytes);
        const list = openWhitelist({ file: join(dir, "whitelist.sqlite"), skeleton });
        const found = everybody(list).map(told);
        expect(found.filter((one) => !rights.has(one))).toEqual([]);
        if (found.length > 0) kept++;
        list.close();
        rmSync(dir, { recursive: true, force: true });
      }
      console.log(`${what}: ${kept} of ${each} still let somebody in`);
    },
    30_000 + DAMAGES * 100,
  );
});

it("an import beside a running gate doesn't put a damaged list aside: the gate would never hear of the new one", () => {
  const { file } = listed(place());
  const gate = openWhitelist({ file, skeleton });
  expect(gate.find("card", "100001001")?.holder.id).toBe("p1");
  const bytes = readFileSync(file);
  bytes.fill(0, 0, 100);
  writeFileSync(file, bytes);
  expect(() => openWhitelist({ file, skeleton, repair: false })).toThrow("DATABASE_DAMAGED");
  expect(readFileSync(file).equals(bytes)).toBe(true);
  gate.close();
  // The gate's own start does put it aside.
  const next = openWhitelist({ file, skeleton });
  expect(next.damage).toContain("DATABASE_DAMAGED");
  next.close();
});
