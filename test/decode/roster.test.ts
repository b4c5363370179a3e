import { describe, expect, it } from "vitest";
import { encode } from "../../src/decode/encode.ts";
import { lint } from "../../src/decode/lint.ts";
import { compileRoster } from "../../src/decode/roster.ts";
import type { Heard, ReadContext } from "../../src/decode/terms.ts";
import { mqttProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: { deviceId: "7" }, newId: () => "id-1" };
const expects = { timeoutMs: 1000, ok: [{ pointer: "/ok", equals: 1 }] };
const text = (maxLength: number) => ({ type: "text", maxLength, optional: true });
const COMMANDS = {
  put: {
    moves: "none",
    args: {
      id: text(9),
      name: text(40),
      pic: text(99),
      begin: text(19),
      end: text(19),
      limited: { type: "integer", min: 0, max: 1 },
    },
    out: {
      topic: "d",
      json: { id: "{id}", name: "{name}", pic: "{pic}", begin: "{begin}", end: "{end}", limited: "{limited}" },
    },
    expects,
  },
  drop: {
    moves: "none",
    lists: { who: { most: 2, args: { id: { type: "text", maxLength: 9 } }, json: { id: "{id}" }, count: "n" } },
    out: { topic: "d", json: { n: "{n}", who: "{who}" } },
    expects,
  },
  all: { moves: "none", out: { topic: "d", json: {} }, expects },
};
const ARGS = {
  id: "{face}",
  name: "{name}",
  pic: "p:{picture}",
  begin: "{from}",
  end: "{until}",
  limited: "{limited}",
};
const ROSTER = {
  faceId: "^[A-Z]{1,9}$",
  paceMs: 1000,
  add: { command: "put", args: ARGS },
  change: { command: "put", args: ARGS },
  remove: { command: "drop", list: "who", person: { id: "{face}" } },
  list: { command: "all", ids: { from: "/ids", item: "/id" } },
  failed: { from: "/failed", item: "/id", code: "/why" },
  code: ["/why", "/code"],
  codes: { "5": { zh: "满了", en: "full", means: "full" } },
};
const rosterOf = (more: object = {}, commands: object = {}) =>
  compileRoster(mqttProfile({ commands: { ...COMMANDS, ...commands }, roster: { ...ROSTER, ...more } }));
const heard = (body: unknown): Heard => ({
  via: "message",
  topic: "t/7/up",
  payload: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
});

describe("people → commands", () => {
  const roster = rosterOf();
  it("there is none without a roster", () => {
    expect(compileRoster(mqttProfile({}))).toBeUndefined();
  });
  it("an addition, a change without a picture", () => {
    expect(roster?.add({ face: "A", name: "林秀兰" }, "AA==", CTX)).toEqual([
      { command: "put", args: { id: "A", name: "林秀兰", pic: "p:AA==", limited: 0 } },
    ]);
    expect(roster?.change({ face: "A", name: "x".repeat(40) }, undefined, CTX)[0]?.args).toEqual({
      id: "A",
      name: "x".repeat(32),
      limited: 0,
    });
  });
  it.each([
    [{ from: Date.UTC(2026, 0, 1), until: Date.UTC(2027, 0, 1) }, "2026-01-01 08:00:00", "2027-01-01 08:00:00"],
    [{ from: Date.UTC(2026, 0, 1) }, "2026-01-01 08:00:00", "2037-01-01 08:00:00"],
    [{ until: Date.UTC(2027, 0, 1) }, "2020-01-01 08:00:00", "2027-01-01 08:00:00"],
  ])("times in the site's zone: %j", (times, begin, end) => {
    expect(roster?.add({ face: "A", name: "x", ...times }, "", CTX)[0]?.args).toMatchObject({ begin, end, limited: 1 });
  });
  it("removals together, as many as the command takes", () => {
    expect([roster?.most, roster?.fits("A"), roster?.fits("a")]).toEqual([2, true, false]);
    const made = roster?.remove(["A", "B"], CTX);
    expect(made).toEqual({ command: "drop", args: { who: [{ id: "A" }, { id: "B" }] } });
    const { out } = encode(mqttProfile({ commands: COMMANDS }), "drop", made?.args ?? {}, CTX);
    expect(new TextDecoder().decode(out.bytes)).toBe('{"n":2,"who":[{"id":"A"},{"id":"B"}]}');
    expect(rosterOf({ remove: { command: "none", list: "x", person: {} } })?.most).toBe(1);
  });
  it.each<[string, Record<string, string | { id: string }[]>]>([
    ["none", {}],
    ["no list", { who: "A" }],
    ["too many", { who: [{ id: "A" }, { id: "B" }, { id: "C" }] }],
    ["one that doesn't fit", { who: [{ id: "much too long" }] }],
  ])("a list with %s is refused", (_, args) => {
    expect(() => encode(mqttProfile({ commands: COMMANDS }), "drop", args, CTX)).toThrow(/INPUT_INVALID/);
  });
  it("a list without a count", () => {
    const drop = {
      ...COMMANDS.drop,
      lists: { who: { most: 1, args: {}, json: 1 } },
      out: { topic: "d", json: "{who}" },
    };
    const { out } = encode(mqttProfile({ commands: { drop } }), "drop", { who: [{}] }, CTX);
    expect(new TextDecoder().decode(out.bytes)).toBe("[1]");
  });
});

