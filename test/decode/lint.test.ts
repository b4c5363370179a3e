import { describe, expect, it } from "vitest";
import { lint } from "../../src/decode/lint.ts";
import { type Finding, isContact, isDevice, parseProfile } from "../../src/decode/load.ts";
import { boundedPattern, matcher } from "../../src/decode/patterns.ts";
import { HEAD, mqttProfile, serialProfile } from "./testVendor.ts";

const messagesOf = (findings: readonly Finding[]): string[] =>
  findings.map(({ where, message }) => `${where} ${message}`);
const SENT_EMPTY =
  '/samples/0 the sample "any" gives [{"kind":"any","reports":[{"is":"ignored","why":"all"}],"answers":[{"topic":"x","json":[]}]}]';
const ANY = { kind: "any", when: [], ignore: "all" };

function errors(document: unknown, name = "test.json"): readonly Finding[] {
  const loaded = parseProfile(document, name);
  return loaded.is === "errors" ? loaded.errors : [];
}

function contacts(more: object): unknown {
  const times = {
    travelMs: 0,
    accessMs: 0,
    longAccessMs: 0,
    clearMs: 0,
    heldMs: 0,
    preAlarmMs: 0,
    stuckMs: 0,
    gapMs: 0,
  };
  const sample = { name: "open", origin: "own", command: "open", expect: { line: "low", pulseMs: 300 } };
  return {
    form: "dry-contact",
    meta: { id: "test", ...HEAD },
    lane: "vehicle",
    outputs: { open: { pulseMs: 300, activeLow: true } },
    inputs: {},
    guards: [],
    times,
    samples: [sample],
    ...more,
  };
}

describe("a file", () => {
  it("that is no JSON", () => {
    expect(errors("{")[0]?.message).toMatch(/^this is no JSON/);
  });

  it("whose name isn't its id", () => {
    expect(messagesOf(errors(JSON.stringify(mqttProfile({})), "other.json"))).toEqual([
      '/meta/id the id is "test", the file is called "other.json"',
    ]);
  });

  it("may be named without its ending", () => {
    expect(errors(mqttProfile({}), "test")).toEqual([]);
  });

  it("is told every choice where none was meant", () => {
    const report = { is: "presented", claim: { type: "qr", value: "1" }, live: true };
    const [found] = errors({ ...mqttProfile({}), messages: [{ kind: "any", when: [], reports: [report] }] });
    expect(found?.where).toBe("/messages/0/reports/0/claim/type");
    expect(found?.message).toMatch(/"plate".*"code".*one slot/);
  });

  it("that is no profile at all", () => {
    expect(errors(5)).toHaveLength(1);
    expect(errors({ form: "other" })).toHaveLength(1);
  });

  it("with an unknown key is told where, and where to look", () => {
    const [finding] = errors({ ...mqttProfile({}), colour: "red" });
    expect(finding).toMatchObject({ where: "", message: 'unknown key "colour"' });
    expect(finding?.hint).toContain("known here: $schema, form, meta, params, link");
  });

  it("with a mistake deep inside is told the place of the mistake", () => {
    const message = {
      kind: "any",
      when: [],
      fields: { a: { from: "/a", as: ["trim", "upperr"] } },
      reports: [{ is: "ignored", why: "{a}" }],
    };
    expect(errors({ ...mqttProfile({}), messages: [message] }).map(({ where }) => where)).toContain(
      "/messages/0/fields/a/as/1",
    );
  });
});

it.each<[string, object, readonly string[]]>([
  ["the parameter is no number", { deviceId: { type: "text", hint: { zh: "a", en: "a" } } }, ["/attempts/param"]],
  ["there is no such parameter", {}, ["/attempts/param"]],
])("attempts: %s", (_, more, where) => {
  const profile = mqttProfile({ attempts: { param: "deviceId", withinMs: 1000 } });
  const params = Object.keys(more).length === 0 ? undefined : more;
  const { params: _own, ...rest } = profile;
  const loaded = parseProfile({ ...rest, ...(params === undefined ? {} : { params }) }, "test");
  if (loaded.is !== "profile") throw new Error(JSON.stringify(loaded));
  expect(
    lint(loaded.profile)
      .filter((one) => one.where.startsWith("/attempts"))
      .map((one) => one.where),
  ).toEqual(where);
});

