/** Two entrances of one compound, each with its own loop and journal: who is inside holds at both, and apart. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { seal, unseal } from "../../src/adapters/journal-seal.ts";
import { letterKey, sharedNames } from "../../src/adapters/shared-key.ts";
import { letterJson, readRecord } from "../../src/adapters/shared-letter.ts";
import { openSharedLine, type Refused } from "../../src/adapters/shared-line.ts";
import type { Letter } from "../../src/core/shared-terms.ts";
import type { AreaPlan, Found, WhenApart } from "../../src/core/terms.ts";
import { openSharing, type Sharing } from "../../src/shell/sharing.ts";
import { place } from "../keeping/journal-place.ts";
import { openGateLoop, resident } from "./gate.ts";
import { type Network, openNetwork, SECRET } from "./shared-site.ts";

const HARD = { antiPassback: "hard", timedMs: 0 } as const;
const zhao = resident("zhao", {});
const car = resident("li", { type: "plate", value: "川A11111" }, { household: "1-1-101", spaces: 1 });
const wife = resident("qian", { type: "plate", value: "川A22222" }, { household: "1-1-101", spaces: 1 });
const sun = resident("sun", { type: "plate", value: "川A33333" }, { household: "1-1-102" });
const guard = { who: "王师傅", from: "guard-page" };
const LETTERS = letterKey(SECRET, "xinghe");

interface Entrance extends ReturnType<typeof openGateLoop> {
  readonly sharing: Sharing;
  readonly refused: Refused[];
}

function openEntrance(
  network: Network,
  gate: string,
  yard: Partial<AreaPlan>,
  people: readonly Found[],
  more: { readonly file?: string; readonly boot?: string; readonly whenApart?: WhenApart } = {},
): Entrance {
  const refused: Refused[] = [];
  let sharing: Sharing | undefined;
  const one = openGateLoop(yard, people, {
    boot: `${gate}-1`,
    ...more,
    share({ clock, journal }) {
      const line = openSharedLine(
        { site: "xinghe", gate },
        {
          link: network.link(gate),
          seal: (fields) => seal(LETTERS, fields),
          unseal: (sealed) => unseal(LETTERS, sealed),
          onRefused: (why) => void refused.push(why),
        },
      );
      const kept = journal.kept();
      sharing = openSharing({
        gate,
        boot: journal.boot,
        gates: ["south", "north"].filter((other) => other !== gate),
        whenApart: more.whenApart ?? "hard",
        silentAfterMs: 60_000,
        clock,
        line,
        journal,
        pseudonym: sharedNames(SECRET, "xinghe"),
        known: {
          records: kept.flatMap(({ key, text }) =>
            key.startsWith("record ") ? (readRecord(JSON.parse(text)) ?? []) : [],
          ),
          heads: new Map(
            kept.flatMap(({ key, text }) => (key.startsWith("head ") ? [[key.slice(5), Number(text)] as const] : [])),
          ),
        },
        changed: () => undefined,
        onTwin: () => void refused.push("forged"),
      });
      return sharing;
    },
  });
  if (sharing === undefined) throw new Error("nothing is shared");
  return { ...one, sharing, refused };
}

/** All rows are on the disk, and all letters that follow from them have come. */
async function settled(network: Network, ...gates: readonly Entrance[]): Promise<void> {
  for (let round = 0; round < 6; round++) {
    for (const { clock, journal, sharing } of gates) {
      const [newest] = journal.latest(1);
      if (newest !== undefined) await new Promise<void>((done) => journal.whenDurable(newest.seq, done));
      clock.to(clock.now().at + 2_000);
      sharing.tell();
    }
    while (network.step());
  }
}

async function twoEntrances(yard: Partial<AreaPlan>, people: readonly Found[], whenApart: WhenApart = "hard") {
  const network = openNetwork(() => 0.5);
  const south = openEntrance(network, "south", yard, people, { whenApart });
  const north = openEntrance(network, "north", yard, people, { whenApart });
  await settled(network, south, north);
  return { network, south, north, both: () => settled(network, south, north) };
}