describe("replies", () => {
  it.each<[string, object, unknown, unknown]>([
    ["nothing", {}, {}, { failed: {} }],
    ["what can't be opened", {}, "{", { failed: {} }],
    ["why, the first that is there", {}, { why: " ", code: 5 }, { code: "5", failed: {} }],
    [
      "for whom it failed",
      {},
      { failed: [{ id: "A", why: 5 }, { id: "B" }, { id: null }, 7] },
      { failed: { A: "5", B: "" } },
    ],
    [
      "for whom, without a code",
      { failed: { from: "/failed", item: "/id" } },
      { failed: [{ id: "A", why: 5 }] },
      { failed: { A: "" } },
    ],
    ["no rule for whom", { failed: undefined }, { failed: [{ id: "A" }] }, { failed: {} }],
    ["whom it holds", {}, { ids: [{ id: "A" }, { id: 4 }, {}] }, { failed: {}, held: ["A", "4"] }],
    [
      "ids themselves",
      { list: { command: "all", ids: { from: "/ids" } } },
      { ids: ["A"] },
      { failed: {}, held: ["A"] },
    ],
    ["no list", {}, { ids: "A" }, { failed: {} }],
    [
      "a text",
      { list: { command: "all", ids: { from: "/ids", split: "," } } },
      { ids: "A,B," },
      { failed: {}, held: ["A", "B"] },
    ],
    ["no text", { list: { command: "all", ids: { from: "/ids", split: "," } } }, { ids: ["A"] }, { failed: {} }],
    ["a number that differs", counted(), { ids: [{ id: "A" }], n: 2, all: 9 }, { failed: {} }],
    [
      "a number that fits, and others",
      counted(),
      { ids: [{ id: "A" }], n: "1", all: "3" },
      { failed: {}, held: ["A"], others: 2 },
    ],
    ["no others", counted(), { ids: [{ id: "A" }], n: 1, all: 1 }, { failed: {}, held: ["A"] }],
    ["no list to be had", { list: undefined }, { ids: [{ id: "A" }] }, { failed: {} }],
  ])("%s", (_, more, body, expected) => {
    expect(rosterOf(more)?.told(heard(body), "all")).toEqual(expected);
  });
  it("of another command hold no list", () => {
    expect(rosterOf()?.told(heard({ ids: [{ id: "A" }] }), "put")).toEqual({ failed: {} });
  });
  it("what a code means; an unknown one is one to mend", () => {
    const roster = rosterOf();
    expect(roster?.meaning("5").means).toBe("full");
    expect(roster?.meaning("toString")).toEqual({
      zh: "终端说：toString",
      en: "the terminal says: toString",
      means: "mend",
    });
    expect(roster?.meaning(undefined).means).toBe("mend");
  });

  function counted() {
    return { list: { command: "all", ids: { from: "/ids", item: "/id" }, count: "/n", total: "/all" } };
  }
});

