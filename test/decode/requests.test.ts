// Commands that are requests: what is sent, that a value stays in its place, and what lint says of them.
import { describe, expect, it } from "vitest";
import { encode } from "../../src/decode/encode.ts";
import { lint } from "../../src/decode/lint.ts";
import { compile } from "../../src/decode/reader.ts";
import { compileRoster } from "../../src/decode/roster.ts";
import { runSamples } from "../../src/decode/sample.ts";
import type { Heard } from "../../src/decode/terms.ts";
import { httpProfile } from "./testVendor.ts";

const CTX = { utcOffsetMin: 480, params: { door: 2 }, newId: () => "id" };
const CALLS = { via: "http", paths: ["event"], calls: { auth: "digest" } };
const OK = { timeoutMs: 500, ok: [{ status: 200 }] };
const TEXT = { type: "text", maxLength: 80, optional: true };

function profileOf(request: object, more: object = {}) {
  return httpProfile({
    link: CALLS,
    commands: { go: { moves: "none", args: { a: TEXT, b: TEXT }, out: { request }, expects: OK, ...more } },
  });
}
function sent(request: object, args: Readonly<Record<string, string>>) {
  const { out } = encode(profileOf(request), "go", args, CTX);
  return [`${out.request?.method} ${out.request?.target}`, out.request?.type, new TextDecoder().decode(out.bytes)];
}
const fault = (request: object, args: Readonly<Record<string, string>>) => {
  try {
    return sent(request, args).join(" ");
  } catch (cause) {
    return String(cause);
  }
};

describe("what is sent", () => {
  it("a path with a parameter and a value, a query, nothing else", () => {
    const request = {
      method: "GET",
      path: "/door/{param.door}/{a}",
      query: { x: "{b}", y: "1", z: { json: { k: "{b}" } } },
    };
    expect(sent(request, { a: "一/?#%", b: "a&b=c" })).toEqual([
      "GET /door/2/%E4%B8%80%2F%3F%23%25?x=a%26b%3Dc&y=1&z=%7B%22k%22%3A%22a%26b%3Dc%22%7D",
      "",
      "",
    ]);
    expect(sent({ method: "DELETE", path: "/all" }, {})).toEqual(["DELETE /all", "", ""]);
    expect(sent({ method: "GET", path: "/", query: { x: "{b}" } }, { b: "1" })).toEqual(["GET /?x=1", "", ""]);
  });
  it("a form; a parameter without a value is left out", () => {
    const request = {
      method: "POST",
      path: "/p",
      body: { form: { who: { json: { id: "{a}", name: '"' } }, b: "{b}" } },
    };
    expect(sent(request, { a: 'x","admin":"1' })).toEqual([
      "POST /p",
      "application/x-www-form-urlencoded",
      new URLSearchParams({ who: JSON.stringify({ id: 'x","admin":"1', name: '"' }) }).toString(),
    ]);
  });
  it("JSON, and XML whose values are texts in it", () => {
    expect(sent({ method: "PUT", path: "/j", body: { json: { a: "{a}", b: "{b}" } } }, { a: "1" })).toEqual([
      "PUT /j",
      "application/json",
      '{"a":"1"}',
    ]);
    expect(sent({ method: "PUT", path: "/x", body: { xml: "<c>{a}</c>" } }, { a: `<o a="1">'&` })).toEqual([
      "PUT /x",
      "application/xml",
      "<c>&lt;o a=&quot;1&quot;&gt;&apos;&amp;</c>",
    ]);
  });
  it.each([
    ["..", "/door/{a}"],
    [".", "/door/{a}/open"],
    ["", "/door/{a}/open"],
  ])("%j as a level of the path is refused", (a, path) => {
    expect(fault({ method: "GET", path }, { a })).toContain("path");
  });
  it("a path or a document that lacks a value is refused", () => {
    expect(fault({ method: "GET", path: "/door/{a}" }, {})).toContain("path");
    expect(fault({ method: "PUT", path: "/x", body: { xml: "<c>{a}</c>" } }, {})).toContain("body");
  });
  it("an argument that doesn't fit its pattern is never sent", () => {
    const args = { a: { type: "text", maxLength: 8, matches: "^[a-z]{1,8}$" } };
    const request = { method: "GET", path: "/p/{a}" };
    const go = (a: string) => encode(profileOf(request, { args }), "go", { a }, CTX).out.request?.target;
    expect(go("abc")).toBe("/p/abc");
    expect(() => go("-1")).toThrow(
      'INPUT_INVALID: command "go", a: must be a text of at most 8 that matches ^[a-z]{1,8}$',
    );
    expect(() => encode(profileOf(request), "go", { a: "x".repeat(81) }, CTX)).toThrow("must be a text of at most 80");
  });
});