describe("the schema forbids", () => {
  const command = { moves: "open", out: { topic: "x", json: {} } };
  it.each<[string, object, string]>([
    ["an open that is retried", { commands: { go: { ...command, retries: 1 } } }, "/commands/go/retries"],
    ["names that reach a prototype", { fields: { constructor: { from: "/a" } } }, "/fields/constructor"],
    [
      "keys that reach a prototype",
      { commands: { go: { ...command, out: { topic: "x", json: { constructor: 1 } } } } },
      "/commands/go/out",
    ],
    ["a kind that neither reports nor ignores", { messages: [{ kind: "a", when: [] }] }, "/messages/0"],
    [
      "a pattern without an anchor",
      { messages: [{ ...ANY, when: [{ pointer: "/a", matches: "a" }] }] },
      "/messages/0/when/0/matches",
    ],
    ["a profile without samples", { samples: [] }, "/samples"],
    ["a wildcard inside a topic level", { link: { via: "mqtt", listen: ["a/b+"] } }, "/link/listen/0"],
  ])("%s", (_, more, where) => {
    const found = errors({ ...mqttProfile({}), ...more });
    expect(found.some((finding) => finding.where.startsWith(where))).toBe(true);
  });

  it("a lane that closes without a guard", () => {
    expect(
      errors(contacts({ outputs: { close: { pulseMs: 300, activeLow: true } } })).map(({ where }) => where),
    ).toEqual(["/guards"]);
  });

  it("and an open that isn't retried is fine", () => {
    expect(errors({ ...mqttProfile({}), commands: { go: command } })).toEqual([]);
  });
});