const value = (found: Found) => [found.credential.type, found.credential.value] as const;

describe("one compound, two entrances", () => {
  it("in by one, not in again by the other; out by the other, in again by the first", async () => {
    const { south, north, both } = await twoEntrances(HARD, [zhao]);
    expect(south.ask("in", ...value(zhao))).toBe("granted");
    south.passes("in");
    await both();
    const moved = north.moves.length;
    expect(north.ask("in", ...value(zhao))).toBe("antipassback-violation");
    expect(north.journal.latest(20).find((row) => row.kind === "decision")?.open).not.toHaveProperty("ask");
    expect(north.moves).toHaveLength(moved);
    // A row says where the knowledge came from, and names nobody.
    expect(north.journal.latest(20).find((row) => row.kind === "shared")?.open).toMatchObject({
      gate: "south",
      records: 2,
    });
    expect(north.ask("out", ...value(zhao))).toBe("granted");
    north.passes("out");
    await both();
    expect(south.ask("in", ...value(zhao))).toBe("granted");
  });

  it("a household's space and the yard's room count at both; cars are told apart from people", async () => {
    const { south, north, both } = await twoEntrances({ capacity: 1 }, [car, wife, sun]);
    expect(south.ask("in", ...value(car))).toBe("granted");
    south.passes("in");
    await both();
    expect(north.sharing.places.inside("yard")).toEqual({ people: 1, vehicles: 1 });
    expect(north.ask("in", ...value(sun))).toBe("lane-full");
    north.ask("out", ...value(car));
    north.passes("out");
    await both();
    expect(south.ask("in", ...value(wife))).toBe("granted");
    south.passes("in");
    await both();
    expect(north.ask("in", ...value(sun))).toBe("lane-full");
    const spacious = await twoEntrances({}, [car, wife]);
    spacious.south.ask("in", ...value(car));
    spacious.south.passes("in");
    await spacious.both();
    expect(spacious.north.ask("in", ...value(wife))).toBe("household-quota-used");
  });

  it("timed anti-passback counts from what the other saw", async () => {
    const { south, north, both } = await twoEntrances({ antiPassback: "timed", timedMs: 600_000 }, [zhao]);
    north.ask("in", ...value(zhao));
    north.passes("in");
    await both();
    expect(south.ask("in", ...value(zhao))).toBe("antipassback-violation");
    for (const { clock } of [south, north]) clock.to(clock.now().at + 620_000);
    await both();
    expect(south.ask("in", ...value(zhao))).toBe("granted");
  });

  it("an amnesty at one is one at the other; a reset of last night leaves inside whoever came since", async () => {
    const { south, north, both } = await twoEntrances(HARD, [zhao]);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    north.loop.amnesty("yard", guard, "每日清零", "reset", north.clock.now().wall.epochMs - 3_600_000);
    await both();
    expect(south.ask("in", ...value(zhao))).toBe("antipassback-violation");
    const moved = [south.moves.length, north.moves.length];
    north.loop.amnesty("yard", guard, "数不对", "tap");
    await both();
    expect(south.sharing.places.inside("yard")).toEqual({ people: 0, vehicles: 0 });
    expect([south.moves.length, north.moves.length]).toEqual(moved);
    expect(south.ask("in", ...value(zhao))).toBe("granted");
  });

  it("whoever is erased is nowhere, at both", async () => {
    const { south, north, both } = await twoEntrances(HARD, [zhao]);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    north.sharing.erase(["zhao", "vehicle:zhao"].map(sharedNames(SECRET, "xinghe")));
    north.sharing.erase([]);
    await both();
    for (const { sharing } of [south, north]) {
      expect(sharing.places.whereabouts("zhao")).toBeUndefined();
      expect(sharing.places.inside("yard")).toEqual({ people: 0, vehicles: 0 });
    }
  });
});

