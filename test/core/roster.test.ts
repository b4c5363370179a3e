import { describe, expect, it } from "vitest";
import {
  entitled,
  type Holdings,
  levelsAt,
  nextFor,
  owedTo,
  type Receipt,
  versionOf,
  type Wanted,
} from "../../src/core/roster.ts";
import { type Answer, answered, EMPTY, marked, sent, woken } from "../../src/core/roster-receipts.ts";
import type { Now, SitePlan, Wall } from "../../src/core/terms.ts";

const WALL = Date.UTC(2026, 10, 25);
const DAY = 86_400_000;
const wall = (trust: Wall["trust"] = "trusted"): Wall => ({
  epochMs: WALL,
  trust,
  date: "2026-11-25",
  weekday: 3,
  minute: 0,
});
const at = (ms: number): Now => ({ at: ms, wall: { ...wall(), epochMs: WALL + ms } });

const person = (face: string, more: Partial<Wanted> = {}): Wanted => {
  const one = { face, holder: `h-${face}`, name: "林秀兰", picture: "p1", ...more };
  return { ...one, version: versionOf(one) };
};
const bare = (face: string, more: Partial<Wanted> = {}): Wanted => {
  const { picture: _, ...rest } = person(face, more);
  return rest;
};
const people = (...list: readonly Wanted[]) => new Map(list.map((one) => [one.face, one]));
const holding = (face: string, more: Partial<Receipt> = {}): Receipt => ({
  face,
  holder: `h-${face}`,
  held: "yes",
  version: versionOf(person(face)),
  picture: "p1",
  is: "confirmed",
  tries: 0,
  wallMs: WALL,
  dueAt: 0,
  ...more,
});
const nobody = (receipt: Receipt): Receipt => {
  const { holder: _, version: _version, ...rest } = receipt;
  return rest;
};
const keeping = (receipts: readonly Receipt[], more: Partial<Holdings> = {}): Holdings => ({
  ...EMPTY,
  ...more,
  receipts: new Map(receipts.map((one) => [one.face, one])),
});
const DONE: Answer = { is: "done", failed: new Map() };
const refused = (code: string, means: "again" | "full" | "mend"): Answer => ({ is: "refused", code, means });

describe("who is held where", () => {
  const plan: SitePlan = {
    id: "s",
    name: "s",
    lanes: [],
    accessPoints: ["in", "out"].map((id) => ({
      id,
      lane: "walk",
      direction: "in",
      readers: [`face-${id}`],
      minConfidence: 0.8,
      liveness: "unless-silent",
      freshMs: 3000,
      plateQuietMs: 0,
      plateMaxMs: 0,
    })),
    areas: [],
    accessLevels: [
      { id: "all", accessPoints: ["in", "out"] },
      { id: "leaving", accessPoints: ["out"] },
    ],
    timeProfiles: [],
    holidays: [],
    graceDays: 0,
  };
  const levels = levelsAt(plan, "face-in");

  it("by the levels that open the reader's access points", () => {
    expect([...levels]).toEqual(["all"]);
    expect([...levelsAt(plan, "face-out")]).toEqual(["all", "leaving"]);
  });

  it.each<[string, Parameters<typeof entitled>[0], Wall["trust"], string]>([
    ["a resident", { blocked: false, levels: ["all"] }, "trusted", "hold"],
    ["somebody of another gate", { blocked: false, levels: ["leaving"] }, "trusted", "none"],
    ["barred", { blocked: true, levels: ["all"] }, "trusted", "keep"],
    [
      "whose time is over since the day before",
      { blocked: false, levels: ["all"], until: WALL - DAY },
      "trusted",
      "hold",
    ],
    ["whose time is over for long", { blocked: false, levels: ["all"], until: WALL - 3 * DAY }, "trusted", "none"],
    [
      "the same by a clock nobody believes",
      { blocked: false, levels: ["all"], until: WALL - 3 * DAY },
      "untrusted",
      "hold",
    ],
  ])("%s", (_, who, trust, expected) => {
    expect(entitled(who, levels, wall(trust), 2 * DAY)).toBe(expected);
  });
});