describe("lint", () => {
  const sampled = (command: string, args: object, json: unknown, tells: unknown) => ({
    name: command,
    origin: "own",
    params: { deviceId: "7" },
    command,
    args,
    expect: { topic: "d", json },
    replies: [{ heard: { topic: "t/7/up", json: { ok: 1 } }, means: "ok", ...(tells === undefined ? {} : { tells }) }],
  });
  const samples = (tells: unknown = { failed: {} }) => [
    {
      name: "any",
      origin: "own",
      params: { deviceId: "7" },
      heard: { topic: "t/7/up", json: {} },
      expect: { kind: "any", reports: [{ is: "ignored", why: "all" }] },
    },
    sampled("put", { limited: 0 }, { limited: 0 }, tells),
    sampled("drop", { who: [] }, { n: 0, who: [] }, tells),
    sampled("all", {}, {}, tells),
  ];
  const found = (roster: object, commands: object = COMMANDS, of: object[] = samples()) =>
    lint(mqttProfile({ commands, roster, samples: of })).map(({ where, message }) => `${where} ${message}`);

  it("nothing wrong, with or without a list", () => {
    expect(found(ROSTER)).toEqual([]);
    const { list: _, ...listless } = ROSTER;
    expect(found(listless)).toEqual([]);
  });
  it("names that lead nowhere", () => {
    const args = { ids: "{face}", name: "{nobody}" };
    expect(
      found({
        ...ROSTER,
        add: { command: "put", args },
        change: { command: "gone", args: {} },
        remove: { command: "put", list: "who", person: { x: "{face}" } },
      }),
    ).toEqual([
      "/roster/add/ids the command has no such argument",
      "/roster/add/name there is no slot `nobody`",
      "/roster/remove/person/x the command has no such argument",
      "/roster/remove there is no list `who`",
      "/roster/change there is no command `gone`",
    ]);
  });
  it("no commands at all", () => {
    expect(lint(mqttProfile({ roster: ROSTER })).map(({ message }) => message)).toContain("there is no command `put`");
  });
  it("a command that moves, one without a reply, replies that tell nothing", () => {
    const commands = { ...COMMANDS, all: { moves: "open", out: COMMANDS.all.out } };
    const mute = samples(undefined).slice(0, 3);
    expect(
      found(ROSTER, commands, [
        ...mute.map((one) => ({ ...one })),
        { name: "all", origin: "own", command: "all", expect: { topic: "d", json: {} }, params: { deviceId: "7" } },
      ]).filter((line) => line.startsWith("/roster")),
    ).toEqual([
      "/roster/list this command moves a barrier",
      "/roster/list without a reply there is no receipt",
      "/roster/list no sample says what a reply to `all` tells",
    ]);
  });
  it("what a reply tells is run, also where there is no roster", () => {
    expect(found(ROSTER, COMMANDS, samples({ failed: { A: "" } }))).toHaveLength(3);
    expect(lint(mqttProfile({ commands: COMMANDS, samples: samples() })).map(({ message }) => message)[0]).toContain(
      "no roster",
    );
  });
  it("a slot of a list that nobody fills", () => {
    const drop = {
      ...COMMANDS.drop,
      lists: { who: { most: 1, args: {}, json: "{id}" } },
      out: { topic: "d", json: "{who}" },
    };
    expect(lint(mqttProfile({ commands: { drop } })).map(({ where, message }) => `${where} ${message}`)).toEqual([
      "/commands/drop/lists/who there is no argument `id`",
      "/commands/drop the command `drop` has no sample",
    ]);
  });
});