describe("apart", () => {
  it.each([
    ["hard", "antipassback-violation", { ask: true }],
    ["soft", "granted", { notes: ["entrances-apart"] }],
  ] as const)("%s: each decides by what it knows; together again they agree", async (whenApart, decided, told) => {
    const { network, south, north, both } = await twoEntrances(HARD, [zhao], whenApart);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    network.cut("north", false);
    // Short of the time after which silence counts, nothing is different.
    expect(north.ask("in", ...value(zhao))).toBe("antipassback-violation");
    south.ask("out", ...value(zhao));
    south.passes("out");
    await both();
    for (const { clock } of [south, north]) clock.to(clock.now().at + 61_000);
    expect(north.sharing.view()).toMatchObject([{ gate: "south", up: false }]);
    expect(south.sharing.backlog()).toBe(2);
    expect(north.ask("in", ...value(zhao))).toBe(decided);
    expect(north.journal.latest(20).find((row) => row.kind === "decision")?.open).toMatchObject(told);
    network.cut("north", true);
    await both();
    expect(north.sharing.view()).toMatchObject([{ gate: "south", up: true }]);
    expect(south.sharing.backlog()).toBe(0);
    expect(north.sharing.places.whereabouts("zhao")).not.toHaveProperty("area");
    expect(north.ask("in", ...value(zhao))).toBe("granted");
  });

  it("a restart forgets nothing, and a disk that takes nothing keeps the others from hearing, not this gate from knowing", async () => {
    const network = openNetwork(() => 0.5);
    const file = join(place(), "journal.sqlite");
    const south = openEntrance(network, "south", HARD, [zhao, sun]);
    const before = openEntrance(network, "north", HARD, [zhao, sun], { file });
    await settled(network, south, before);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await settled(network, south, before);
    await before.end();
    network.cut("south", false);
    const north = openEntrance(network, "north", HARD, [zhao, sun], { file, boot: "north-2" });
    expect(north.ask("in", ...value(zhao))).toBe("antipassback-violation");
    network.cut("south", true);
    const hand = new Database(file);
    hand.exec("BEGIN IMMEDIATE");
    const moved = north.moves.length;
    north.ask("in", ...value(sun));
    expect(north.moves.length).toBe(moved + 1);
    north.passes("in");
    expect(north.sharing.places.whereabouts("sun")?.area).toBe("yard");
    expect(north.journal.state().is).toBe("failing");
    for (let n = 0; n < 5; n++) {
      north.sharing.tell();
      south.sharing.tell();
      while (network.step());
    }
    expect(south.sharing.places.whereabouts("sun")).toBeUndefined();
    hand.exec("ROLLBACK");
    hand.close();
    await expect.poll(() => north.journal.state().is, { timeout: 10_000 }).toBe("good");
    await settled(network, south, north);
    expect(south.ask("in", ...value(sun))).toBe("antipassback-violation");
  }, 20_000);
});