describe("what is owed", () => {
  it.each<[string, Wanted | undefined, Receipt | undefined, string]>([
    ["nothing", person("a"), holding("a"), ""],
    ["nothing: it holds the newest picture, and there is none on hand", bare("a"), holding("a"), ""],
    ["an addition", person("a"), undefined, "add"],
    ["an addition without a picture", bare("a"), undefined, "add lacking"],
    ["an addition after a removal", person("a"), holding("a", { held: "no" }), "add"],
    ["an addition where nobody knows", person("a"), holding("a", { held: "maybe" }), "add"],
    ["a new name", person("a", { name: "林秀" }), holding("a"), "change"],
    ["a new end", person("a", { from: WALL, until: WALL + DAY }), holding("a"), "change"],
    ["a new picture", person("a", { picture: "p2" }), holding("a"), "change"],
    ["a picture that the terminal refused", person("a"), refusal(), "add refused"],
    ["another picture after that", person("a", { picture: "p2" }), refusal(), "add"],
    ["barred: stays", person("a", { keep: true }), holding("a"), ""],
    ["barred: isn't added", person("a", { keep: true }), undefined, ""],
    ["a removal", undefined, holding("a"), "remove"],
    ["a removal where nobody knows", undefined, holding("a", { held: "maybe" }), "remove"],
    ["nothing: it is gone", undefined, holding("a", { held: "no" }), ""],
  ])("%s", (_, wanted, receipt, expected) => {
    const owed = owedTo(
      people(...(wanted === undefined ? [] : [wanted])),
      new Map(receipt === undefined ? [] : [["a", receipt]]),
    );
    const told = owed.map((one) =>
      one.do === "remove"
        ? one.do
        : [one.do, one.lacking ? "lacking" : "", one.refused ? "refused" : ""].filter((word) => word !== "").join(" "),
    );
    expect(told.join(",")).toBe(expected);
  });

  function refusal(): Receipt {
    return holding("a", {
      held: "maybe",
      is: "refused",
      mend: true,
      tried: { version: versionOf(person("a")), picture: "p1" },
    });
  }
});

describe("what comes next", () => {
  const wanted = people(person("new"), person("renamed", { name: "李四" }));
  const receipts = [holding("renamed"), holding("left"), holding("gone")];
  const next = (holdings: Holdings, most = 200, ms = 0) => nextFor(wanted, holdings, most, ms);

  it("removals, then the list, then changes, then additions", () => {
    expect(next(keeping(receipts, { listDueAt: 0 }))).toEqual({ do: "remove", faces: ["left", "gone"] });
    expect(next(keeping([holding("renamed")], { listDueAt: 0 }))).toEqual({ do: "list" });
    expect(next(keeping([holding("renamed")], { listDueAt: 1 }))).toMatchObject({
      do: "change",
      person: { face: "renamed" },
    });
    expect(next(keeping([holding("renamed", { version: versionOf(person("x", { name: "李四" })) })]))).toMatchObject({
      do: "add",
      person: { face: "new" },
    });
    expect(nextFor(people(), EMPTY, 1, 0)).toBeUndefined();
  });
  it("as many removals as go in one, and one by one after two failures", () => {
    expect(next(keeping(receipts), 1)).toEqual({ do: "remove", faces: ["left"] });
    const failing = receipts.map((one) => ({ ...one, tries: 2 }));
    expect(next(keeping(failing))).toEqual({ do: "remove", faces: ["left"] });
    expect(next(keeping([...failing, holding("fresh")]))).toEqual({ do: "remove", faces: ["fresh"] });
  });
  it("not what waits, lacks a picture, or was refused; nothing is added to a full terminal", () => {
    expect(
      next(keeping([holding("renamed", { dueAt: 5 }), holding("left", { dueAt: 5 })], { fullUntil: 5 })),
    ).toBeUndefined();
    expect(nextFor(people(bare("a")), EMPTY, 1, 0)).toBeUndefined();
  });
});