describe("patterns", () => {
  it.each([
    ["a", "the pattern must begin with ^"],
    ["^(", "this is no regular expression"],
    ["^a|[a-z]*!", "put alternatives into a group, so that ^ holds for all of them"],
    ["^(?:a|(b|c))", undefined],
    ["^(a)\\1", "back-references are not allowed"],
    ["^(?=a)", "look-around and named groups are not allowed"],
    ["^(a+)+", "a group can't be repeated"],
    ["^(a)(b)(c)(d)(e)", "at most 4 groups"],
    ["^a*b*c*", "at most 2 of * + {n,m}"],
    ["^a?b?c?d?e?", "at most 4 question marks"],
    ["^(?:[0-9]{10}|[(+*?]{8})\\($", undefined],
  ])("%s", (source, expected) => {
    expect(boundedPattern(source)).toBe(expected);
  });

  it("what is allowed is fast on the worst text", () => {
    const match = matcher("^[a-z]*[a-z]*$");
    const began = performance.now();
    expect(match(`${"a".repeat(255)}!`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5_000); // what backtracks would take years
  });
});

describe("lint", () => {
  const field = { from: "/a", optional: true };
  const said = { kind: "any", when: [], reports: [{ is: "ignored", why: "all" }] };
  const go = { moves: "none", out: { topic: "x", json: {} } };
  it.each<[string, object, string[]]>([
    ["nothing wrong", {}, []],
    [
      "an unreachable kind",
      { messages: [ANY, { ...ANY, kind: "late", when: [{ topic: "a" }] }] },
      ["/messages/1 `late` is never reached: `any` takes it all", "/messages/1 no sample reaches the kind `late`"],
    ],
    [
      "a condition that compares nothing",
      { messages: [{ ...ANY, when: [{ pointer: "/a" }] }] },
      ["/messages/0/when/0 this condition compares nothing"],
    ],
    [
      "an unused field",
      { messages: [{ ...said, fields: { a: field } }] },
      ["/messages/0/fields/a no report or answer uses this field"],
    ],
    ["an unused shared field", { fields: { a: field } }, ["/fields/a no report or answer uses this field"]],
    [
      "a name that leads nowhere",
      { messages: [{ ...said, answers: [{ out: { topic: "x", json: ["{b}"] } }] }] },
      ["/messages/0 there is no field `b`", SENT_EMPTY],
    ],
    [
      "a circle",
      {
        messages: [
          {
            ...said,
            fields: { a: { text: "{b}" }, b: { text: "{a}" } },
            answers: [{ when: [{ field: "a", present: true }], out: { topic: "x", json: { k: "{b}" } } }],
          },
        ],
      },
      [
        "/messages/0/fields/b `b` needs itself",
        '/samples/0 the sample "any" gives [{"fault":"field-missing"}]',
        "/messages/0 no sample reaches the kind `any`",
      ],
    ],
    [
      "a failing sample",
      { messages: [{ ...ANY, ignore: "else" }] },
      ['/samples/0 the sample "any" gives [{"kind":"any","reports":[{"is":"ignored","why":"else"}],"answers":[]}]'],
    ],
    [
      "an undeclared parameter",
      { params: {} },
      [
        "/params the parameter `deviceId` is used but not declared",
        "/samples/0/params the profile has no parameter `deviceId` / 设备档案没有参数 `deviceId`",
        '/samples/0 the sample "any" gives [{"fault":"wrong-device"}]',
        "/messages/0 no sample reaches the kind `any`",
      ],
    ],
    ["a command without a sample", { commands: { go } }, ["/commands/go the command `go` has no sample"]],
    [
      "a command's slots and arguments",
      {
        commands: { go: { ...go, args: { n: { type: "integer", min: 0, max: 1 } }, out: { topic: "{m}", json: {} } } },
      },
      [
        "/commands/go there is no argument `m`",
        "/commands/go/args/n the command doesn't use this argument",
        "/commands/go the command `go` has no sample",
      ],
    ],
    [
      "bytes for MQTT",
      { commands: { go: { ...go, out: { bytes: ["00"] } } } },
      [
        "/commands/go/out `topic` is for MQTT links, `bytes` for serial ones, `answer` and `request` for HTTP",
        "/commands/go the command `go` has no sample",
      ],
    ],
    ["a poll of nothing", { polls: [{ command: "go", everyMs: 100 }] }, ["/polls/0 there is no command `go`"]],
    [
      "a poll that moves",
      { commands: { go: { ...go, moves: "open" } }, polls: [{ command: "go", everyMs: 100 }] },
      ["/commands/go the command `go` has no sample", "/polls/0 a poll may not move a barrier"],
    ],
    ["framing on MQTT", { framing: { cut: "fixed", length: 2, idleMs: 50 } }, ["/framing a message is whole already"]],
  ])("%s", (_, more, expected) => {
    expect(messagesOf(lint(mqttProfile({ ...more })))).toEqual(expected);
  });

  it("a serial link without framing, and a text payload without lines", () => {
    const { framing: _, ...bare } = serialProfile({});
    expect(messagesOf(lint(bare))).toEqual(["/link a serial link needs `framing`"]);
    expect(messagesOf(lint(serialProfile({ payload: "text" })))[0]).toBe(
      "/payload on a line, `text` goes with `line` framing and `bytes` with the others",
    );
  });

  it("samples whose command fails, or expects no reply, say so", () => {
    const sample = (more: object) => ({
      name: "go",
      origin: "own",
      params: { deviceId: "7" },
      command: "go",
      expect: { topic: "x", json: {} },
      ...more,
    });
    const heard = { heard: { topic: "t/7/up", json: {} }, means: "ok" };
    const base = mqttProfile({}).samples;
    expect(lint(mqttProfile({ commands: { go }, samples: [...base, sample({})] }))).toEqual([]);
    expect(
      messagesOf(lint(mqttProfile({ commands: { go }, samples: [...base, sample({ replies: [heard] })] })))[0],
    ).toContain('"replies":["none"]');
    expect(
      messagesOf(lint(mqttProfile({ commands: { go }, samples: [...base, sample({ args: { x: 1 } })] })))[0],
    ).toContain("INPUT_INVALID");
  });

  it("answers in bytes are compared as bytes", () => {
    const answers = [{ out: { bytes: ["06"] } }];
    const expectation = { kind: "any", reports: [{ is: "ignored", why: "all" }], answers: [{ hex: "06" }] };
    const samples = [{ name: "ack", origin: "own", heard: { hex: "00 00" }, expect: expectation }];
    expect(lint(serialProfile({ messages: [{ ...ANY, answers }], samples }))).toEqual([]);
  });

  it("a sample with more frames than were expected fails", () => {
    const samples = [{ ...serialProfile({}).samples[0], heard: { hex: "00 00 00 00" } }];
    expect(messagesOf(lint(serialProfile({ samples })))[0]).toMatch(/^\/samples\/0 the sample/);
  });

  it("bytes that are cut without framing are frames as they come", () => {
    const { framing: _, ...bare } = serialProfile({});
    expect(messagesOf(lint({ ...bare, samples: serialProfile({}).samples }))).toEqual([
      "/link a serial link needs `framing`",
    ]);
  });
});

describe("lint of dry contacts", () => {
  const load = (more: object) => {
    const loaded = parseProfile(contacts(more), "test");
    if (loaded.is === "errors") throw new Error(JSON.stringify(loaded.errors));
    expect([isDevice(loaded.profile), isContact(loaded.profile)]).toEqual([false, true]);
    return messagesOf(lint(loaded.profile));
  };
  it.each<[string, object, string[]]>([
    ["nothing wrong", {}, []],
    [
      "a guard whose cut cable reads as clear",
      { inputs: { photocell: { activeLow: true } }, guards: ["photocell"] },
      ["/inputs/photocell a cut cable would read as clear"],
    ],
    [
      "a guard with a pull-down",
      { inputs: { photocell: { activeLow: true, bias: "down" } }, guards: ["photocell"] },
      [],
    ],
    ["a guard that isn't wired", { guards: ["photocell"] }, ["/guards the guard `photocell` is not among the inputs"]],
    [
      "a command without a sample",
      { outputs: { open: { pulseMs: 300, activeLow: true }, stop: { pulseMs: 300, activeLow: true } } },
      ["/outputs/stop the command `stop` has no sample"],
    ],
    ["a sample of what isn't there", { outputs: {} }, ['/samples/0 the sample "open" gives undefined']],
    [
      "an input that isn't there",
      { samples: [{ name: "in", origin: "own", input: "fire", line: "low", expect: "on" }], outputs: {} },
      ['/samples/0 the sample "in" gives undefined'],
    ],
  ])("%s", (_, more, expected) => {
    expect(load(more)).toEqual(expected);
  });
});