describe("an answer", () => {
  const RECORDS = {
    kind: "records",
    when: [{ asked: "go" }],
    each: { pointer: "/rows", max: 32 },
    fields: { card: { item: "/card", as: ["text"] } },
    reports: [
      {
        is: "presented",
        claim: { type: "card", value: "{card}" },
        eventId: "{card}",
        live: false,
        deviceTimeMs: "{at}",
      },
    ],
  };
  const PRESENTED = { ...RECORDS, each: undefined, fields: { card: { from: "/card", as: ["text"] } } };
  const profile = httpProfile({
    link: CALLS,
    identity: [{ param: "id", field: { from: "/sn", as: ["text"] } }],
    params: { id: { type: "text", default: "7", hint: { zh: "号", en: "id" } } },
    messages: [
      { ...PRESENTED, kind: "event", when: [] },
      { ...RECORDS, fields: { ...RECORDS.fields, at: { item: "/at", as: ["epochMs"] } } },
    ],
  });
  const reader = compile(profile);
  const answer = (json: unknown): Heard => ({
    via: "answer",
    status: 200,
    payload: new TextEncoder().encode(JSON.stringify(json)),
  });
  const ctx = { ...CTX, params: { id: "7" } };
  const rows = { rows: [{ card: "1", at: 5 }] };

  it("is read as what was asked for alone, and never as what the device says of itself", () => {
    expect(reader.read(answer(rows), { ...ctx, asked: "go" })).toMatchObject({ is: "read", kind: "records" });
    expect(reader.read(answer({ sn: "7", card: "1" }), { ...ctx, asked: "other" })).toMatchObject({ is: "fault" });
    expect(reader.read(answer({ sn: "7", card: "1" }), ctx)).toMatchObject({ is: "fault" });
  });
  it("needn't say whose it is, but may not be another's", () => {
    expect(reader.read(answer({ ...rows, sn: "8" }), { ...ctx, asked: "go" })).toMatchObject({
      fault: { code: "wrong-device" },
    });
  });
});