describe("promise 1: whatever comes on the gates' topics, no gate moves for it", () => {
  const TOPIC = "gatepost/v1/site/xinghe/shared/south";
  const letter = (more: Partial<Letter> = {}): Letter => ({
    gate: "south",
    boot: "forged",
    number: 1,
    origin: "south/forged",
    heads: new Map(),
    hears: new Map(),
    span: {
      origin: "south/forged",
      from: 0,
      upTo: 1,
      records: [
        {
          origin: "south/forged",
          seq: 1,
          stamp: { ms: 1_900_000_000_000, count: 0 },
          told: { is: "placed", subject: sharedNames(SECRET, "xinghe")("zhao"), vehicle: false },
        },
      ],
    },
    ...more,
  });
  const sealedBy = (secret: string, one: Readonly<Record<string, unknown>>) => seal(letterKey(secret, "xinghe"), one);
  const right = () => ({ site: "xinghe", ...letterJson(letter()) });

  it.each([
    ["nobody's bytes", () => new Uint8Array(40).fill(1), "forged"],
    ["nothing at all", () => new Uint8Array(0), "forged"],
    ["by another key", () => sealedBy("0".repeat(32), right()), "forged"],
    ["one byte changed", () => sealedBy(SECRET, right()).map((byte, n) => (n === 60 ? byte ^ 1 : byte)), "forged"],
    ["under another gate's name", () => sealedBy(SECRET, { ...right(), gate: "north" }), "forged"],
    ["of another site", () => sealedBy(SECRET, { ...right(), site: "other" }), "forged"],
    ["no letter", () => sealedBy(SECRET, { site: "xinghe", open: "south" }), "unreadable"],
    ["with something more in it", () => sealedBy(SECRET, { ...right(), command: "open" }), "unreadable"],
    [
      "a record under another's number",
      () => {
        const { span } = letter();
        const [record] = span?.records ?? [];
        return sealedBy(SECRET, { ...right(), span: { ...span, records: [{ ...record, seq: 2 }] } });
      },
      "unreadable",
    ],
    ["far too long", () => new Uint8Array(300_000), "too-long"],
  ] as const)("%s", async (_, bytes, why) => {
    const { network, south, north, both } = await twoEntrances(HARD, [zhao]);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    const moved = [...north.moves];
    network.deliver("north", TOPIC, bytes());
    expect(north.refused).toEqual([why]);
    expect(north.moves).toEqual(moved);
    expect(north.ask("in", ...value(zhao))).toBe("antipassback-violation");
    expect(north.moves).toEqual(moved);
  });

  it("a genuine letter moves nobody, kept by the broker it isn't even read, and said again it says nothing", async () => {
    const { network, south, north, both } = await twoEntrances(HARD, [zhao]);
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    south.ask("out", ...value(zhao));
    south.passes("out");
    await both();
    const recorded = [...network.all];
    south.ask("in", ...value(zhao));
    south.passes("in");
    await both();
    const known = north.sharing.ledger.all();
    const rows = north.journal.latest(1_000).length;
    const moved = [...north.moves];
    for (const { topic, payload } of recorded) network.deliver("north", topic, payload);
    expect(north.sharing.ledger.all()).toEqual(known);
    expect(north.journal.latest(1_000)).toHaveLength(rows);
    expect(north.moves).toEqual(moved);
    expect(north.refused).toEqual([]);
    const [first] = recorded;
    if (first === undefined) throw new Error("nothing was said");
    network.deliver("north", first.topic, first.payload, true);
    expect(north.refused).toEqual(["retained"]);
  });

  it("what was recorded doesn't bring a silent gate back to life", async () => {
    const { network, south, north, both } = await twoEntrances(HARD, [zhao]);
    await both();
    const recorded = network.all.filter(({ topic }) => topic === TOPIC);
    network.cut("south", false);
    for (const { clock } of [south, north]) clock.to(clock.now().at + 61_000);
    for (const { topic, payload } of recorded) network.deliver("north", topic, payload);
    while (network.step());
    for (const { topic, payload } of recorded) network.deliver("north", topic, payload);
    expect(north.sharing.view()).toMatchObject([{ up: false }]);
    expect(north.sharing.apart(north.clock.at())).toBe("hard");
  });

  it("another machine under this gate's own name is told of", async () => {
    const { network, north } = await twoEntrances(HARD, [zhao]);
    const twin = letter({ gate: "north", boot: "copy-of-the-card" });
    network.deliver(
      "north",
      TOPIC.replace("south", "north"),
      sealedBy(SECRET, { site: "xinghe", ...letterJson(twin) }),
    );
    expect(north.refused).toEqual(["forged"]);
    expect(north.sharing.places.whereabouts("zhao")).toBeUndefined();
  });

  it("no name, plate, household or card stands in a letter, and none in what is sealed in it", async () => {
    const { network, south, both } = await twoEntrances({}, [car, zhao]);
    for (const one of [car, zhao]) {
      south.ask("in", ...value(one));
      south.passes("in");
    }
    await both();
    const said = network.all.map(({ payload }) => JSON.stringify(unseal(LETTERS, payload)));
    expect(said.some((text) => text.includes("placed"))).toBe(true);
    for (const text of [...said, ...network.all.map(({ payload }) => Buffer.from(payload).toString("latin1"))])
      for (const secret of ["zhao", "川A11111", "A11111", "1-1-101", 'li"']) expect(text).not.toContain(secret);
  });
});