describe("receipts", () => {
  const a = person("a");
  const add = { do: "add", person: a } as const;
  const remove = { do: "remove", faces: ["a", "b"] } as const;

  it("an addition: before it is sent it may be there; confirmed it is", () => {
    const before = sent(EMPTY, add, at(0));
    expect(before.receipts.get("a")).toMatchObject({ held: "maybe", is: "sent", did: "add", holder: "h-a" });
    const after = answered(before, add, DONE, at(5));
    expect(after.receipts.get("a")).toEqual(holding("a", { did: "add", wallMs: WALL + 5 }));
    expect(owedTo(people(a), after.receipts)).toEqual([]);
  });
  it("a change without a picture leaves the one it had", () => {
    const change = { do: "change", person: bare("a", { name: "李四" }) } as const;
    const after = answered(sent(keeping([holding("a")]), change, at(0)), change, DONE, at(1));
    expect(after.receipts.get("a")).toMatchObject({ held: "yes", is: "confirmed", picture: "p1" });
  });
  it("no answer: it is tried again, later each time, ten minutes at the most", () => {
    let holdings: Holdings = { ...EMPTY, listDueAt: 1e9 };
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      holdings = answered(sent(holdings, add, at(0)), add, { is: "uncertain" }, at(0));
      waits.push(holdings.receipts.get("a")?.dueAt ?? 0);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600].map((s) => s * 1000));
    expect(holdings.listDueAt).toBe(30_000);
    expect(woken({ ...holdings, fullUntil: 9 }, 7)).toMatchObject({ listDueAt: 7, fullUntil: 0 });
    expect(woken(holdings, 7).receipts.get("a")?.dueAt).toBe(0);
  });
  it.each<["again" | "full" | "mend", Partial<Receipt>, number]>([
    ["again", { is: "sent", code: "410" }, 0],
    ["full", { is: "refused", code: "410" }, 3_600_000],
    ["mend", { is: "refused", code: "410", mend: true }, 0],
  ])("refused: %s", (means, expected, fullUntil) => {
    const after = answered(sent(EMPTY, add, at(0)), add, refused("410", means), at(0));
    expect(after.receipts.get("a")).toMatchObject({ held: "maybe", ...expected });
    expect(after.fullUntil).toBe(fullUntil);
    const again = sent(after, add, at(1)).receipts.get("a");
    expect([again?.code, again?.mend]).toEqual([undefined, undefined]);
  });
  it("refused in the answer for several", () => {
    const failed: Answer = { is: "done", failed: new Map([["a", { code: "478", means: "mend" }]]) };
    expect(answered(sent(EMPTY, add, at(0)), add, failed, at(0)).receipts.get("a")).toMatchObject({
      is: "refused",
      code: "478",
    });
  });
  it("a removal of two, of which one failed: it is owed on, and the terminal is asked", () => {
    const held = keeping([holding("a"), nobody(holding("b"))], { listDueAt: 1e9, fullUntil: 99 });
    const before = sent(held, remove, at(0));
    expect(before.receipts.get("b")).toMatchObject({ held: "maybe", owedSinceMs: WALL });
    const after = answered(
      before,
      remove,
      { is: "done", failed: new Map([["b", { code: "", means: "mend" }]]) },
      at(0),
    );
    expect(after.receipts.get("a")).toEqual({
      face: "a",
      holder: "h-a",
      held: "no",
      is: "removed",
      did: "remove",
      tries: 0,
      wallMs: WALL,
      dueAt: 0,
    });
    expect(after.receipts.get("b")).toMatchObject({ held: "maybe", is: "refused", dueAt: 5_000 });
    expect(after).toMatchObject({ listDueAt: 30_000, fullUntil: 99 });
    const gone = answered(after, { do: "list" }, { is: "done", failed: new Map(), held: [], others: 1 }, at(9));
    expect(gone.receipts.get("b")).toEqual({
      face: "b",
      held: "no",
      is: "removed",
      did: "remove",
      tries: 0,
      wallMs: WALL + 9,
      dueAt: 0,
    });
    expect(gone).toMatchObject({ others: 1, listDueAt: 9 + DAY });
  });
  it("a removal makes room; one without an answer is owed on", () => {
    const held = keeping([holding("a"), holding("b")], { fullUntil: 99 });
    expect(answered(sent(held, remove, at(0)), remove, DONE, at(0)).fullUntil).toBe(0);
    expect(answered(held, remove, { is: "uncertain" }, at(0)).receipts.get("a")).toMatchObject({
      held: "yes",
      dueAt: 5_000,
    });
    expect(
      owedTo(people(), answered(sent(held, remove, at(0)), remove, { is: "uncertain" }, at(0)).receipts),
    ).toHaveLength(2);
  });
  it("the list: strangers are found, the missing told, what was sent has come through, what was gone is back", () => {
    const holdings = keeping(
      [
        holding("stays"),
        holding("reset"),
        nobody(
          holding("sent", {
            held: "maybe",
            is: "sent",
            did: "add",
            tried: { version: "v", picture: "p" },
          }),
        ),
        holding("never", { held: "maybe", is: "refused", did: "add", code: "478", mend: true }),
        holding("stuck", { held: "maybe", is: "refused", did: "remove" }),
        holding("back", { held: "no", is: "removed", did: "remove" }),
        nobody(holding("ghost", { held: "no", is: "removed" })),
        holding("old", { held: "no", is: "removed" }),
      ],
      { listDueAt: 0 },
    );
    const list: Answer = {
      is: "done",
      failed: new Map(),
      held: ["stays", "sent", "stuck", "back", "ghost", "stranger"],
    };
    expect(sent(holdings, { do: "list" }, at(0))).toBe(holdings);
    const { receipts, others } = answered(holdings, { do: "list" }, list, at(1));
    expect([...receipts.values()].map((one) => `${one.face} ${one.held} ${one.is} ${one.version ?? ""}`)).toEqual([
      `stays yes confirmed ${versionOf(person("stays"))}`,
      "reset no missing ",
      "sent yes confirmed v",
      `never no refused ${versionOf(person("never"))}`,
      `stuck yes refused ${versionOf(person("stuck"))}`,
      "back yes found ",
      "ghost yes found ",
      `old no removed ${versionOf(person("old"))}`,
      "stranger yes found ",
    ]);
    expect(others).toBe(0);
  });
  it("a list that wasn't given is asked for again", () => {
    expect(answered({ ...EMPTY, listDueAt: 0 }, { do: "list" }, DONE, at(1)).listDueAt).toBe(60_001);
    expect(answered(EMPTY, { do: "list" }, { is: "uncertain" }, at(1)).listDueAt).toBeUndefined();
  });
  it("since when a removal is owed, until they are wanted again", () => {
    const held = keeping([holding("a"), holding("b"), holding("c", { held: "no" })]);
    const owing = marked(held, people(a), at(0));
    expect([...owing.receipts.values()].map((one) => one.owedSinceMs)).toEqual([undefined, WALL, undefined]);
    expect(marked(owing, people(a), at(9))).toBe(owing);
    expect(marked(owing, people(a, person("b")), at(9)).receipts.get("b")?.owedSinceMs).toBeUndefined();
  });
});