describe("lint", () => {
  const messages = (profile: ReturnType<typeof httpProfile>) =>
    lint(profile).map(({ where, message }) => `${where} ${message}`);
  const GO = { moves: "none", out: { request: { method: "GET", path: "/go" } }, expects: OK };
  const SAMPLE = {
    name: "go",
    origin: "own",
    command: "go",
    expect: { request: "GET /go" },
    replies: [{ heard: { status: 200, text: "" }, means: "other" }],
  };
  const base = httpProfile({}).samples;

  it.each([
    [{ xml: "<RemoteControlDoor><cmd>{nobody}</cmd></RemoteControlDoor>" }],
    [{ json: { cmd: "{nobody}" } }],
    [{ form: { cmd: "{nobody}" } }],
  ])("a value in a body that no argument gives: %j", (body) => {
    const go = { moves: "none", out: { request: { method: "PUT", path: "/go", body } }, expects: OK };
    const found = messages(httpProfile({ link: CALLS, commands: { go }, samples: [...base, SAMPLE] }));
    expect(found.filter((one) => one.includes("nobody"))).not.toEqual([]);
  });

  it("a link that isn't called, and a request whose answer nobody knows", () => {
    const { expects: _, ...blind } = GO;
    expect(messages(httpProfile({ commands: { go: blind }, samples: [...base, SAMPLE] }))).toEqual([
      "/commands/go/out the link doesn't say how it is called",
      "/commands/go every request has an answer: say which one is meant",
      expect.stringContaining("/samples/1"),
    ]);
    const answering = { moves: "none", out: { request: { method: "GET", path: "/go" } }, expects: OK };
    const silent = httpProfile({ link: { via: "http" }, messages: [], commands: { go: answering }, samples: [SAMPLE] });
    expect(messages(silent)).toEqual(
      expect.arrayContaining([
        "/link it neither calls us nor is called",
        "/commands/go/out the link doesn't say how it is called",
      ]),
    );
  });

  const args = {
    from: { type: "text", maxLength: 19 },
    until: { type: "text", maxLength: 19 },
    page: { type: "integer", min: 0, max: 9 },
  };
  const query = { f: "{from}", u: "{until}", p: "{page}" };
  const ASK = { moves: "none", args, out: { request: { method: "GET", path: "/go", query } }, expects: OK };
  const records = { command: "go", perPage: 32, backMs: 86_400_000, everyMs: 86_400_000 };
  const kind = (live: boolean) => ({
    kind: "records",
    when: [{ asked: "go" }],
    fields: { card: { from: "/card", as: ["text"] }, at: { from: "/at", as: ["epochMs"] } },
    reports: [
      { is: "presented", claim: { type: "card", value: "{card}" }, eventId: "{card}", live, deviceTimeMs: "{at}" },
      { is: "heartbeat" },
    ],
  });
  const said = (more: object) =>
    messages(httpProfile({ link: CALLS, records, ...more })).filter((one) => one.startsWith("/records"));

  it.each<[string, object, string[]]>([
    ["no command", {}, ["/records there is no command `go`"]],
    [
      "one that opens, without its arguments, read by nobody",
      { commands: { go: { ...GO, moves: "open" } } },
      [
        "/records records are asked for by a request that moves nothing",
        "/records its command needs the arguments `from`, `until` and `page`",
        "/records no kind reads the answer",
      ],
    ],
    [
      "live records",
      { commands: { go: ASK }, messages: [kind(true)] },
      ["/records a record that was kept is never live"],
    ],
    [
      "a kind without reports",
      { commands: { go: ASK }, messages: [{ kind: "r", when: [{ asked: "go" }], ignore: "x" }] },
      [],
    ],
    ["good", { commands: { go: ASK }, messages: [kind(false)] }, []],
  ])("records: %s", (_name, more, found) => {
    expect(said(more)).toEqual(found);
  });

  it("samples show what is sent, and what each answer means", () => {
    const bodies = [
      ["form", { form: { a: "1" } }, { form: { a: "1" } }],
      ["json", { json: { a: 1 } }, { json: { a: 1 } }],
      ["xml", { xml: "<a/>" }, { text: "<a/>" }],
    ] as const;
    for (const [name, body, expected] of bodies) {
      const go = { ...GO, out: { request: { method: "POST", path: "/go", body } } };
      const sample = {
        ...SAMPLE,
        name,
        expect: { request: "POST /go", ...expected },
        replies: [{ heard: { status: 200, json: {} }, means: "ok" }],
      };
      const runs = runSamples(httpProfile({ link: CALLS, commands: { go }, samples: [...base, sample] }));
      expect(runs.map(({ passed }) => passed)).toEqual([true, true]);
    }
  });
});

describe("a roster in steps", () => {
  const face = { type: "text", maxLength: 9 };
  const one = (name: string, more: object = {}) => ({
    moves: "none",
    args: { face, ...more },
    out: {
      request: {
        method: "POST",
        path: `/${name}`,
        body: { form: Object.fromEntries(["face", ...Object.keys(more)].map((key) => [key, `{${key}}`])) },
      },
    },
    expects: OK,
  });
  const commands = {
    drop: one("drop"),
    put: one("put"),
    pic: one("pic", { picture: { type: "text", maxLength: 99 } }),
  };
  const step = (command: string, more: object = {}) => ({ command, args: { face: "{face}" }, ...more });
  const pic = { command: "pic", args: { face: "{face}", picture: "{picture}" } };
  const profile = httpProfile({
    link: CALLS,
    commands,
    roster: {
      faceId: "^[a-z]{1,9}$",
      paceMs: 100,
      add: [step("drop", { anyway: true }), step("put"), pic],
      change: [step("put"), { ...pic, withPicture: true }],
      remove: { command: "drop", person: { face: "{face}" } },
      code: ["/code"],
      codes: {},
    },
  });
  const roster = compileRoster(profile);

  it("each in its turn; without a new picture its step is left out; removals one at a time", () => {
    const names = (commands: readonly { readonly command: string; readonly anyway?: true }[] = []) =>
      commands.map(({ command, anyway }) => (anyway === true ? `${command}?` : command)).join();
    const person = { face: "a", name: "A" };
    expect(names(roster?.add(person, "AA==", CTX))).toBe("drop?,put,pic");
    expect(names(roster?.change(person, undefined, CTX))).toBe("put");
    expect(names(roster?.change(person, "AA==", CTX))).toBe("put,pic");
    expect([roster?.most, roster?.remove(["a"], CTX)]).toEqual([1, { command: "drop", args: { face: "a" } }]);
    const found = lint(profile).filter(({ where }) => where.startsWith("/roster"));
    expect(found.map(({ message }) => message)).toEqual(
      ["drop", "put", "pic", "put", "pic", "drop"].map((name) => `no sample says what a reply to \`${name}\` tells`),
    );
  });
});
